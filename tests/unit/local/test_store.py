"""Finding the store of the system of this folder, while it runs and only then."""

from pathlib import Path

import pytest
from cloche_kit.archive.signing import Signer, Verifier
from cloche_kit.archive.store import find_store
from cloche_local.folder import DataFolder, SystemState
from cloche_local.lifecycle import ComponentState
from cloche_local.store import find


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    folder = DataFolder(tmp_path / ".cloche")
    folder.prepare()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLOCHE_S3_ENDPOINT", raising=False)
    return folder


def state(*components: ComponentState) -> SystemState:
    return SystemState(state="ready", version="1", pid=1, data_dir="", components=components)


def test_without_a_system_that_runs_there_is_none(folder: DataFolder) -> None:
    assert find_store() is None
    folder.write_state(state(ComponentState(name="s3", port=8333)))
    assert find() is None
    with folder.locked():
        assert find() is not None
        folder.write_state(state())
        assert find() is None


def test_that_of_the_system_that_runs_here_comes_with_its_key(folder: DataFolder) -> None:
    folder.write_state(state(ComponentState(name="s3", port=8333)))
    with folder.locked():
        found = find()
        assert found is not None
        assert found.trusted == ()
        assert found.settings.s3_endpoint == "http://127.0.0.1:8333"
        secret = found.settings.s3_secret_key.get_secret_value()
        assert secret == folder.secrets().s3_secret_key
        key = folder.signing_key()
        found = find_store()
        assert found is not None
        [public] = found.trusted
    assert Verifier.read(public).id == Signer.read(key).verifier.id


def test_the_environment_comes_first(folder: DataFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write_state(state(ComponentState(name="s3", port=8333)))
    monkeypatch.setenv("CLOCHE_S3_ENDPOINT", "http://elsewhere")
    with folder.locked():
        found = find_store()
    assert found is not None
    assert (found.settings.s3_endpoint, found.trusted) == ("http://elsewhere", ())


def test_the_key_is_made_once_and_readable_by_us_only(folder: DataFolder) -> None:
    key = folder.signing_key()
    data = key.read_bytes()
    assert folder.signing_key().read_bytes() == data
    assert key.stat().st_mode & 0o777 == 0o600
