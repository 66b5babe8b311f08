"""What a service is told wrongly is named, all of it at once, and what it was told is not repeated."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from cloche_kit.run import supervise
from cloche_kit.settings import PostgresSettings, ServiceSettings
from cloche_kit.start import NOT_STARTED, NotStarted, read_settings
from pydantic import Field, SecretStr

SECRET = "hunter2hunter2"


class Settings(ServiceSettings, PostgresSettings):
    """With a secret that has to have a length."""

    api_key: SecretStr = Field(default=SecretStr(""), min_length=16, validate_default=True)


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """Reading settings sets logging up, for good, in a process; here others come after it."""
    import logging

    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()
    root.handlers[:] = handlers
    root.setLevel(level)


def _refused(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    with pytest.raises(SystemExit) as ended:
        read_settings("gateway", Settings)
    assert ended.value.code == NOT_STARTED
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert {line["event"] for line in lines} == {"misconfigured"}
    assert {line["service"] for line in lines} == {"gateway"}
    return {line["setting"]: line["problem"] for line in lines}


def test_everything_that_cannot_be_read_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLOCHE_API_KEY", SECRET)
    monkeypatch.setenv("CLOCHE_STREAM_REPLICAS", "nine")
    found = _refused(capsys)
    assert set(found) == {"CLOCHE_API_KEY", "CLOCHE_STREAM_REPLICAS"}
    assert SECRET not in str(found)
    assert "16" in found["CLOCHE_API_KEY"]


def test_a_missing_secret_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert set(_refused(capsys)) == {"CLOCHE_API_KEY"}


def test_a_credential_that_anybody_could_guess_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLOCHE_API_KEY", "ic4aeR2ahqu0Oosh5ahP")
    monkeypatch.setenv("CLOCHE_POSTGRES_DSN", "postgresql://postgres:postgres@db/cloche")
    found = _refused(capsys)
    assert found == {
        "CLOCHE_POSTGRES_DSN": "its password has fewer than 16 characters, and its host is not this machine"
    }


def test_a_service_says_what_else_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_settings("storage", ServiceSettings, lambda _: [("CLOCHE_X", "is not to be")])
    assert json.loads(capsys.readouterr().err)["setting"] == "CLOCHE_X"


def test_secrets_come_from_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "cloche_api_key").write_text("ic4aeR2ahqu0Oosh5ahP\n")
    (tmp_path / "cloche_nats_password").write_text("from the file\n")
    monkeypatch.setenv("CLOCHE_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("CLOCHE_NATS_PASSWORD", "from the environment")
    settings = read_settings("gateway", Settings)
    assert settings.api_key.get_secret_value() == "ic4aeR2ahqu0Oosh5ahP"
    assert settings.nats_password is not None
    assert settings.nats_password.get_secret_value() == "from the environment"


@pytest.mark.filterwarnings("ignore:directory:UserWarning")
def test_a_folder_of_secrets_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLOCHE_API_KEY", "ic4aeR2ahqu0Oosh5ahP")
    monkeypatch.setenv("CLOCHE_SECRETS_DIR", str(tmp_path / "none"))
    assert set(_refused(capsys)) == {"CLOCHE_SECRETS_DIR"}


def test_a_file_is_no_folder_of_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CLOCHE_SECRETS_DIR", str(tmp_path / "file"))
    assert set(_refused(capsys)) == {"CLOCHE_SECRETS_DIR"}


async def test_a_service_that_is_not_started_exits_with_2() -> None:
    async def main(_stop: asyncio.Event) -> None:
        raise NotStarted("NATS", "CLOCHE_NATS_URL: nobody answers")

    assert await supervise("gateway", ServiceSettings(), main) == NOT_STARTED
