"""Every service as a process that is told something wrong: it says what, exits with 2, and has listened on nothing."""

import json
from pathlib import Path

import pytest
from cloche_kit.settings import ObjectSettings
from cloche_kit.start import NOT_STARTED
from cloche_projector.migrate import MIGRATIONS, migrate
from support.gateway import KEY
from support.nats import NatsServer
from support.service_process import Process
from support.waiting import wait_until

NOWHERE = "127.0.0.1:9"
SERVICES = ("gateway", "executor", "storage", "projector")


def _told(nats: str, s3: ObjectSettings, dsn: str) -> dict[str, str]:
    return {
        "CLOCHE_NATS_URL": nats,
        "CLOCHE_STREAM_MAX_BYTES": str(64 << 20),
        "CLOCHE_S3_ENDPOINT": s3.s3_endpoint,
        "CLOCHE_S3_ACCESS_KEY": s3.s3_access_key,
        "CLOCHE_S3_SECRET_KEY": s3.s3_secret_key.get_secret_value(),
        "CLOCHE_S3_BUCKET": s3.s3_bucket,
        "CLOCHE_POSTGRES_DSN": dsn,
        "CLOCHE_API_KEY": KEY,
        "CLOCHE_PORT": "0",
        "CLOCHE_ENGINE": "bubblewrap",
        "CLOCHE_START_SECONDS": "0.5",
    }


def _reason(name: str, folder: Path, told: dict[str, str], **wrong: str) -> str:
    """The last line that the service writes before it ends."""
    process = Process(name, folder, told)
    process.start(**wrong)
    try:
        assert process.wait(90) == NOT_STARTED, process.log()
    finally:
        process.end()
    # An executor tells how it is while it looks for an engine, which may take minutes.
    assert name == "executor" or not (folder / f"{name}.port").exists()
    assert "Traceback" not in process.log()
    last = json.loads(process.log().splitlines()[-1])
    assert last["event"] in {"not_started", "misconfigured"}
    return str(last.get("reason") or f"{last['setting']} {last['problem']}")


@pytest.mark.parametrize("name", SERVICES)
def test_no_nats(name: str, s3_settings: ObjectSettings, tmp_path: Path) -> None:
    told = _told(f"nats://{NOWHERE}", s3_settings, f"postgresql://{NOWHERE}/x")
    assert _reason(name, tmp_path, told).startswith(f"CLOCHE_NATS_URL: {NOWHERE} does not answer")


@pytest.mark.parametrize("name", ["gateway", "projector"])
def test_no_postgresql(
    name: str, nats_server: NatsServer, s3_settings: ObjectSettings, tmp_path: Path
) -> None:
    told = _told(nats_server.url, s3_settings, f"postgresql://cloche@{NOWHERE}/x")
    assert _reason(name, tmp_path, told).startswith("CLOCHE_POSTGRES_DSN: the database does not")


@pytest.mark.parametrize("name", ["gateway", "projector"])
def test_a_password_that_postgresql_refuses(
    name: str,
    nats_server: NatsServer,
    s3_settings: ObjectSettings,
    postgres_dsn: str,
    tmp_path: Path,
) -> None:
    user, _, rest = postgres_dsn.rpartition("@")
    wrong = f"{user.rpartition(':')[0]}:hunter2@{rest}"
    told = _told(nats_server.url, s3_settings, wrong)
    reason = _reason(name, tmp_path, told, CLOCHE_START_SECONDS="60")
    assert reason.startswith("CLOCHE_POSTGRES_DSN: password authentication failed")
    assert "hunter2" not in reason


@pytest.mark.parametrize("name", ["gateway", "storage"])
def test_no_store(
    name: str, nats_server: NatsServer, s3_settings: ObjectSettings, tmp_path: Path
) -> None:
    told = _told(nats_server.url, s3_settings, f"postgresql://{NOWHERE}/x")
    reason = _reason(name, tmp_path, told, CLOCHE_S3_ENDPOINT=f"http://{NOWHERE}")
    assert reason.startswith(f"CLOCHE_S3_ENDPOINT: the bucket {s3_settings.s3_bucket}")


def test_a_key_that_the_store_refuses(
    nats_server: NatsServer, s3_settings: ObjectSettings, tmp_path: Path
) -> None:
    told = _told(nats_server.url, s3_settings, "")
    reason = _reason("storage", tmp_path, told, CLOCHE_S3_SECRET_KEY="another-one")
    assert "or not to CLOCHE_S3_ACCESS_KEY with its secret key" in reason


async def test_a_schema_that_is_older_than_the_gateway(
    nats_server: NatsServer, s3_settings: ObjectSettings, postgres_dsn: str, tmp_path: Path
) -> None:
    earlier = tmp_path / "migrations"
    earlier.mkdir()
    first, *_ = sorted(MIGRATIONS.glob("*.sql"))
    (earlier / first.name).write_text(first.read_text())
    await migrate(postgres_dsn, folder=earlier)
    told = _told(nats_server.url, s3_settings, postgres_dsn)
    reason = _reason("gateway", tmp_path, told)
    assert f"the schema is of {first.name[:14]}, this gateway needs that of" in reason


def test_no_schema_at_all(
    nats_server: NatsServer, s3_settings: ObjectSettings, postgres_dsn: str, tmp_path: Path
) -> None:
    told = _told(nats_server.url, s3_settings, postgres_dsn)
    assert "the schema is not there" in _reason("gateway", tmp_path, told)


def test_a_signing_key_that_is_none(
    nats_server: NatsServer, s3_settings: ObjectSettings, tmp_path: Path
) -> None:
    key = tmp_path / "key"
    key.write_text("no key")
    told = _told(nats_server.url, s3_settings, "")
    reason = _reason("storage", tmp_path, told, CLOCHE_SIGNING_KEY_FILE=str(key))
    assert reason.startswith(f"CLOCHE_SIGNING_KEY_FILE: {key}: not a private key")


def test_a_secret_to_sign_with_that_is_weak_or_one_too_many(
    nats_server: NatsServer, s3_settings: ObjectSettings, tmp_path: Path
) -> None:
    told = _told(nats_server.url, s3_settings, "")
    reason = _reason("storage", tmp_path, told, CLOCHE_SIGNING_SECRET="a" * 31)
    assert reason.startswith("CLOCHE_SIGNING_SECRET: a secret has at least 32 characters")
    both = {"CLOCHE_SIGNING_SECRET": "a" * 32, "CLOCHE_SIGNING_KEY_FILE": str(tmp_path / "key")}
    reason = _reason("storage", tmp_path, told, **both)
    assert reason.startswith("CLOCHE_SIGNING_SECRET: is there beside CLOCHE_SIGNING_KEY_FILE")


def test_no_engine(nats_server: NatsServer, s3_settings: ObjectSettings, tmp_path: Path) -> None:
    told = _told(nats_server.url, s3_settings, "")
    reason = _reason(
        "executor", tmp_path, told, CLOCHE_ENGINE="docker", DOCKER_HOST=f"tcp://{NOWHERE}"
    )
    assert reason == "CLOCHE_ENGINE is docker: docker: no Docker daemon answers"


@pytest.mark.parametrize(
    ("wrong", "setting"),
    [
        ({"CLOCHE_API_KEY": ""}, "CLOCHE_API_KEY"),
        ({"CLOCHE_API_KEY": "changeme-changeme", "CLOCHE_HOST": "0.0.0.0"}, "CLOCHE_API_KEY"),  # noqa: S104
        ({"CLOCHE_POSTGRES_DSN": "postgresql://postgres:postgres@db/x"}, "CLOCHE_POSTGRES_DSN"),
        ({"CLOCHE_NATS_URL": "nats://nats:4222", "CLOCHE_NATS_USER": "gateway"}, "CLOCHE_NATS_PAS"),
        (
            {"CLOCHE_S3_ENDPOINT": "http://s3:8333", "CLOCHE_S3_SECRET_KEY": "minioadmin"},
            "CLOCHE_S3",
        ),
        ({"CLOCHE_PORT": "eighty"}, "CLOCHE_PORT"),
    ],
)
def test_settings_that_cannot_be(
    wrong: dict[str, str], setting: str, s3_settings: ObjectSettings, tmp_path: Path
) -> None:
    told = _told(f"nats://{NOWHERE}", s3_settings, f"postgresql://{NOWHERE}/x")
    assert _reason("gateway", tmp_path, told, **wrong).startswith(setting)


async def test_with_everything_there_it_starts(
    nats_server: NatsServer, s3_settings: ObjectSettings, postgres_dsn: str, tmp_path: Path
) -> None:
    await migrate(postgres_dsn)
    gateway = Process("gateway", tmp_path, _told(nats_server.url, s3_settings, postgres_dsn))
    gateway.start(CLOCHE_START_SECONDS="30")
    try:
        await wait_until((tmp_path / "gateway.port").exists, within=30)
    finally:
        gateway.end()
