"""An image as a folder: what is taken out of it, and that it is whole or not there."""

import stat
import tarfile
from pathlib import Path

import pytest
from cloche_executor.images.catalogue import catalogue
from cloche_executor.images.rootfs import lay_out
from cloche_executor.images.workplace import PREFIX, scratch, sweep
from cloche_executor.sandbox import ImageMissing
from support.fake_docker import archive

IMAGE = catalogue()["python"]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def image_tar(path: Path) -> Path:
    files = {"./usr/bin/su": b"su", "./etc/shadow": b"secret", "./root/.profile": b""}
    path.write_bytes(archive(files, {"./usr/bin/su": 0o4711}))
    with tarfile.open(path, "a") as writing:
        device = tarfile.TarInfo("./dev/null")
        device.type, device.devmajor, device.devminor = tarfile.CHRTYPE, 1, 3
        writing.addfile(device)
        fifo = tarfile.TarInfo("./run/fifo")
        fifo.type = tarfile.FIFOTYPE
        writing.addfile(fifo)
        for name, target in (("./bin", "usr/bin"), ("./etc/mtab", "/proc/mounts")):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, target
            writing.addfile(link)
        closed = tarfile.TarInfo("./root")
        closed.type, closed.mode = tarfile.DIRTYPE, 0o700
        writing.addfile(closed)
    return path


def test_everybody_may_read_it_and_nobody_becomes_another_by_it(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    root = lay_out(IMAGE, folder, image_tar(tmp_path / "image.tar"))
    assert root == IMAGE.rootfs(folder)
    assert mode(root / "usr/bin/su") == 0o755
    assert mode(root / "etc/shadow") == 0o644
    assert mode(root / "root") == mode(root) == mode(root.parent) == 0o755
    assert (root / "etc/mtab").readlink() == Path("/proc/mounts")
    assert (root / "bin/su").read_bytes() == b"su"


def test_devices_and_pipes_are_left_out_and_mount_points_are_there(tmp_path: Path) -> None:
    root = lay_out(IMAGE, tmp_path / "images", image_tar(tmp_path / "image.tar"))
    assert list((root / "dev").iterdir()) == []
    assert list((root / "run").iterdir()) == []
    assert {"dev", "proc", "sys", "tmp"} <= {path.name for path in root.iterdir()}


def test_a_broken_archive_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "image.tar").write_bytes(image_tar(tmp_path / "whole.tar").read_bytes()[:700])
    with pytest.raises(ImageMissing, match="cannot be unpacked"):
        lay_out(IMAGE, tmp_path / "images", tmp_path / "image.tar")
    assert list((tmp_path / "images").iterdir()) == []


def test_an_archive_that_reaches_out_of_its_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "image.tar").write_bytes(archive({"../outside": b"x"}))
    with pytest.raises(ImageMissing, match="cannot be unpacked"):
        lay_out(IMAGE, tmp_path / "images", tmp_path / "image.tar")
    assert list(tmp_path.rglob("outside")) == []


def test_whoever_comes_second_takes_what_the_first_has_made(tmp_path: Path) -> None:
    tar = image_tar(tmp_path / "image.tar")
    first = lay_out(IMAGE, tmp_path / "images", tar)
    (first / "mark").touch()
    assert lay_out(IMAGE, tmp_path / "images", tar) == first
    assert (first / "mark").exists()
    assert [path.name for path in (tmp_path / "images").iterdir()] == [IMAGE.key]


def test_a_folder_that_cannot_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(ImageMissing, match="images cannot be kept in"),
        scratch(tmp_path / "file", "x"),
    ):
        pass


def test_what_a_killed_process_left_half_made_is_removed(tmp_path: Path) -> None:
    (tmp_path / f"{PREFIX}4194999-go-x").mkdir()
    (tmp_path / IMAGE.key).mkdir()
    with scratch(tmp_path, "go") as place:
        sweep(tmp_path)
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([place.name, IMAGE.key])
