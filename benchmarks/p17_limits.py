"""P17: what rate limits and admission cost a request, each by itself; and authentication, for information.

The gateway's own app, called in this process without a socket, answers ``GET /v1``, its cheapest request: whatever is
done for every request weighs most there. The reference is the same app with one part of it taken out. Each request has
one key and stays inside its budget, so limits ask nobody.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from cloche_gateway.app import assemble, create_app
from cloche_gateway.authentication import CALLER, Caller
from cloche_gateway.deps import Deps
from cloche_gateway.keyring import Keyring
from cloche_gateway.limiter import Limiter
from cloche_gateway.memory_read_models import MemoryReadModels
from cloche_gateway.overload import Overload
from cloche_gateway.planned_route import Call, PlannedRoute, performed, planned
from cloche_gateway.problems import ClientError
from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import MemoryObjects
from cloche_kit.telemetry import configure
from cloche_schemas.access import CreateKey
from fastapi import FastAPI
from msgspec.structs import force_setattr
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Scope
from support.gateway import settings_with

from benchmarks.frame import Row, interleaved, rate

COUNT = 5_000
PATH = "/v1"
NOBODY = Caller("main", "nobody", "user", ("read", "write"))
Part = Callable[[FastAPI], None]


async def measure() -> list[Row]:
    async with (
        _app() as (whole, key),
        _app(_without_limits) as (unlimited, other),
        _app(_without_admission) as (open_, another),
        _app(_without_authentication) as (unproved, none),
    ):
        measured = await interleaved(
            lambda: _rate(whole, key),
            lambda: _rate(unlimited, other),
            lambda: _rate(open_, another),
            lambda: _rate(unproved, none),
        )
    ours, *references = measured
    names = ("rate limits", "admission", "authentication and rate limits")
    return [
        Row(
            name=f"P17 a request / without {name}",
            ours=ours,
            reference=reference,
            goal=0.9 if name != names[2] else None,
            about="GET /v1 of the gateway's app, in this process",
        )
        for name, reference in zip(names, references, strict=True)
    ]


@asynccontextmanager
async def _app(change: Part = lambda _: None) -> AsyncIterator[tuple[FastAPI, str]]:
    """The app over edges in memory, and a key for it."""
    bus, access = MemoryBus(), MemoryBus()
    telemetry = configure("gateway", instance="bench")
    deps = Deps(
        bus=bus,
        access=access,
        schedules=MemoryBus(),
        log=EventLog(bus, telemetry, instance="bench"),
        telemetry=telemetry,
        objects=MemoryObjects(),
        read_models=MemoryReadModels(),
    )
    keyring = Keyring(access)
    keyring.ready.set()
    key, _ = await keyring.create_key(CreateKey(name="bench"), tenant="main", by="bench")
    gateway = assemble(deps, settings_with(), asyncio.Event(), keyring=keyring)
    app = create_app(gateway)
    change(app)
    yield app, str(key)
    await gateway.limiter.close()


class _NoLimits(Limiter):
    def __init__(self) -> None:
        """Nothing is counted."""

    async def admit(self, scope: Scope, key: str, tenant: str) -> None:
        return

    def headers_of(self, scope: Scope) -> None:
        return

    def ended(self, scope: Scope) -> None:
        return

    def knows(self, key: str) -> bool:
        return True

    async def close(self) -> None:
        return


class _NoAdmission(Overload):
    def __init__(self) -> None:
        """Nobody is counted."""

    def enter(self, scope: Scope) -> ClientError | None:
        return None

    def leave(self) -> None:
        return


def _without_limits(app: FastAPI) -> None:
    _replace(app, limiter=_NoLimits())


def _without_admission(app: FastAPI) -> None:
    _replace(app, overload=_NoAdmission())


def _without_authentication(app: FastAPI) -> None:
    async def nobody() -> Caller:
        return NOBODY

    routes = app.router.routes
    for index, route in enumerate(routes):
        if isinstance(route, PlannedRoute) and route.path == PATH:
            unproved = Call(function=nobody, needs=(), request_names=(), parameters=())
            calls = tuple(
                unproved if call.function is CALLER else call for call in planned(route.dependant)
            )

            async def handle(request: Request, calls: tuple[Call, ...] = calls) -> Response:
                answer: Response = await performed(calls, request)
                return answer

            routes[index] = Route(PATH, handle)


def _replace(app: FastAPI, **parts: Any) -> None:
    """Before the app has built its middleware."""
    for name, part in parts.items():
        # It is frozen: nothing but a measurement has a reason to take a part out.
        force_setattr(app.state.gateway, name, part)
        for middleware in app.user_middleware:
            if name in middleware.kwargs:
                middleware.kwargs[name] = part


async def _rate(app: FastAPI, key: str) -> float:
    headers = [(b"host", b"bench"), (b"authorization", f"Bearer {key}".encode())]
    statuses: set[int] = set()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.add(message["status"])

    async def all_of_them() -> None:
        for _ in range(COUNT):
            scope: dict[str, Any] = {
                "type": "http",
                "asgi": {"version": "3.0"},
                "http_version": "1.1",
                "method": "GET",
                "scheme": "http",
                "path": PATH,
                "raw_path": PATH.encode(),
                "query_string": b"",
                "root_path": "",
                "headers": headers,
                "client": ("192.0.2.1", 1),
                "server": ("127.0.0.1", 80),
            }
            await app(scope, receive, send)

    measured = await rate(COUNT, all_of_them)
    assert statuses == {200}, statuses
    return measured
