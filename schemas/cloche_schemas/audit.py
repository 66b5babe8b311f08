"""Who did what from where, allowed or refused: entries of the audit log, and what the API shows of them.

Each process that answers requests writes a chain of its own (``audit.<writer>``), several entries to a message: a
CloudEvent with the entries as its `data`, and the stream sequence of the writer's message before as its extension
attribute `after`. ADR 0019 says why; audit_chain.py has the digests and what verifies them.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from cloche_schemas.values import SHA256

ALL_AUDIT = "audit.*"
AUDIT_TYPE = "cloche.audit.entries.v1"
WRITER = r"^w[a-z2-7]{12}$"

Writer = Annotated[str, Meta(pattern=WRITER, description="the process whose chain it is")]
#: allowed: below 400; refused: 4xx; failed: we could not, 5xx, or nobody waited for the answer.
AuditOutcome = Literal["allowed", "refused", "failed"]
AUDIT_OUTCOMES: tuple[AuditOutcome, ...] = ("allowed", "refused", "failed")
# Entries that are no request, but say something of the chain itself.
OPENED = "audit.opened"
LOST = "audit.lost"
UNPROVEN = "audit.unproven"


class AuditEntry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One entry. The fields stand in the order of their names, which is that of the bytes that are hashed.

    `action` is method and route template (``POST /v1/keys/{key}/rotate``), or one of the chain's own: ``audit.opened``,
    ``audit.lost`` (`count` entries could not be written), ``audit.unproven`` (`count` further requests without a good
    key were refused). `address` is the peer as the server saw it, `forwarded_for` only what the request said of itself.
    `key` is who proved itself, `claimed` the id of a key that was named and not proved.
    """

    action: str
    address: str = ""
    at: datetime
    claimed: str = ""
    code: str = ""
    count: int = 0
    digest: str = ""
    forwarded_for: str = ""
    key: str = ""
    number: Annotated[int, Meta(ge=1)]
    outcome: AuditOutcome
    previous: Annotated[str, Meta(pattern=SHA256)]
    request_id: str = ""
    signed: bool = False
    status: int = 0
    target: str = ""
    tenant: str = ""
    trace_id: str = ""
    witness: str = ""
    writer: Writer


class Head(Struct, frozen=True, kw_only=True):
    """An end of a chain. Kept elsewhere, it shows later whether the chain was cut off or rewritten."""

    writer: Writer
    number: Annotated[int, Meta(ge=1)]
    digest: Annotated[str, Meta(pattern=SHA256)]

    def __str__(self) -> str:
        return f"{self.writer}-{self.number}-{self.digest}"


BreakKind = Literal[
    "malformed",  # no message of an audit log
    "edited",  # an entry is not what its digest says
    "broken-chain",  # an entry does not name the digest of the one before
    "missing",  # entries are missing between two, or at the beginning
    "repeated",  # an entry that was there before
    "witness",  # a chain names an end of another one that is not there
    "truncated",  # the chain ends before a head that was kept
    "rewritten",  # the chain has another entry than the head that was kept
]


class Break(Struct, frozen=True, kw_only=True):
    """Something that cannot be if nobody touched the log. `sequence`: of the message, 0 where there is none."""

    kind: BreakKind
    writer: str
    number: int
    sequence: int
    detail: str


class AuditReport(Struct, frozen=True, kw_only=True):
    """What a walk over the whole audit log has found. `breaks`: the first hundred, in the order of the log."""

    sound: bool
    entries: Annotated[int, Meta(ge=0)]
    messages: Annotated[int, Meta(ge=0)]
    first_sequence: Annotated[int, Meta(ge=0)]
    last_sequence: Annotated[int, Meta(ge=0)]
    forgotten_beginnings: Annotated[
        int, Meta(ge=0, description="chains whose beginning the log no longer holds, by its size")
    ] = 0
    lost: Annotated[
        int, Meta(ge=0, description="entries that could not be written, as the chains say")
    ] = 0
    breaks: tuple[Break, ...] = ()
    heads: Annotated[
        tuple[Head, ...], Meta(description="the ends of the newest thousand chains; keep them")
    ] = ()


class AuditPage(Struct, frozen=True, kw_only=True):
    """Entries, newest first. A page may hold fewer than were asked for, or none, and still lead to a next one."""

    items: tuple[AuditEntry, ...] = ()
    next_cursor: str | None = None
