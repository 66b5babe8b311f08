"""`cloche health` and `client.health()` against a real gateway over stores in memory."""

import asyncio
import json
from datetime import UTC, datetime
from types import SimpleNamespace

import msgspec
import pytest
from cloche import Client, NotAuthorised
from cloche.commands.health import _said
from cloche_schemas.health import (
    ConsumerHealth,
    EdgeHealth,
    PlatformHealth,
    ReaderHealth,
    ServiceHealth,
    StreamHealth,
)
from support.command import Ran
from support.gateway import KEY, stage_with


async def test_it_is_shown_and_its_exit_code_says_whether_all_is_well(ran: Ran) -> None:
    async with stage_with() as stage, stage.listening() as client:
        target = SimpleNamespace(url=str(client.base_url))
        code, out, _ = await asyncio.to_thread(ran, target, "health", key=KEY)
        assert code == 1
        assert out.splitlines()[0] == b"degraded"
        assert b"  no executor is there" in out.splitlines()
        code, out, _ = await asyncio.to_thread(ran, target, "health", "--json", key=KEY)
        assert (code, json.loads(out)["status"]) == (1, "degraded")
        user = (await stage.key(role="user"))["Authorization"].removeprefix("Bearer ")
        assert (await asyncio.to_thread(ran, target, "health", key=user))[0] == 4
        with Client(target.url, user) as refused, pytest.raises(NotAuthorised):
            await asyncio.to_thread(refused.health)


def test_what_has_nothing_to_do_is_left_out() -> None:
    health = PlatformHealth(
        status="ok",
        at=datetime.now(UTC),
        edges=(
            EdgeHealth(name="log", status="up", latency_seconds=0.0021, breaker="closed"),
            EdgeHealth(name="objects", status="down", detail="no", breaker="open"),
        ),
        services=(ServiceHealth(service="storage", status="up", silent_seconds=1.4),),
        streams=(
            StreamHealth(name="EVALUATIONS", status="up", messages=3, bytes=2048),
            StreamHealth(name="HELD", status="up"),
            StreamHealth(name="WORK", status="down", detail="it is gone"),
        ),
        consumers=(
            ConsumerHealth(stream="WORK", name="work-auto-normal", status="up"),
            ConsumerHealth(
                stream="WORK", name="work-auto-high", status="up", pending=2, lag_seconds=1.25
            ),
        ),
        projector=ReaderHealth(status="up", sequence=3, lag=1, lag_seconds=0.5),
        archiver=ReaderHealth(status="down", detail="how far it is cannot be found out"),
    )
    lines = [" ".join(line.split()) for line in _said(health)]
    assert lines == [
        "ok",
        "log up 2.1 ms",
        "objects down breaker open",
        "storage up heard 1 s ago",
        "projected up to 3, 1 messages and 0.5 s behind",
        "archived up to 0; how far behind is not known",
        "EVALUATIONS up 3 messages 2 KiB",
        "WORK down 0 messages 0 B",
        "work-auto-high 2 pending 0 unacked 1.2 s behind",
    ]
    assert msgspec.json.decode(msgspec.json.encode(health), type=PlatformHealth) == health
