"""P18: what the audit log costs a submission, and what a signature costs it, each by itself.

The gateway's own app, called in this process without a socket, takes ``POST /v1/evaluations`` over a real NATS, 32 at
once. The references are the same app without the audit log, and the same requests with their key instead of a
signature. Signatures are made before the clock runs: they are the client's work.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from cloche_gateway.app import assemble, create_app
from cloche_gateway.auditing import Auditing
from cloche_gateway.deps import Deps, Gateway
from cloche_gateway.keyring import Keyring
from cloche_gateway.memory_read_models import MemoryReadModels
from cloche_gateway.signed_requests import wrapper_of
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.log import EventLog
from cloche_kit.objects import MemoryObjects
from cloche_kit.telemetry import configure
from cloche_schemas.access import CreateKey
from cloche_schemas.signing import sign
from fastapi import FastAPI
from starlette.types import Message
from support.bus import bus_settings
from support.gateway import settings_with
from support.nats import NatsServer

from benchmarks.frame import Row, interleaved, rate

COUNT = 3_000
AT_ONCE = 32
PATH = "/v1/evaluations"
BODY = b'{"code":"print(1)","labels":{"run":"7"}}'
Headers = list[tuple[bytes, bytes]]


async def measure() -> list[Row]:
    async with (
        NatsServer.temporary() as server,
        open_bus(bus_settings(server.url, stream_max_bytes=1 << 30), name="p18") as bus,
        _app(bus) as (whole, key),
        _app(bus, audited=False) as (silent, other),
    ):
        measured = await interleaved(
            lambda: _rate(whole, [_bearer(key)] * COUNT),
            lambda: _rate(silent, [_bearer(other)] * COUNT),
            lambda: _rate(whole, [_signed(key) for _ in range(COUNT)]),
        )
    ours, silent_rate, signed = measured
    about = f"submissions to the gateway's app over a real NATS, {AT_ONCE} at once"
    return [
        Row(
            name="P18 with / without the audit log",
            ours=ours,
            reference=silent_rate,
            goal=0.9,
            about=about,
        ),
        Row(name="P18 signed / with its key", ours=signed, reference=ours, about=about),
    ]


@asynccontextmanager
async def _app(bus: JetStreamBus, *, audited: bool = True) -> AsyncIterator[tuple[FastAPI, str]]:
    """The app, and a key for it."""
    telemetry = configure("gateway", instance="bench")
    deps = Deps(
        bus=bus,
        access=bus.access,
        schedules=bus.schedules,
        log=EventLog(bus, telemetry, instance="bench"),
        telemetry=telemetry,
        objects=MemoryObjects(),
        read_models=MemoryReadModels(),
    )
    settings = settings_with(tenant_max_queued=10**9)
    keyring = Keyring(bus.access, wrapper=wrapper_of(settings))
    keyring.ready.set()
    key, _ = await keyring.create_key(CreateKey(name="bench"), tenant="main", by="bench")
    gateway: Gateway = assemble(deps, settings, asyncio.Event(), keyring=keyring)
    app = create_app(gateway)
    if not audited:
        app.user_middleware = [m for m in app.user_middleware if not _is(m.cls, Auditing)]
    yield app, str(key)
    await gateway.key_uses.close()
    await gateway.audit.close(5.0)


def _is(one: object, other: object) -> bool:
    return one is other


def _bearer(key: str) -> Headers:
    return [(b"authorization", f"Bearer {key}".encode())]


def _signed(key: str) -> Headers:
    headers = sign(key, "POST", PATH, BODY)
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


async def _rate(app: FastAPI, requests: Sequence[Headers]) -> float:
    numbers = itertools.count()
    statuses: set[int] = set()

    async def one_after_another() -> None:
        while (number := next(numbers)) < len(requests):
            statuses.add(await _submit(app, requests[number]))

    measured = await rate(
        len(requests), lambda: asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))
    )
    assert statuses == {202}, statuses
    return measured


async def _submit(app: FastAPI, headers: Headers) -> int:
    """One submission; the status of its answer."""
    status = 0

    async def receive() -> Message:
        return {"type": "http.request", "body": BODY, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"bench"), (b"content-type", b"application/json"), *headers],
        "client": ("192.0.2.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    return status
