"""The permissions of production's nats.conf, on a real server: services can work, and cannot do what they need not."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import nats
import pytest
from cloche_kit.jetstream import open_bus
from cloche_kit.settings import ServiceSettings
from nats.errors import Error
from pydantic import SecretStr
from support.nats import NatsServer
from support.terraform import SOURCE
from support.waiting import wait_until

SERVICES = ("gateway", "storage", "projector", "executor")
TEMPLATE = SOURCE / "modules" / "nats" / "nats.conf.tftpl"


def _alone(template: Path) -> str:
    """The users and their permissions; cluster, paths and ports belong to a node on AWS."""
    text = template.read_text()
    users = text[text.index("no_stream_loss") :]
    return re.sub(r"\$([A-Z]+)_PASSWORD", lambda found: f'"{found[1].lower()}-secret"', users)


@pytest.fixture
async def server() -> AsyncIterator[NatsServer]:
    async with NatsServer.temporary(config=_alone(TEMPLATE)) as server:
        yield server


def _settings(server: NatsServer, user: str) -> ServiceSettings:
    return ServiceSettings(
        nats_url=server.url, nats_user=user, nats_password=SecretStr(f"{user}-secret")
    )


async def test_every_service_finds_or_makes_the_streams(server: NatsServer) -> None:
    for service in SERVICES:
        async with open_bus(_settings(server, service), name=service) as bus:
            assert await bus.ready(), service


@pytest.mark.parametrize("service", SERVICES)
async def test_nobody_deletes_the_log(server: NatsServer, service: str) -> None:
    async with open_bus(_settings(server, "gateway"), name="gateway"):
        assert "permissions violation" in await _refused(
            server, service, "$JS.API.STREAM.DELETE.EVALUATIONS"
        )


@pytest.mark.parametrize(
    "subject",
    [
        "$JS.API.STREAM.MSG.GET.ACCESS",
        "$JS.API.CONSUMER.DELETE.WORK.x",
        "access.tenant",
        "audit.wabc",
        "nonces.a.b",
        "$JS.API.STREAM.PURGE.NONCES",
        "$JS.API.DIRECT.GET.AUDIT",
        "$JS.API.CONSUMER.CREATE.ACCESS",
        "budgets.key.read",
        "gateways.other",
        "$JS.API.STREAM.PURGE.EVALUATIONS",
    ],
)
async def test_an_executor_stays_away_from_keys_and_consumers(
    server: NatsServer, subject: str
) -> None:
    async with open_bus(_settings(server, "gateway"), name="gateway"):
        assert "permissions violation" in await _refused(server, "executor", subject)


async def _refused(server: NatsServer, user: str, subject: str) -> str:
    """What the server says to `user` of a message on `subject`; empty if it has no objection."""
    said: list[str] = []

    async def note(error: Exception) -> None:
        said.append(str(error).lower())

    client = await nats.connect(server.url, user=user, password=f"{user}-secret", error_cb=note)
    try:
        try:
            await client.request(subject, b"{}", timeout=1.0)
        except Error:
            await wait_until(lambda: bool(said), within=5.0)
    finally:
        await client.close()
    return " ".join(said)
