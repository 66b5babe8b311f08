"""How an image is made: by whatever works, with the reason of each way that does not."""

import subprocess
from pathlib import Path
from typing import Any

import docker.errors
import pytest
from cloche_executor.images import packages
from cloche_executor.images.build import Made, Workshop
from cloche_executor.images.catalogue import RECIPES, SCRIPT, CataloguedImage, catalogue
from cloche_executor.images.packages import command, make_tarball
from cloche_executor.sandbox import ImageMissing
from support.fake_docker import FakeDocker, archive

GO = catalogue()["go"]
OFFLINE = {"error": "no such host"}


class Bench:
    """A workshop in a folder, with a tool for Debian packages that does as it is told."""

    def __init__(self, folder: Path, api: Any = None) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.workshop = Workshop(
            folder, api, lambda image, line: self.said.append(f"{image}: {line}")
        )

    def make(self, *targets: Any, image: CataloguedImage = GO) -> list[Made]:
        return self.workshop.make_all([image], targets, at_once=1)


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A `mmdebstrap` that copies an archive to its last argument."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "made.tar").write_bytes(archive({"./bin/sh": b"#!"}))
    script = folder / "mmdebstrap"
    script.write_text(
        f'#!/bin/sh\nfor last; do :; done\necho "I: making"\nprintf "%s\\n" "$@" > {folder}/arguments\n'
        f'[ -e {folder}/broken ] && {{ echo "E: no route"; exit 25; }}\ncp {folder}/made.tar "$last"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


@pytest.fixture
def no_tool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "can_make", lambda: False)
    monkeypatch.setattr("cloche_executor.images.build.can_make", lambda: False)


def test_the_recipe_s_script_gets_packages_and_steps(tool: Path, tmp_path: Path) -> None:
    image = catalogue()["gcc"]
    words = command(image, Path("recipe.sh"), Path("x.tar"))
    assert words[:4] == ["/bin/sh", "recipe.sh", "x.tar", "gcc,g++,libc6-dev"]
    make_tarball(image, tmp_path / "images", lambda _: None)
    given = (tool / "arguments").read_text().splitlines()
    assert "--include=gcc,g++,libc6-dev" in given
    assert given[-2] == "bookworm"
    for part in ("man", "doc", "locale"):
        assert f"--dpkgopt=path-exclude=/usr/share/{part}/*" in given


def test_packages_are_asked_for_once(tool: Path, tmp_path: Path) -> None:
    bench = Bench(tmp_path / "images")
    assert bench.make("bubblewrap") == [Made("go", "bubblewrap")]
    assert (GO.rootfs(bench.folder) / "bin/sh").read_bytes() == b"#!"
    assert GO.tarball(bench.folder).is_file()
    (tool / "broken").touch()
    assert bench.make("bubblewrap") == [Made("go", "bubblewrap")]
    daemon = FakeDocker()
    assert Bench(bench.folder, daemon).make("docker") == [Made("go", "docker")]
    assert daemon.asked == [f"import {GO.reference}"]


@pytest.mark.usefixtures("tool")
def test_docker_builds_where_it_can_download_and_else_takes_packages(tmp_path: Path) -> None:
    online = FakeDocker({"stream": "Step 1"})
    assert Bench(tmp_path / "a", online).make("docker") == [Made("go", "docker")]
    assert online.asked == [f"build {GO.reference}"]
    assert not GO.tarball(tmp_path / "a").exists()
    offline = FakeDocker(OFFLINE)
    bench = Bench(tmp_path / "b", offline)
    assert bench.make("docker", "bubblewrap") == [Made("go", "docker"), Made("go", "bubblewrap")]
    assert offline.asked == [f"build {GO.reference}", f"import {GO.reference}"]
    assert any("no such host; making it from Debian packages" in line for line in bench.said)
    assert "go: I: making" in bench.said


@pytest.mark.usefixtures("no_tool")
def test_bubblewrap_takes_the_daemon_s_image_where_nothing_makes_packages(tmp_path: Path) -> None:
    daemon = FakeDocker({"stream": "Step 1"})
    bench = Bench(tmp_path, daemon)
    assert bench.make("bubblewrap") == [Made("go", "bubblewrap")]
    assert daemon.asked == [
        f"build {GO.reference}",
        f"create {GO.reference}",
        "export c1",
        "remove c1",
    ]
    assert (GO.rootfs(tmp_path) / "bin/sh").exists()
    assert [path.name for path in tmp_path.iterdir()] == [GO.key]


@pytest.mark.usefixtures("no_tool")
def test_where_nothing_works_each_reason_is_said(tmp_path: Path) -> None:
    (docker_failed,) = Bench(tmp_path, FakeDocker(OFFLINE)).make("docker")
    assert "no such host" in docker_failed.problem
    assert "needs mmdebstrap" in docker_failed.problem
    (no_daemon,) = Bench(tmp_path).make("bubblewrap")
    assert "no Docker daemon answers" in no_daemon.problem
    assert list(tmp_path.iterdir()) == []


def test_a_tool_that_fails_is_quoted_and_leaves_nothing(tool: Path, tmp_path: Path) -> None:
    (tool / "broken").touch()
    (failed,) = Bench(tmp_path / "images").make("bubblewrap")
    assert failed.problem == "mmdebstrap failed: E: no route; no Docker daemon answers"
    assert list((tmp_path / "images").iterdir()) == []


def test_a_foreign_image_is_pulled_and_never_made(tool: Path, tmp_path: Path) -> None:
    image = catalogue({"go": "my/go:1"})["go"]
    (failed,) = Bench(tmp_path, FakeDocker(OFFLINE)).make("docker", image=image)
    assert failed.problem == "the image my/go:1 cannot be had: no such host"
    assert not (tool / "arguments").exists()
    with pytest.raises(ImageMissing, match="not ours to make"):
        make_tarball(image, tmp_path, lambda _: None)
    daemon = FakeDocker(images=("my/go:1",))
    assert Bench(tmp_path, daemon).make("bubblewrap", image=image) == [Made("go", "bubblewrap")]
    assert image.rootfs(tmp_path).is_dir()


def test_a_daemon_that_goes_away_fails_its_image_and_no_other(tmp_path: Path) -> None:
    class Gone(FakeDocker):
        def inspect_image(self, name: str) -> dict[str, Any]:
            if "go" in name:
                raise docker.errors.DockerException("connection refused")
            return super().inspect_image(name)

    images = [GO, catalogue()["ruby"]]
    daemon: Any = Gone(images=(images[1].reference,))
    workshop = Workshop(tmp_path, daemon, lambda _image, _line: None)
    gone, there = workshop.make_all(images, ["docker"], at_once=2)
    assert gone == Made("go", "docker", "the Docker daemon does not answer: connection refused")
    assert there == Made("ruby", "docker")


def test_the_script_is_a_program_of_posix_shell() -> None:
    script = RECIPES.joinpath(SCRIPT).read_text()
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0
