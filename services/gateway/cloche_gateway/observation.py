"""Around every request: its id, its span, its metrics, the headers that every answer has, and the last resort."""

import re
import time
from collections.abc import Callable, Collection
from functools import cache, partial

import uuid_utils
from cloche_kit.logs import about, covered, forget, get_logger
from cloche_kit.telemetry import Telemetry
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloche_gateway.cross_origin import shared
from cloche_gateway.limiter import Limiter
from cloche_gateway.overload import Overload
from cloche_gateway.problems import ClientError, respond

_log = get_logger(__name__)
_propagator = TraceContextTextMapPropagator()
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
# An answer that takes so long is worth a line with its trace. Bodies and blobs that arrive slowly are among them.
SLOW_SECONDS = 2.0
# So much of a path is in its span, in characters: whoever asks for what is not there may ask for 64 KB.
LONGEST_PATH = 1024
_EXCHANGE = "cloche.exchange"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter(
    "cloche_http_requests", "Requests answered, by route template", ["method", "route", "status"]
)
SECONDS = Histogram(
    "cloche_http_request_seconds",
    "Time to the end of the answer (of an event stream: to its beginning)",
    ["method", "route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
IN_FLIGHT = Gauge("cloche_http_requests_in_flight", "Requests being answered, open streams too")
_in_flight: set["_Exchange"] = set()
IN_FLIGHT.set_function(lambda: len(_in_flight))

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_RAW_HEADERS = tuple((name.lower().encode(), value.encode()) for name, value in _HEADERS.items())


class Observation:
    """ASGI middleware, the outermost but for the framework's own."""

    def __init__(
        self,
        app: ASGIApp,
        telemetry: Telemetry,
        overload: Overload,
        limiter: Limiter,
        origins: Collection[str] = (),
    ) -> None:
        self._app = app
        # Around refusals too: what a page may not read is to it as if nobody had answered.
        self._shared = shared(self._guarded, origins)
        self._telemetry = telemetry
        self._overload = overload
        self._limiter = limiter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            try:
                await self._app(scope, receive, send)
            finally:
                self._limiter.ended(scope)
            return
        exchange = _Exchange(scope, send, self._limiter)
        span = self._telemetry.tracer.start_span(
            exchange.method, context=_parent(exchange.headers), kind=SpanKind.SERVER
        )
        _in_flight.add(exchange)
        with (
            trace.use_span(span, record_exception=False, set_status_on_exception=False),
            about(request_id=exchange.request_id),
        ):
            try:
                await self._shared(scope, receive, partial(exchange.pass_on, span=span))
            finally:
                exchange.begin()
                self._limiter.ended(scope)
                exchange.finish(span)
                # Whoever authenticated the caller, or found the evaluation, had put them in.
                forget("tenant", "evaluation")
                _in_flight.discard(exchange)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: _Exchange = scope[_EXCHANGE]
        refused = self._overload.enter(scope)
        if refused is not None:
            await respond(HTTPConnection(scope), refused)(scope, receive, send)
            return
        exchange.begins = self._overload.leave
        try:
            await self._app(scope, receive, send)
        except Exception:
            _log.exception("request_failed", route=exchange.route)
            trace.get_current_span().set_status(Status(StatusCode.ERROR))
            if exchange.status:
                # Too late for a problem: the server cuts the connection, so nobody takes a part for the whole.
                return
            await respond(HTTPConnection(scope), ClientError("internal"))(scope, receive, send)


class _Exchange:
    """One request and what is known of its answer."""

    def __init__(self, scope: Scope, send: Send, limiter: Limiter) -> None:
        self.scope = scope
        #: Called once, when the answer begins.
        self.begins: Callable[[], None] | None = None
        self._limiter = limiter
        self.headers = Headers(scope=scope)
        self.method = scope["method"] if scope["method"] in _METHODS else "other"
        self.status = 0
        self.request_id = _request_id(self.headers.get("x-request-id", ""))
        scope["cloche.request_id"] = self.request_id
        scope[_EXCHANGE] = self
        self._send = send
        self._begun = time.perf_counter()
        self._finished = False

    @property
    def route(self) -> str:
        """The template of the route: few values, whatever is asked for."""
        return str(getattr(self.scope.get("route"), "path", "unmatched"))

    def begin(self) -> None:
        """The answer begins, or there will be none."""
        begins, self.begins = self.begins, None
        if begins is not None:
            begins()

    async def pass_on(self, message: Message, span: Span) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.begin()
            headers = list(message["headers"])
            there = dict(headers)
            headers += [one for one in _RAW_HEADERS if one[0] not in there]
            headers.append((b"x-request-id", self.request_id.encode()))
            if (limits := self._limiter.headers_of(self.scope)) is not None:
                policy, state = limits
                headers.append((b"ratelimit-policy", policy.encode()))
                headers.append((b"ratelimit", state.encode()))
            message["headers"] = headers
            if there.get(b"content-type", b"").startswith(b"text/event-stream"):
                self.finish(span)
        await self._send(message)

    def finish(self, span: Span) -> None:
        """Close the books, once."""
        if self._finished:
            return
        self._finished = True
        route, status = self.route, self.status or 499
        if span.is_recording():
            path = self.scope["path"]
            span.update_name(f"{self.method} {route}")
            span.set_attributes(
                {
                    "http.request.method": self.method,
                    "http.route": route,
                    # What is nothing but the route has nothing to cover.
                    "url.path": path if path == route else covered(path)[:LONGEST_PATH],
                    "http.response.status_code": status,
                }
            )
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end()
        seconds = time.perf_counter() - self._begun
        requests, durations = _books(self.method, route, status)
        requests.inc()
        durations.observe(seconds)
        if seconds >= SLOW_SECONDS:
            _log.warning(
                "slow_request", method=self.method, route=route, status=status, seconds=seconds
            )


@cache
def _books(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """The series themselves, as few as their labels have values: to look for them by text costs more than to count."""
    return REQUESTS.labels(method, route, status), SECONDS.labels(method, route)


def _request_id(given: str) -> str:
    return given if _REQUEST_ID.fullmatch(given) else str(uuid_utils.uuid7())


def _parent(headers: Headers) -> Context:
    """The client's trace, if it has one."""
    names = ("traceparent", "tracestate")
    return _propagator.extract(
        {name: headers[name] for name in names if name in headers}, context=Context()
    )
