"""Room on a full log that may not be trimmed as a whole: what is over goes, one evaluation after the other (ADR 0021).

Two things hold the bound: outputs that are placed and of which a full log cannot be told, and an evaluation that is
open for long, which could not even write its end. Of neither does anybody need what others have written.
"""

from contextlib import aclosing

from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.bus import EventBus, Stored
from cloche_schemas import codec, subjects
from cloche_schemas.codec import Malformed
from cloche_schemas.events import EvaluationCompleted
from cloche_schemas.subjects import Address, SubjectError

from cloche_storage.manifest import Ledger

# Purges in one step: each is a request that the server works for.
AT_ONCE = 100


class Relief:
    """Takes what is over for the holder of the lease. Each call is a bounded step and can be done again.

    `BusUnavailable`, `ObjectsUnavailable`, and `Damaged` where the archive is.
    """

    def __init__(self, bus: EventBus, reader: ArchiveReader, ledger: Ledger) -> None:
        self._bus = bus
        self._reader = reader
        self._ledger = ledger
        self._walked = 0

    async def take(self, first: int, most: int) -> int:
        """Purge events up to `most`, which everybody has had; how many. `first`: where the stream begins."""
        untold = sorted(self._ledger.untold.items())
        purged = sum([await self._bus.trim(end, chunks) for end, chunks in untold if end <= most])
        # With what they free they are told, and the bound moves on.
        return purged or await self._take_over(first, min(most, self._ledger.settled))

    async def _take_over(self, first: int, most: int) -> int:
        """Whole evaluations that ended and were settled up to `most`, from where the last step stopped."""
        purged, left = 0, AT_ONCE
        after = max(self._walked, first - 1)
        source = self._reader.read(self._ledger.manifest, after=after, filters=(subjects.ALL_LOGS,))
        async with aclosing(source) as batches:
            async for messages in batches:
                for stored in messages:
                    if stored.sequence > most or not left:
                        return purged
                    address = _ended(stored)
                    if address is not None:
                        purged += await self._bus.trim(most, f"{address.prefix}.>")
                        left -= 1
                    self._walked = stored.sequence
        return purged


def _ended(stored: Stored) -> Address | None:
    """The evaluation that ends with this event, for good."""
    try:
        _, event = codec.decode(stored.data)
        return subjects.parse(stored.subject) if isinstance(event, EvaluationCompleted) else None
    except (Malformed, SubjectError):
        return None
