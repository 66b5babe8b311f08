"""Around every request: what of it goes into the audit log (docs/audit.md).

Every request that may change something, and every one that was refused; a read that was answered only if it was about
keys, tenants or the audit log itself. A submission waits for none of it; who changes keys or tenants gets the answer
once the entry is on the log, and 503 where it cannot be.
"""

from collections.abc import Callable
from http import HTTPStatus

from cloche_kit.logs import covered
from cloche_schemas.audit import AuditEntry, AuditOutcome
from cloche_schemas.audit_chain import BEGINNING
from opentelemetry import trace
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloche_gateway.audit_trail import UNPLACED, AuditTrail
from cloche_gateway.authentication import Caller
from cloche_gateway.keyring import Keyring
from cloche_gateway.problems import KINDS, ClientError, respond

_READS = frozenset({"GET", "HEAD", "OPTIONS"})
#: Reads that were refused for who asked, or for what is not theirs.
_REFUSED = frozenset({401, 403, 404, 429})
_ADMINISTRATION = ("/v1/keys", "/v1/tenants")
_CONFIDENTIAL = (*_ADMINISTRATION, "/v1/audit")
_LONGEST = 256
_NOTE = "cloche.audit_refusal"
#: Also of a WebSocket's handshake that is refused.
_STARTS = frozenset({"http.response.start", "websocket.http.response.start"})


class Auditing:
    """ASGI middleware, inside of Observation, which gives a request its id."""

    def __init__(
        self, app: ASGIApp, *, trail: AuditTrail, keyring: Keyring, seconds: float
    ) -> None:
        self._app = app
        self._trail = trail
        self._keyring = keyring
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or not scope["path"].startswith("/v1"):
            await self._app(scope, receive, send)
            return
        method, path = _method(scope), scope["path"]
        reads = method in _READS
        if not reads and path.startswith(_ADMINISTRATION):
            await self._administer(scope, receive, send)
            return
        if scope["type"] == "websocket":
            scope[_NOTE] = lambda status: self._trail.note(self._entry(scope, status))
        status = 0

        async def passing(message: Message) -> None:
            nonlocal status
            if message["type"] in _STARTS:
                status = message["status"]
                if not reads or status in _REFUSED or path.startswith(_CONFIDENTIAL):
                    self._trail.note(self._entry(scope, status, message))
            await send(message)

        try:
            await self._app(scope, receive, passing)
        finally:
            if not status and not reads:
                # It broke, or nobody waits for the answer any more.
                self._trail.note(self._entry(scope, 0))

    async def _administer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The answer waits for its entry."""
        if self._trail.trouble:
            # What cannot be written down is not begun.
            self._trail.note(self._entry(scope, 503))
            await self._unavailable(scope, receive, send)
            return
        status, replaced = 0, False

        async def passing(message: Message) -> None:
            nonlocal status, replaced
            if message["type"] == "http.response.start":
                status = message["status"]
                entry = self._entry(scope, status, message)
                if entry.key:
                    replaced = not await self._trail.write(entry, self._seconds)
                else:
                    self._trail.note(entry)
                if replaced:
                    await self._unavailable(scope, receive, send)
            if not replaced:
                await send(message)

        try:
            await self._app(scope, receive, passing)
        finally:
            if not status:
                self._trail.note(self._entry(scope, 0))

    async def _unavailable(self, scope: Scope, receive: Receive, send: Send) -> None:
        error = ClientError("audit_unavailable", "the audit log does not answer")
        await respond(HTTPConnection(scope), error)(scope, receive, send)

    def _entry(self, scope: Scope, status: int, message: Message | None = None) -> AuditEntry:
        """What is known of the request, by the time that its answer begins. `status` 0: it has none."""
        caller: Caller | None = scope.get("cloche.caller")
        context = trace.get_current_span().get_span_context()
        route = getattr(scope.get("route"), "path", "unmatched")
        client = scope.get("client")
        return AuditEntry(
            action=f"{_method(scope)} {route}"[:_LONGEST],
            address=str(client[0]) if client else "",
            at=self._keyring.now(),
            claimed="" if caller is not None else str(scope.get("cloche.claimed", "")),
            code=str(scope.get("cloche.problem", "")) if status >= 400 or not status else "",
            forwarded_for=_header(scope["headers"], b"x-forwarded-for"),
            key="" if caller is None else caller.name,
            number=1,
            outcome=_outcome(status),
            previous=BEGINNING,
            request_id=str(scope.get("cloche.request_id", "")),
            signed=caller is not None and caller.signed,
            status=status,
            target=_target(scope, status, message),
            tenant="" if caller is None else caller.tenant,
            trace_id=trace.format_trace_id(context.trace_id) if context.is_valid else "",
            writer=UNPLACED,
        )


def note_refusal(connection: HTTPConnection, slug: str) -> None:
    """For a WebSocket that was accepted and is refused by what its first message says: as of a request that is."""
    note: Callable[[int], None] | None = connection.scope.get(_NOTE)
    status = KINDS[slug].status
    if note is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR:
        connection.scope["cloche.problem"] = slug
        note(status)


def _method(scope: Scope) -> str:
    """A WebSocket begins with a GET (RFC 6455, section 4.1), which its scope does not say."""
    return str(scope.get("method", "GET"))


def _outcome(status: int) -> AuditOutcome:
    if not status or status >= 500:
        return "failed"
    return "refused" if status >= 400 else "allowed"


def _target(scope: Scope, status: int, message: Message | None) -> str:
    """What was made, by its address, else what was asked for; never what its query says."""
    made = ""
    if message is not None and status in {201, 202}:
        made = _header(message["headers"], b"location")
    return made or covered(scope["path"])[:_LONGEST]


def _header(headers: list[tuple[bytes, bytes]], wanted: bytes) -> str:
    for name, value in headers:
        if name == wanted:
            return covered(value.decode("latin-1"))[:_LONGEST]
    return ""
