"""Tenants and API keys: what the access log keeps of them, and what the API takes and shows.

The access log is a stream of its own (``access.…``): evaluations and read models can be rebuilt without it, and nobody
who reads evaluations sees it. A record is the whole state of one tenant or key; the last one of a subject counts. What
proves a key is kept as a digest only; what its signatures are checked with is wrapped (ADR 0018).
"""

from datetime import datetime
from typing import Annotated, Literal, get_args

from msgspec import UNSET, Meta, Struct, UnsetType

from cloche_schemas.rates import Rates, SetRates
from cloche_schemas.values import TENANT

Role = Literal["user", "operator", "admin"]
Scope = Literal["read", "write", "operate", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
SCOPES: tuple[Scope, ...] = get_args(Scope)
#: What each role may do; a key may be given less.
ROLE_SCOPES: dict[Role, tuple[Scope, ...]] = {
    "user": ("read", "write"),
    "operator": ("read", "write", "operate"),
    "admin": SCOPES,
}
# Ten years: longer is for ever.
LONGEST_SECONDS = 10 * 365 * 86_400.0
#: So long two secrets of a key may be good beside each other.
LONGEST_OVERLAP_SECONDS = 90 * 86_400.0
KEY_ID = r"[a-z2-7]{12}"
#: A key as clients show it: what it is, its id, 192 random bits.
API_KEY = rf"cloche_({KEY_ID})_([0-9a-f]{{48}})"

TENANT_SUBJECT = "access.tenants."
KEY_SUBJECT = "access.keys."
ALL_ACCESS = "access.>"
#: When a secret was last used: ``keyuse.<key>.<first digits of the secret's digest>``, on a stream of its own.
ALL_KEY_USES = "keyuse.*.*"
#: What signed requests have used up: ``nonces.<key>.<digest of the nonce>``, for as long as they could be replayed.
ALL_NONCES = "nonces.*.*"

TenantToken = Annotated[str, Meta(pattern=TENANT)]
KeyId = Annotated[str, Meta(pattern=f"^{KEY_ID}$")]
# Compared with the clock, or with one another.
Moment = Annotated[datetime, Meta(tz=True)]
# AES-256-GCM: the id of the wrapping key, then nonce, ciphertext and tag in base64url.
WrappedKey = Annotated[str, Meta(pattern=r"^([0-9a-f]{8}\.[A-Za-z0-9_-]{80})?$")]
# For people: no control characters.
DisplayName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]


MAX_QUEUED = Annotated[
    int, Meta(ge=0, le=10**9, description="evaluations queued and running; more are refused (429)")
]
MAX_RUNNING = Annotated[
    int, Meta(ge=1, le=10**6, description="evaluations at once; more wait for their turn")
]


DAYS = Annotated[
    float, Meta(ge=0, le=36_500, description="days; 0: for ever; else at least an hour")
]
#: Shorter than this nothing is kept; what a queue delivers again finds its history within it.
SHORTEST_DAYS = 1 / 24
#: Classes of what is kept, each with a period of its own.
PERIODS = ("stream_days", "archive_days", "output_days", "artifacts_days")
#: The tenant that is always there.
MAIN_TENANT = "main"


class TenantRecord(Struct, frozen=True, kw_only=True, tag="cloche.access.tenant.v1"):
    """A tenant. `tenant` is the token that stands in subjects."""

    tenant: TenantToken
    name: DisplayName
    created_at: Moment
    created_by: str = ""
    max_queued: int | None = None
    max_running: int | None = None
    stream_days: float | None = None
    archive_days: float | None = None
    output_days: float | None = None
    artifacts_days: float | None = None
    rates: Rates | None = None


class PreviousSecret(Struct, frozen=True, kw_only=True):
    """The secret that a rotation replaced, good until `until`. Fields as of `KeyRecord`."""

    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    until: Moment
    signing_key: WrappedKey = ""


class KeyRecord(Struct, frozen=True, kw_only=True, tag="cloche.access.key.v1"):
    """A key. `digest` is the SHA-256 of its secret part, in hexadecimal.

    `signing_key`: what its signatures are checked with, wrapped under a secret of the gateways; empty for a key that
    was made before there were any. `previous`: the secret before the last rotation, with the time when it ends.
    """

    id: KeyId
    tenant: TenantToken
    name: DisplayName
    role: Role
    scopes: tuple[Scope, ...]
    digest: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    created_at: Moment
    created_by: str = ""
    expires_at: Moment | None = None
    revoked_at: datetime | None = None
    revoked_by: str = ""
    require_signature: bool = False
    signing_key: WrappedKey = ""
    previous: PreviousSecret | None = None
    rotated_at: datetime | None = None
    rotated_by: str = ""
    rates: Rates | None = None


AccessRecord = TenantRecord | KeyRecord


def subject_of(record: AccessRecord) -> str:
    """Where the records of this tenant or key lie."""
    if isinstance(record, TenantRecord):
        return TENANT_SUBJECT + record.tenant
    return KEY_SUBJECT + record.id


class CreateTenant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of ``POST /v1/tenants``."""

    name: Annotated[DisplayName, Meta(description="for people; its token is made by the server")]
    max_queued: MAX_QUEUED | None = None
    max_running: MAX_RUNNING | None = None
    stream_days: DAYS | None = None
    archive_days: DAYS | None = None
    output_days: DAYS | None = None
    artifacts_days: DAYS | None = None
    rates: Annotated[SetRates, Meta(description="of each of its keys")] | None = None


class ChangeTenant(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of ``PATCH /v1/tenants/{tenant}`` (RFC 7396): what is absent stays, null is the server's default again."""

    name: DisplayName | UnsetType = UNSET
    max_queued: MAX_QUEUED | UnsetType | None = UNSET
    max_running: MAX_RUNNING | UnsetType | None = UNSET
    stream_days: DAYS | UnsetType | None = UNSET
    archive_days: DAYS | UnsetType | None = UNSET
    output_days: DAYS | UnsetType | None = UNSET
    artifacts_days: DAYS | UnsetType | None = UNSET
    rates: SetRates | UnsetType | None = UNSET


class CreateKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of ``POST /v1/keys``."""

    name: Annotated[DisplayName, Meta(description="for people: who or what uses it")]
    role: Role = "user"
    scopes: (
        Annotated[
            tuple[Scope, ...], Meta(description="less than the role may do", max_length=len(SCOPES))
        ]
        | None
    ) = None
    tenant: Annotated[TenantToken | None, Meta(description="default: the caller's own")] = None
    expires_seconds: (
        Annotated[float, Meta(gt=0, le=LONGEST_SECONDS, description="from now; default: never")]
        | None
    ) = None
    require_signature: Annotated[
        bool, Meta(description="take only requests that are signed (docs/signing.md)")
    ] = False
    rates: Annotated[SetRates, Meta(description="default: those of the tenant")] | None = None


class ChangeKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of ``PATCH /v1/keys/{key}`` (RFC 7396): what is absent stays."""

    name: DisplayName | UnsetType = UNSET
    require_signature: bool | UnsetType = UNSET
    rates: SetRates | UnsetType | None = UNSET


class RotateKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of ``POST /v1/keys/{key}/rotate``."""

    overlap_seconds: Annotated[
        float,
        Meta(
            ge=0,
            le=LONGEST_OVERLAP_SECONDS,
            description="so long the old secret stays good beside the new one; 0: not at all",
        ),
    ] = 86_400.0


class TenantView(Struct, frozen=True, kw_only=True):
    """A tenant as the API shows it."""

    tenant: TenantToken
    name: str
    created_at: datetime | None = None
    max_queued: Annotated[int | None, Meta(description="absent: the server's default")] = None
    max_running: Annotated[int | None, Meta(description="absent: the server's default")] = None
    stream_days: Annotated[
        float | None,
        Meta(description="how long events stay on the log; absent: the server's default"),
    ] = None
    archive_days: Annotated[float | None, Meta(description="how long in the archive")] = None
    output_days: Annotated[float | None, Meta(description="how long output is kept")] = None
    artifacts_days: Annotated[float | None, Meta(description="how long artifacts are kept")] = None
    rates: Annotated[
        Rates | UnsetType, Meta(description="of each of its keys; absent: the server's defaults")
    ] = UNSET


class TenantList(Struct, frozen=True, kw_only=True):
    """Every tenant, oldest first."""

    items: tuple[TenantView, ...] = ()


class PreviousView(Struct, frozen=True, kw_only=True):
    """The secret before a rotation, while it is good."""

    until: datetime
    last_used_at: Annotated[
        datetime | None, Meta(description="of the old secret, to some minutes; absent: never")
    ] = None


class KeyView(Struct, frozen=True, kw_only=True):
    """A key as the API shows it: never what proves it."""

    id: KeyId
    tenant: TenantToken
    name: str
    role: Role
    scopes: tuple[Scope, ...]
    status: Literal["active", "expired", "revoked"]
    created_at: datetime
    created_by: str = ""
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: Annotated[
        datetime | None, Meta(description="with any of its secrets, to some minutes; absent: never")
    ] = None
    require_signature: bool = False
    rotated_at: datetime | None = None
    previous: PreviousView | None = None
    rates: Annotated[Rates | UnsetType, Meta(description="absent: those of the tenant")] = UNSET


class KeyList(Struct, frozen=True, kw_only=True):
    """Keys, oldest first."""

    items: tuple[KeyView, ...] = ()


class ImportRecords(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Body of ``POST /v1/keys/import``: records as ``GET /v1/keys/export`` gives them, one a line there."""

    records: Annotated[
        tuple[AccessRecord, ...], Meta(description="tenants before their keys", max_length=1000)
    ]


class ImportReport(Struct, frozen=True, kw_only=True):
    """What became of the records."""

    imported: Annotated[int, Meta(ge=0)] = 0
    unchanged: Annotated[int, Meta(ge=0, description="there already, the same")] = 0
    kept: Annotated[
        tuple[str, ...],
        Meta(
            description="tenants and ids of keys that are there and say something else; they stay"
        ),
    ] = ()


class NewKey(Struct, frozen=True, kw_only=True):
    """Answer to ``POST /v1/keys`` and to a rotation: the only time that the key itself is told."""

    api_key: Annotated[str, Meta(description="shown once; keep it safe")]
    key: KeyView
