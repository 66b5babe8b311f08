"""Artifacts into a folder: whole, as listed, and nowhere else, whatever program, server and folder are up to."""

import os
from pathlib import Path

import pytest
from cloche import Client, errors
from cloche.saving import save
from cloche_schemas.values import Artifact, SkippedArtifact
from msgspec.structs import replace
from support.command import Ran
from support.fake_answers import ID, KEY
from support.fake_gateway import FakeGateway, chunk, completed

FILES = {"a.txt": b"one\r\n\x00", "plots/deep/b.png": b"\x89PNG" * 100_000, "leer": b""}


def saved(gateway: FakeGateway, folder: Path, *files: Artifact) -> None:
    with Client(gateway.url, KEY) as client:
        save(client, ID, files or gateway.artifacts.items, folder)


def found(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_every_file_is_saved_whole_and_not_executable(gateway: FakeGateway, tmp_path: Path) -> None:
    gateway.leave(FILES)
    folder = tmp_path / "new" / "folder"
    saved(gateway, folder)
    assert found(folder) == FILES
    assert all(not path.stat().st_mode & 0o111 for path in folder.rglob("*") if path.is_file())
    gateway.leave({"a.txt": b"two"})
    saved(gateway, folder)
    assert found(folder) == FILES | {"a.txt": b"two"}


@pytest.mark.parametrize(
    "name", ["../a", "/etc/a", "a/../../b", "", ".", "a//b", "a\0", "a\x1b[2J", "x" * 256, "a\\b"]
)
def test_a_name_that_leads_elsewhere_stops_before_anything_is_written(
    gateway: FakeGateway, tmp_path: Path, name: str
) -> None:
    gateway.leave({"good": b"1"})
    (good,) = gateway.artifacts.items
    folder = tmp_path / "folder"
    with pytest.raises(errors.UnexpectedAnswer, match="the name of an artifact"):
        saved(gateway, folder, good, replace(good, name=name))
    assert list(tmp_path.iterdir()) == []


def test_a_link_on_the_way_is_not_followed(gateway: FakeGateway, tmp_path: Path) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (folder / "plots").symlink_to(outside)
    gateway.leave({"plots/a": b"1"})
    with pytest.raises(OSError, match=r"Not a directory|symbolic link"):
        saved(gateway, folder)
    assert list(outside.iterdir()) == []


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(
    gateway: FakeGateway, tmp_path: Path
) -> None:
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.write_text("precious")
    folder.mkdir()
    (folder / "soft").symlink_to(outside)
    os.link(outside, folder / "hard")
    gateway.leave({"soft": b"1", "hard": b"2"})
    saved(gateway, folder)
    assert outside.read_text() == "precious"
    assert found(folder) == {"soft": b"1", "hard": b"2"}
    assert not (folder / "soft").is_symlink()


def test_a_folder_in_the_place_of_a_file_is_left(gateway: FakeGateway, tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    gateway.leave({"a": b"1"})
    with pytest.raises(IsADirectoryError):
        saved(gateway, tmp_path)
    assert found(tmp_path) == {}


@pytest.mark.parametrize("sent", [b"on", b"one more", b"two", b"x" * (1 << 20)])
def test_what_is_not_as_listed_does_not_appear(
    gateway: FakeGateway, tmp_path: Path, sent: bytes
) -> None:
    gateway.leave({"a": b"one"})
    gateway.files = {"a": sent}
    with pytest.raises(errors.UnexpectedAnswer, match="not what the list says"):
        saved(gateway, tmp_path)
    assert found(tmp_path) == {}


def test_run_saves_what_came_back_and_says_what_did_not(
    ran: Ran, gateway: FakeGateway, program: Path, tmp_path: Path
) -> None:
    gateway.leave(FILES, SkippedArtifact(name="sh\x1b[2Jadow", reason="link"))
    gateway.add(chunk(0, b"out"), chunk(1, b"files!", "artifacts"), completed("failed", 3))
    folder = tmp_path / "out"
    code, out, err = ran(gateway, "run", "--artifacts", str(folder), str(program))
    # The bytes of files are no output.
    assert (code, out) == (3, b"out")
    assert found(folder) == FILES
    assert b"files!" not in err
    assert b"3 files" in err
    assert b"adow did not come back: link" in err
    assert b"\x1b" not in err


def test_a_folder_that_cannot_be_written_is_said(
    ran: Ran, gateway: FakeGateway, program: Path
) -> None:
    gateway.leave({"a": b"1"})
    gateway.add(completed())
    code, _, err = ran(gateway, "run", "--artifacts", str(program), str(program))
    assert code == 125
    assert b"program.py" in err
    code, _, err = ran(gateway, "run", "--detach", "--artifacts", "x", str(program))
    assert (code, b"--detach" in err) == (2, True)


def test_artifacts_are_listed_or_saved(ran: Ran, gateway: FakeGateway, tmp_path: Path) -> None:
    gateway.leave(FILES, SkippedArtifact(name="l", reason="link"))
    code, out, err = ran(gateway, "artifacts", ID)
    assert code == 0
    assert [line.split()[::2] for line in out.splitlines()] == [
        [str(len(data)).encode(), name.encode()] for name, data in FILES.items()
    ]
    assert b"l did not come back: link" in err
    assert b'"a.txt"' in ran(gateway, "artifacts", "--json", ID)[1]
    assert ran(gateway, "artifacts", ID, "--to", str(tmp_path / "to"))[:2] == (0, b"")
    assert found(tmp_path / "to") == FILES
