"""The audit log, as the client sees it: ``client.audit``. For administrators."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack

import msgspec
from cloche_schemas.audit import AuditEntry, AuditOutcome, AuditPage, AuditReport, Head
from cloche_schemas.views import Problem
from msgspec.structs import replace

from cloche.calls import ask, content, path, problem_of, query, written
from cloche.errors import UnexpectedAnswer, Unreachable, error_of
from cloche.operations import Awaiting, Blocking, operation, streaming
from cloche.steps import Call, Given, NextBytes, Open, Pairs, Stream

#: Items of a page where all are wanted: the most that the server gives.
WHOLE_PAGE = 200


class Entries(TypedDict, total=False):
    """Which entries are wanted: everything that is given must hold.

    `key` is also found where it was only named; `target` with everything below it; `action` is method and route, as
    ``POST /v1/keys/{key}/rotate``. `until` is excluded.
    """

    tenant: str | None
    key: str | None
    action: str | None
    outcome: AuditOutcome | None
    target: str | None
    address: str | None
    request_id: str | None
    since: datetime | None
    until: datetime | None


class AuditCalls:
    """Who did what from where, allowed or refused, of every tenant. Every method may raise `ClocheError`s."""

    @operation
    def list(
        self, *, limit: int | None = None, cursor: str | None = None, **wanted: Unpack[Entries]
    ) -> Call[AuditPage]:
        """A page of entries, newest first; `cursor` is the last page's `next_cursor`.

        A page may hold fewer than `limit`, or none, and still lead to a next one: `each` follows them.
        """
        return _page(wanted, limit, cursor)

    @streaming
    def each(self, **wanted: Unpack[Entries]) -> Stream[AuditEntry]:
        """All that are `wanted`, newest first, page after page.

        >>> made = client.create_key(CreateKey(name="of an example"))
        >>> entries = client.audit.each(action="POST /v1/keys", target=f"/v1/keys/{made.key.id}")
        >>> [(entry.outcome, entry.status) for entry in entries]
        [('allowed', 201)]
        """
        cursor: str | None = None
        while True:
            found = yield from _page(wanted, WHOLE_PAGE, cursor)
            for entry in found.items:
                yield Given(entry)
            if (cursor := found.next_cursor) is None:
                return

    @streaming
    def export(self, **wanted: Unpack[Entries]) -> Stream[bytes]:
        """Everything that is there, oldest first: an entry as JSON each, byte for byte as it lies on the log.

        Without a filter `cloche_schemas.audit_chain.verify_lines` verifies it without a server. It comes to an end only
        if it is whole: `Unreachable` where it broke off, `ApiError` where the server could not go on.
        """
        call = Call(
            method="GET",
            path=path("audit", "export"),
            read=content,
            query=_pairs(wanted),
            repeatable=True,
            pace="upload",
        )
        return _lines(call)

    @operation
    def verify(self, *, heads: Sequence[Head | str] = ()) -> Call[AuditReport]:
        """Walks every chain of the log: whether it is `sound`, and every break where it is not.

        `heads` of an earlier report, kept elsewhere, show also an end that was cut off or written anew since.

        >>> report = client.audit.verify()
        >>> client.audit.verify(heads=report.heads).sound
        True
        """
        asked = query(head=[str(head) for head in heads])
        call = ask("GET", path("audit", "verify"), AuditReport, query=asked)
        # It takes as long as the log is.
        return replace(call, pace="upload")


class Audit(AuditCalls, Blocking):
    """``Client.audit``."""


class AsyncAudit(AuditCalls, Awaiting):
    """``AsyncClient.audit``."""


def _page(wanted: Entries, limit: int | None, cursor: str | None) -> Call[AuditPage]:
    asked = query(limit=limit, cursor=cursor) + _pairs(wanted)
    return ask("GET", path("audit"), AuditPage, query=asked)


def _pairs(wanted: Entries) -> Pairs:
    return query(
        tenant=wanted.get("tenant"),
        key=wanted.get("key"),
        action=wanted.get("action"),
        outcome=wanted.get("outcome"),
        target=wanted.get("target"),
        address=wanted.get("address"),
        request_id=wanted.get("request_id"),
        since=written(wanted.get("since")),
        until=written(wanted.get("until")),
    )


def _lines(call: Call[bytes]) -> Stream[bytes]:
    answer = yield from Open(call)
    if not answer.success:
        raise problem_of(call, answer)
    rest = b""
    while (piece := (yield from NextBytes())) is not None:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            if not line.startswith(_FRAMES):
                yield Given(line)
            elif _is_end(call, line):
                return
    raise Unreachable("the export broke off before its end")


#: How lines begin that are no entry.
_FRAMES = (b'{"end"', b'{"problem"', b'{"reconnect"')


class _Frame(msgspec.Struct):
    end: bool = False
    problem: Problem | None = None


def _is_end(call: Call[bytes], line: bytes) -> bool:
    try:
        frame = msgspec.json.decode(line, type=_Frame)
    except msgspec.DecodeError as error:
        raise UnexpectedAnswer(f"GET {call.path}: {error}") from error
    if frame.problem is not None:
        raise error_of(frame.problem)
    return frame.end
