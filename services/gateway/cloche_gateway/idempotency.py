"""The header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header-07, expired in April 2026 without an RFC).

The same key and body give the same answer for ever. While the log holds the first submission, its concurrency check
sees to that: the id follows from the key, and of two first events one is refused. The projector keeps the key with the
id beyond the log's retention, and that is looked up before the append. Docs: docs/submitting.md.
"""

import hashlib
from typing import Annotated, Literal

import msgspec
from cloche_kit.bus import BusUnavailable
from cloche_kit.logs import get_logger
from cloche_schemas.batches import derived_id, member_id
from cloche_schemas.events import EvaluationQueued, EvaluationScheduled
from cloche_schemas.subjects import Address
from cloche_schemas.values import Idempotency
from fastapi import Header
from msgspec import Struct

from cloche_gateway.deps import Deps
from cloche_gateway.problems import ClientError, at
from cloche_gateway.read_models import ReadModelsUnavailable

_log = get_logger(__name__)
#: What a key was given for; the same key for another kind is another key.
Kind = Literal["evaluation", "batch"]
REPLAYED = {"Idempotency-Replayed": "true"}

TheKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="of the client's choice: the same key and body are accepted once, however often they come",
    ),
]


class Wish(Struct, frozen=True):
    """A submission under a key. `digest`: SHA-256 of the body as it was understood, in hex."""

    tenant: str
    kind: Kind
    key: str
    digest: str

    @classmethod
    def of(cls, kind: Kind, tenant: str, key: str, body: Struct) -> "Wish":
        """Of `body` as decoded: defaults left out, names in order, so that spelling does not count."""
        canonical = msgspec.json.encode(body, order="sorted")
        return cls(tenant, kind, key, hashlib.sha256(canonical).hexdigest())

    @property
    def id(self) -> str:
        """Of the evaluation or batch that the key makes."""
        return derived_id("idempotency-key", self.tenant, self.kind, self.key)

    @property
    def first(self) -> Address:
        """The evaluation whose first event carries the key: that one, or the first of the batch."""
        own = self.kind == "evaluation"
        return Address(self.tenant, self.id if own else member_id(self.id, 0))

    @property
    def mark(self) -> Idempotency:
        """What the log keeps of it."""
        return Idempotency(key=self.key, digest=self.digest)


async def recall(deps: Deps, wish: Wish) -> str | None:
    """The id that the key was given, if it was; `idempotency_key_reused` if for another body.

    None says nothing of what comes at the same time: that is for the append to find out, and then for `compare`.
    """
    known = await _projected(deps, wish)
    if known is None and await deps.bus.last(wish.first.lifecycle) is not None:
        await compare(deps, wish)
        return wish.id
    return known


async def compare(deps: Deps, wish: Wish) -> None:
    """`idempotency_key_reused` if what the log holds under the key was submitted with another body."""
    history = await deps.log.read(wish.first)
    entry = history.entries[0] if history.entries else None
    if entry is not None and isinstance(entry.event, EvaluationQueued | EvaluationScheduled):
        mark = entry.event.origin.idempotency
        if mark is not None:
            _same(wish, mark.digest)
            return
    # What begins in the middle has been trimmed, so it has been projected.
    if await _projected(deps, wish) is None:
        raise BusUnavailable(f"the log holds no beginning of {wish.first.evaluation}")


async def _projected(deps: Deps, wish: Wish) -> str | None:
    """The id that the read models have for the key.

    None also while they do not answer, as long as the log still holds everything: then it decides alone. Otherwise
    `ReadModelsUnavailable`.
    """
    try:
        known = await deps.read_models.idempotency_key(wish.tenant, wish.kind, wish.key)
    except ReadModelsUnavailable as error:
        state = await deps.bus.state()
        if state.first > 1 or state.deleted:
            raise
        _log.warning("read_models_unavailable", error=str(error))
        return None
    if known is None:
        return None
    _same(wish, known.digest)
    return known.id


def _same(wish: Wish, digest: str) -> None:
    if wish.digest != digest:
        detail = "this key was used for another body"
        raise ClientError(
            "idempotency_key_reused", detail, errors=at("/header/Idempotency-Key", detail)
        )
