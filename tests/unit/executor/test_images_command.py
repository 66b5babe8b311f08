"""`python -m cloche_executor.images`: what it shows, what it makes, and its exit codes."""

import json
from pathlib import Path
from typing import Any

import docker.errors
import pytest
from cloche_executor.images import __main__ as command
from cloche_executor.images import cli, inventory
from cloche_executor.images.catalogue import catalogue
from support.fake_docker import FakeDocker

GO = catalogue()["go"]


class Closing(FakeDocker):
    def close(self) -> None:
        self.asked.append("close")


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("CLOCHE_IMAGES_DIR", str(tmp_path))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    monkeypatch.delenv("CLOCHE_SANDBOX_IMAGE", raising=False)
    return tmp_path


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    found = Closing(images=(GO.reference,))
    monkeypatch.setattr(inventory, "daemon", lambda: found)
    monkeypatch.setattr(cli, "daemon", lambda: found)
    return found


def main(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr("sys.argv", ["images", *words])
    return command.main()


def test_the_list_says_what_is_where(
    folder: Path,
    daemon: FakeDocker,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bin_ = GO.rootfs(folder) / "bin"
    bin_.mkdir(parents=True)
    (bin_ / "sh").write_bytes(b"x" * (2 << 20))
    (bin_ / "bash").hardlink_to(bin_ / "sh")
    assert main(monkeypatch, "list", "--json") == 0
    by_name = {stock["name"]: stock for stock in json.loads(capsys.readouterr().out)}
    assert by_name["go"] == {
        "name": "go",
        "languages": ["go"],
        "digest": GO.digest,
        "reference": GO.reference,
        "in_docker": True,
        "docker_bytes": 1 << 20,
        "exported": True,
        "exported_bytes": 2 << 20,
        "rootfs": str(GO.rootfs(folder)),
    }
    assert by_name["node"]["languages"] == ["javascript", "typescript"]
    assert by_name["node"]["in_docker"] is by_name["node"]["exported"] is False
    assert main(monkeypatch, "list") == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["go", "go", GO.digest, "1", "MiB", "2", "MiB"] in rows
    assert daemon.asked == ["close", "close"]


@pytest.mark.usefixtures("folder")
def test_without_a_daemon_the_list_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(monkeypatch, "list") == 0
    assert "no daemon" in capsys.readouterr().out

    class Gone(Closing):
        def inspect_image(self, name: str) -> dict[str, Any]:
            raise docker.errors.DockerException(name)

    monkeypatch.setattr(inventory, "daemon", Gone)
    assert all(stock.in_docker is None for stock in inventory.here())


@pytest.mark.usefixtures("folder")
def test_what_is_there_is_not_made_again(
    daemon: FakeDocker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(monkeypatch, "build", "go", "go", "--for", "docker") == 0
    assert capsys.readouterr().err == "go: is there for docker\n"
    assert daemon.asked == ["close"]


def test_an_image_that_cannot_be_made_is_an_exit_code_and_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cloche_executor.images.build.can_make", lambda: False)
    GO.rootfs(folder).mkdir(parents=True)
    assert main(monkeypatch, "build", "go", "ruby") == 1
    said = capsys.readouterr().err
    assert "docker: no Docker daemon answers; making images for bubblewrap alone" in said
    assert "go: is there for bubblewrap" in said
    assert "ruby: cannot be made for bubblewrap: no Docker daemon answers" in said
    assert main(monkeypatch, "build", "go", "--for", "docker") == 1


@pytest.mark.usefixtures("folder")
def test_wrong_words_are_wrong_usage(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(monkeypatch, "build", "perl") == 2
    assert "there is no image perl" in capsys.readouterr().err
    monkeypatch.setenv("CLOCHE_SANDBOX_IMAGE", "a,b")
    assert main(monkeypatch, "list") == 2
    assert main(monkeypatch, "build") == 2
    with pytest.raises(SystemExit) as refused:
        main(monkeypatch, "build", "--for", "nobody")
    assert refused.value.code == 2
