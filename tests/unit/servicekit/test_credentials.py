"""Over a network nobody gets away with credentials that others could guess; on loopback anything goes."""

import secrets
from typing import Any

import pytest
from cloche_kit.credentials import is_local, weakness, wrong_credentials
from cloche_kit.settings import ObjectSettings, PostgresSettings, ServiceSettings
from pydantic import SecretStr

GOOD = "ic4aeR2ahqu0Oosh5ahP"


class Everything(ServiceSettings, ObjectSettings, PostgresSettings):
    """A service that uses all there is."""


def _wrong(**said: Any) -> dict[str, str]:
    told: dict[str, Any] = {
        "nats_url": "nats://nats:4222",
        "nats_user": "gateway",
        "nats_password": SecretStr(GOOD),
        "s3_endpoint": "http://s3:8333",
        "s3_access_key": "cloche",
        "s3_secret_key": SecretStr(GOOD),
        "postgres_dsn": SecretStr(f"postgresql://cloche:{GOOD}@postgres/cloche"),
    }
    return dict(wrong_credentials(Everything(**{**told, **said})))


@pytest.mark.parametrize(
    "guessed",
    [
        "",
        "short",
        "aaaaaaaaaaaaaaaaaaaaaaaa",
        "changeme-changeme-changeme",
        "cloche-postgres-password",
        "minioadmin-minioadmin",
        "Passw0rd-0123456789",
        "test-secret-default-1",
    ],
)
def test_what_anybody_would_try_is_weak(guessed: str) -> None:
    assert weakness(guessed)


def test_what_is_made_at_random_is_not() -> None:
    for make in (secrets.token_hex, secrets.token_urlsafe):
        assert not [made for made in (make(24) for _ in range(500)) if weakness(made)]
        assert not [made for made in (f"cloche_{make(24)}" for _ in range(500)) if weakness(made)]


def test_a_user_s_own_name_is_weak() -> None:
    assert weakness("ic4aer2ahqu0oosh5ahp", GOOD) == "is the user's name"


@pytest.mark.parametrize(
    ("host", "local"),
    [
        (None, True),
        ("", True),
        ("localhost", True),
        ("127.0.0.9", True),
        ("::1", True),
        ("/run/postgresql", True),
        ("10.0.0.1", False),
        ("postgres", False),
        ("localhost.example.org", False),
    ],
)
def test_only_this_machine_is_local(host: str | None, local: bool) -> None:
    assert is_local(host) is local


def test_good_ones_are_taken() -> None:
    assert _wrong() == {}


def test_the_defaults_are_for_this_machine() -> None:
    assert list(wrong_credentials(Everything())) == []


@pytest.mark.parametrize(
    ("said", "setting"),
    [
        ({"nats_user": None}, "CLOCHE_NATS_USER"),
        ({"nats_password": None}, "CLOCHE_NATS_PASSWORD"),
        ({"nats_password": SecretStr("gateway")}, "CLOCHE_NATS_PASSWORD"),
        ({"nats_url": f"nats://gateway:{GOOD}@nats:4222"}, "CLOCHE_NATS_URL"),
        ({"s3_secret_key": SecretStr("")}, "CLOCHE_S3_SECRET_KEY"),
        ({"s3_secret_key": SecretStr("minioadmin")}, "CLOCHE_S3_SECRET_KEY"),
        ({"s3_access_key": ""}, "CLOCHE_S3_ACCESS_KEY"),
        ({"postgres_dsn": SecretStr("postgresql://cloche@postgres/cloche")}, "CLOCHE_POSTGRES_DSN"),
        ({"postgres_dsn": SecretStr("postgresql://cloche:cloche@db/x")}, "CLOCHE_POSTGRES_DSN"),
        ({"postgres_dsn": SecretStr("postgresql://[not-an-address/x")}, "CLOCHE_POSTGRES_DSN"),
    ],
)
def test_each_is_named_by_its_setting(said: dict[str, Any], setting: str) -> None:
    found = _wrong(**said)
    assert list(found) == [setting]
    assert GOOD not in found[setting]
    assert "minioadmin" not in found[setting]


def test_one_address_of_several_that_is_elsewhere_is_enough() -> None:
    assert list(_wrong(nats_url="127.0.0.1:4222,nats-2:4222", nats_password=None)) == [
        "CLOCHE_NATS_PASSWORD"
    ]


def test_the_store_s_own_ways_are_taken() -> None:
    """No key at all: the role of a machine, which the store's library finds."""
    assert _wrong(s3_access_key="", s3_secret_key=SecretStr("")) == {}


def test_a_password_may_lie_where_postgresql_looks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    dsn = SecretStr("postgresql://cloche@postgres/cloche")
    monkeypatch.setenv("PGPASSFILE", "/run/secrets/pgpass")
    assert _wrong(postgres_dsn=dsn) == {}
