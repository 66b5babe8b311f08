"""``/livez``, ``/readyz`` and ``/metrics`` of a service, on a port of their own."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, disable_created_metrics, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cloche_kit.breaker import Breaker
from cloche_kit.http_server import serving
from cloche_kit.settings import ServiceSettings

Check = Callable[[], Awaitable[bool]]
CHECK_SECONDS = 2.0
_FORWARDED = frozenset({"forwarded", "x-forwarded-for"})
# When each series was made: as many series again, and nobody asks.
disable_created_metrics()  # type: ignore[no-untyped-call]
ALARM = Gauge("cloche_service_alarm", "1 while the service says that only a human can help")


class Health:
    """Named checks of one service: `ready` ones gate traffic, an `alarm` says that only a human can help."""

    def __init__(
        self,
        service: str,
        instance: str,
        checks: Mapping[str, Check],
        *,
        breakers: Iterable[Breaker] = (),
    ) -> None:
        self.service = service
        self.instance = instance
        self._checks = dict(checks)
        self._breakers = tuple(breakers)
        self.alarm: str | None = None

    def routes(self) -> list[Route]:
        return [
            Route("/livez", self._live),
            Route("/readyz", self._ready),
            Route("/metrics", self._metrics),
        ]

    async def results(self) -> dict[str, bool]:
        """Every check by name; one that hangs or raises is not ready."""

        async def one(check: Check) -> bool:
            try:
                return await asyncio.wait_for(check(), CHECK_SECONDS)
            except Exception:
                return False

        answers = await asyncio.gather(*(one(check) for check in self._checks.values()))
        return dict(zip(self._checks, answers, strict=True))

    async def _live(self, _request: Request) -> Response:
        return self._answer(self.alarm is None, {})

    async def _ready(self, _request: Request) -> Response:
        results = await self.results()
        return self._answer(self.alarm is None and all(results.values()), results)

    async def _metrics(self, request: Request) -> Response:
        """For who reaches this process itself: what comes through a proxy comes from outside."""
        if not _FORWARDED.isdisjoint(request.headers):
            return Response(status_code=404)
        ALARM.set(self.alarm is not None)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    def _answer(self, ok: bool, checks: dict[str, bool]) -> Response:
        body: dict[str, object] = {
            "status": "ok" if ok else "unavailable",
            "service": self.service,
            "instance": self.instance,
            "checks": checks,
            "alarm": self.alarm,
        }
        if self._breakers:
            body["breakers"] = {breaker.edge: breaker.state for breaker in self._breakers}
        return JSONResponse(body, status_code=200 if ok else 503)


@asynccontextmanager
async def health_server(health: Health, settings: ServiceSettings) -> AsyncIterator[int]:
    """Serve `health` while inside; gives the port, also in the settings' port file."""
    app = Starlette(routes=health.routes())
    async with serving(app, host=settings.health_host, port=settings.health_port) as port:
        if settings.port_file is not None:
            write_port(settings.port_file, port)
        yield port


def write_port(file: Path, port: int) -> None:
    """Tell who started us where we listen; the file is there whole or not at all."""
    temporary = file.with_name(f"{file.name}.{os.getpid()}")
    temporary.write_text(f"{port}\n", encoding="ascii")
    temporary.replace(file)
