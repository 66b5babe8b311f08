"""Images in a Docker daemon: found, pulled, built, taken in and given out."""

import tarfile
from pathlib import Path
from typing import Any

import pytest
from cloche_executor.engines.docker_image import ensure, find, give_out, size, take_in
from cloche_executor.images.catalogue import CataloguedImage, catalogue
from cloche_executor.sandbox import Image, ImageMissing
from support.fake_docker import FakeDocker

OURS = catalogue()["go"]


def foreign(reference: str) -> CataloguedImage:
    return catalogue({"python": reference})["python"]


def test_an_image_that_is_there_is_used() -> None:
    daemon: Any = FakeDocker(images=(OURS.reference,))
    there = Image(name=OURS.reference, digest=f"sha256:{OURS.reference}")
    assert ensure(daemon, OURS) == there
    assert find(daemon, OURS) == there
    assert size(daemon, OURS) == 1 << 20
    assert daemon.asked == []


def test_one_of_ours_is_built_with_its_packages_and_steps() -> None:
    daemon: Any = FakeDocker({"stream": "Step 1"}, {"status": "done"})
    assert size(daemon, OURS) is None
    assert ensure(daemon, OURS).name == OURS.reference
    assert daemon.asked == [f"build {OURS.reference}"]
    assert daemon.built_with["PACKAGES"] == "golang-go"
    assert daemon.built_with["STEPS"].startswith("rm -rf /usr/lib/go-")


@pytest.mark.parametrize(
    ("reference", "pulled"),
    [
        ("registry/mine:2", "registry/mine 2"),
        ("mine", "mine latest"),
        ("host:5000/mine", "host:5000/mine latest"),
        ("host:5000/mine:3", "host:5000/mine 3"),
        ("mine@sha256:abc", "mine@sha256:abc None"),
    ],
)
def test_a_foreign_image_is_pulled(reference: str, pulled: str) -> None:
    daemon: Any = FakeDocker({"status": "Pulling"})
    assert ensure(daemon, foreign(reference)).name == reference
    assert daemon.asked == [f"pull {pulled}"]


def test_an_image_that_cannot_be_had_is_missing_with_the_reason_and_the_remedy() -> None:
    failing: Any = FakeDocker({"error": "no route to host"})
    with pytest.raises(ImageMissing, match="no route to host; try: cloche images build go"):
        ensure(failing, OURS)
    silent: Any = FakeDocker()
    with pytest.raises(ImageMissing, match="not there after"):
        ensure(silent, OURS)


def test_an_archive_is_taken_in_or_the_daemon_s_word_is_passed_on(tmp_path: Path) -> None:
    daemon: Any = FakeDocker()
    assert take_in(daemon, OURS, tmp_path / "image.tar").name == OURS.reference
    full: Any = FakeDocker()
    full.takes = False
    with pytest.raises(ImageMissing, match="no space"):
        take_in(full, OURS, tmp_path / "image.tar")


def test_an_image_is_given_out_and_its_container_removed(tmp_path: Path) -> None:
    daemon: Any = FakeDocker(images=(OURS.reference,))
    give_out(daemon, OURS, tmp_path / "image.tar")
    with tarfile.open(tmp_path / "image.tar") as written:
        assert written.getnames() == ["bin/sh"]
    assert daemon.asked == [f"create {OURS.reference}", "export c1", "remove c1"]
