"""What stands in as / for an image: its export, else the host, else nothing."""

from pathlib import Path

import pytest
from cloche_executor.engines.bwrap_roots import Root, Roots
from cloche_executor.images.catalogue import Catalogue, CataloguedImage
from cloche_executor.sandbox import Image, ImageMissing

IMAGES = Catalogue(
    {
        name: CataloguedImage(name=name, digest="0123", reference=f"cloche-{name}:0123")
        for name in ("python", "node", "other")
    }
)


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A machine that has Python and nothing else."""
    for name in ("usr/bin/python3", "usr/bin/bash", "usr/lib/node/node", "opt/node"):
        (tmp_path / "host" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "host" / name).write_text("")
    (tmp_path / "host/bin").symlink_to("usr/bin")
    return tmp_path / "host"


@pytest.fixture
def roots(tmp_path: Path, host: Path) -> Roots:
    return Roots(IMAGES, tmp_path / "images", host)


def test_an_export_is_taken_whatever_the_host_has(roots: Roots, tmp_path: Path) -> None:
    folder = tmp_path / "images/node-0123/rootfs"
    folder.mkdir(parents=True)
    assert roots.find("node") == Root(Image(name="cloche-node:0123", digest="0123"), folder)
    # An older one is another image.
    folder.parent.rename(tmp_path / "images/node-0000")
    with pytest.raises(ImageMissing):
        roots.find("node")


def test_the_host_stands_in_and_it_is_said(roots: Roots, tmp_path: Path) -> None:
    found = roots.find("python")
    assert found.folder is None
    assert (found.image.name, found.image.digest) == ("host", "")
    assert str(tmp_path / "images") in found.image.shortfall
    assert "stand in" in found.image.shortfall


def test_what_else_the_host_lacks_is_said_as_well(roots: Roots, host: Path) -> None:
    (host / "usr/bin/bash").unlink()
    assert roots.find("python").image.shortfall.endswith("; no bash for bash")


def test_a_host_without_the_programs_is_no_image(roots: Roots) -> None:
    with pytest.raises(ImageMissing, match=r"not exported to .*no /usr/bin/tsc and .*no node"):
        roots.find("node")
    # Nobody knows what an image needs that no language names.
    with pytest.raises(ImageMissing, match="no stand-in"):
        roots.find("other")
    with pytest.raises(ImageMissing, match="there is no image nothing"):
        roots.find("nothing")


def test_a_link_out_of_what_the_sandbox_sees_is_no_program(roots: Roots, host: Path) -> None:
    (host / "usr/bin/node").symlink_to("../../opt/node")
    assert roots.program("node") is None
    (host / "usr/bin/node").unlink()
    (host / "usr/bin/node").symlink_to("../lib/node/node")
    assert roots.program("node") is not None
    assert roots.program("/usr/lib/node/node") is not None
    assert roots.program("/opt/node") is None
    assert roots.program("/usrbin") is None


def test_only_the_host_is_asked_for_a_program(roots: Roots, tmp_path: Path) -> None:
    stand_in = roots.find("python")
    roots.check(stand_in, "python3")
    roots.check(stand_in, "/tmp/build/program")
    with pytest.raises(ImageMissing, match="no ruby of its own"):
        roots.check(stand_in, "ruby")
    roots.check(Root(Image(name="x"), tmp_path), "ruby")
