"""The data folder: one instance at a time, secrets kept, files of others left alone."""

import shutil
import stat
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from cloche_local.folder import DataFolder, Locked, SystemState
from cloche_local.process import ComponentError


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / ".cloche")
    folder.prepare()
    return folder


def test_two_instances_never_share_a_folder(folder: DataFolder) -> None:
    assert folder.holder() is None
    program = (
        "import sys; from pathlib import Path; from cloche_local.folder import DataFolder\n"
        "with DataFolder(Path(sys.argv[1])).locked(): print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        assert folder.holder() == other.pid
        with pytest.raises(Locked, match=f"in use by process {other.pid}"), folder.locked():
            pass
        other.kill()
    assert folder.holder() is None
    with folder.locked():
        pass


def test_secrets_are_made_once_and_readable_by_us_only(folder: DataFolder) -> None:
    secrets = folder.secrets()
    assert folder.secrets() == secrets
    assert len({secrets.api_key, secrets.nats_password, secrets.postgres_password}) == 3
    for path in (folder.path / "secrets.json",):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_the_state_file_is_private_and_reads_back(folder: DataFolder) -> None:
    state = SystemState(state="ready", version="1", pid=1, data_dir="d", api_key="k")
    folder.write_state(state)
    assert folder.state() == state
    assert stat.S_IMODE((folder.path / "state.json").stat().st_mode) == 0o600
    assert [path.name for path in folder.path.iterdir() if path.name.startswith(".state")] == []


def test_a_broken_state_file_is_none(folder: DataFolder) -> None:
    assert folder.state() is None
    (folder.path / "state.json").write_text("{")
    assert folder.state() is None


def test_a_folder_of_another_format_is_refused(folder: DataFolder) -> None:
    (folder.path / "format").write_text("9")
    with pytest.raises(ComponentError, match="has format 9"):
        folder.prepare()


def test_a_folder_that_cannot_be_written_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ComponentError, match="choose another with --data-dir"):
        DataFolder(tmp_path / "file/.cloche").prepare()


def test_a_full_disk_is_refused_in_words(
    folder: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1 << 20))
    with pytest.raises(ComponentError, match="1 MiB left"):
        folder.prepare()


def test_the_nearest_folder_is_chosen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = tmp_path / "a/b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert DataFolder.chosen(None).path == below / ".cloche"
    (tmp_path / ".cloche").mkdir()
    assert DataFolder.chosen(None).path == tmp_path / ".cloche"
    assert DataFolder.chosen(Path("x")).path == below / "x"
