"""Images with a real daemon: listed, taken in, given out, and laid out for bubblewrap."""

import json
import os
import secrets
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloche_executor.engines.docker_image import find, give_out, obtain, take_in
from cloche_executor.images.build import Made, Workshop
from cloche_executor.images.catalogue import CataloguedImage, catalogue
from cloche_executor.images.rootfs import lay_out
from cloche_executor.sandbox import ImageMissing
from docker import APIClient
from support.docker import client
from support.fake_docker import archive

pytestmark = pytest.mark.docker


@pytest.fixture
def api() -> Iterator[APIClient]:
    found = client()
    yield found
    found.close()


@pytest.fixture
def small(api: APIClient) -> Iterator[CataloguedImage]:
    """An image of one file, for this test alone."""
    reference = f"cloche-test-small:{secrets.token_hex(8)}"
    image = CataloguedImage(name="small", digest="1", reference=reference)
    yield image
    if find(api, image) is not None:
        api.remove_image(reference, force=True)


def test_the_command_lists_what_the_daemon_has() -> None:
    words = [sys.executable, "-m", "cloche_executor.images", "list", "--json"]
    done = subprocess.run(words, capture_output=True, check=True)
    by_name = {stock["name"]: stock for stock in json.loads(done.stdout)}
    assert by_name["python"]["in_docker"] is True
    assert by_name["python"]["docker_bytes"] > 10 << 20
    assert by_name["python"]["languages"] == ["python", "bash"]


def test_an_archive_becomes_an_image_and_comes_out_again(
    api: APIClient, small: CataloguedImage, tmp_path: Path
) -> None:
    (tmp_path / "in.tar").write_bytes(archive({"bin/sh": b"#!"}, {"bin/sh": 0o755}))
    assert take_in(api, small, tmp_path / "in.tar").digest.startswith("sha256:")
    give_out(api, small, tmp_path / "out.tar")
    root = lay_out(small, tmp_path / "images", tmp_path / "out.tar")
    assert (root / "bin/sh").read_bytes() == b"#!"
    assert list((root / "dev").iterdir()) == []


def test_what_is_no_archive_is_refused(
    api: APIClient, small: CataloguedImage, tmp_path: Path
) -> None:
    (tmp_path / "in.tar").write_bytes(b"no archive" * 1000)
    with pytest.raises(ImageMissing, match="does not take"):
        take_in(api, small, tmp_path / "in.tar")


def test_a_foreign_image_that_no_registry_has_is_missing(api: APIClient) -> None:
    image = catalogue({"go": "127.0.0.1:9/cloche/nothing:1"})["go"]
    with pytest.raises(ImageMissing, match="cannot be had"):
        obtain(api, image, lambda _: None)


def test_a_real_image_is_laid_out_for_everybody(
    api: APIClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cloche_executor.images.build.can_make", lambda: False)
    image = catalogue()["python"]
    workshop = Workshop(tmp_path, api, lambda _image, _line: None)
    assert workshop.make_all([image], ["bubblewrap"], at_once=1) == [Made("python", "bubblewrap")]
    root = image.rootfs(tmp_path)
    strange: list[str] = []
    for folder, folders, names in os.walk(root):
        for name in folders + names:
            mode = os.lstat(f"{folder}/{name}").st_mode
            needed = 0o555 if stat.S_ISDIR(mode) else 0o444
            plain = stat.S_ISLNK(mode) or (
                (stat.S_ISREG(mode) or stat.S_ISDIR(mode))
                and not mode & 0o7022
                and mode & needed == needed
            )
            strange += [] if plain else [f"{folder}/{name} {mode:o}"]
    assert strange == []
    for program in ("sh", "head", "tar", "env", "stat", "bash", "python3"):
        assert (root / "usr/bin" / program).is_file()
    hostname = (root / "etc/hostname").read_text().strip()
    assert hostname in {"", "sandbox"}
