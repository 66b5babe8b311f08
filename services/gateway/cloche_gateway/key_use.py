"""When each key was last used, to some minutes: written by whichever gateway sees it, at most once in so long.

No event for a request: a gateway notes it in memory, and says it to all others if nobody has for a while. Each secret
of a key counts by itself, so that whoever rotates a key sees when the old one is out of use. What is not yet said is
lost with the process, and nobody misses it.
"""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import aclosing
from contextvars import copy_context
from datetime import UTC, datetime

import msgspec
from cloche_kit.bus import BusUnavailable, RecordLog, Stored
from cloche_kit.logs import get_logger
from msgspec import Struct

AGAIN_SECONDS = 5.0
_FINGERPRINT = 8
_log = get_logger(__name__)


class KeyUse(Struct, frozen=True, kw_only=True, tag="cloche.access.key-use.v1"):
    """The last word on one secret of a key."""

    at: datetime


_uses = msgspec.json.Decoder(KeyUse)
Name = tuple[str, str]


class KeyUses:
    """Run `follow` beside. `seconds`: so long a use is not worth telling again."""

    def __init__(
        self, log: RecordLog, *, seconds: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._log = log
        self._seconds = seconds
        self._clock = clock
        self._context = copy_context()
        self._at: dict[Name, float] = {}
        self._due: dict[Name, float] = {}
        self._telling: asyncio.Task[None] | None = None

    def saw(self, key: str, digest: str) -> None:
        """The secret of this digest has just proved itself. On the way of every request: next to nothing is done."""
        now, name = self._clock(), (key, digest[:_FINGERPRINT])
        if now - self._at.get(name, 0.0) < self._seconds:
            return
        self._at[name] = self._due[name] = now
        if self._telling is None or self._telling.done():
            # Not in the name of the request that happens to be the first.
            self._telling = asyncio.create_task(
                self._tell(), name="key-uses", context=self._context
            )

    def last(self, key: str, *digests: str) -> datetime | None:
        """When one of these secrets of the key was last used; None if never."""
        found = [self._at.get((key, digest[:_FINGERPRINT]), 0.0) for digest in digests]
        last = max(found, default=0.0)
        return datetime.fromtimestamp(last, UTC) if last else None

    async def follow(self) -> None:
        """Read what others say, for ever. `StreamLost` if the log is gone."""
        async with aclosing(self._log.follow(after=0)) as batches:
            async for batch in batches:
                for stored in batch:
                    self._take(stored)

    async def close(self) -> None:
        """Say nothing more."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.wait({self._telling})

    async def _tell(self) -> None:
        """Say what is due, until nothing is."""
        while self._due:
            name, at = self._due.popitem()
            use = KeyUse(at=datetime.fromtimestamp(at, UTC))
            try:
                await self._log.append(
                    f"keyuse.{name[0]}.{name[1]}",
                    msgspec.json.encode(use),
                    msg_id=secrets.token_hex(16),
                )
            except BusUnavailable as error:
                _log.warning("key_use_not_told", key=name[0], error=str(error))
                self._due.setdefault(name, at)
                await asyncio.sleep(AGAIN_SECONDS)

    def _take(self, stored: Stored) -> None:
        _, _, rest = stored.subject.partition(".")
        key, _, fingerprint = rest.partition(".")
        try:
            at = _uses.decode(stored.data).at.timestamp()
        except msgspec.DecodeError as error:
            _log.warning("key_use_unknown", sequence=stored.sequence, error=str(error))
            return
        name = (key, fingerprint)
        self._at[name] = max(at, self._at.get(name, 0.0))
