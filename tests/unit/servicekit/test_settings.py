"""Settings come from the environment, cannot change, and never print a secret."""

import pytest
from cloche_kit.settings import ObjectSettings, PostgresSettings, ServiceSettings
from pydantic import SecretStr, ValidationError


def test_the_environment_wins_over_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOCHE_NATS_URL", "nats://127.0.0.1:1")
    monkeypatch.setenv("CLOCHE_STOP_SECONDS", "2.5")
    settings = ServiceSettings()
    assert (settings.nats_url, settings.stop_seconds) == ("nats://127.0.0.1:1", 2.5)
    assert settings.stream_replicas == 1


def test_secrets_are_not_printed() -> None:
    service = ServiceSettings(nats_password=SecretStr("hunter2"))
    postgres = PostgresSettings(postgres_dsn=SecretStr("postgresql://u:hunter2@h/d"))
    objects = ObjectSettings(s3_secret_key=SecretStr("hunter2"))
    for settings in (service, postgres, objects):
        assert "hunter2" not in repr(settings) + str(settings) + str(settings.model_dump())
    assert service.nats_password is not None
    assert service.nats_password.get_secret_value() == "hunter2"


def test_settings_are_frozen() -> None:
    settings = ServiceSettings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.nats_url = "nats://elsewhere"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CLOCHE_STREAM_REPLICAS", "0"),
        ("CLOCHE_STOP_SECONDS", "-1"),
        ("CLOCHE_LOG_FORMAT", "xml"),
        ("CLOCHE_HEALTH_PORT", "70000"),
    ],
)
def test_what_makes_no_sense_is_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError):
        ServiceSettings()


def test_each_process_has_a_name_of_its_own() -> None:
    assert ServiceSettings().instance != ServiceSettings().instance
