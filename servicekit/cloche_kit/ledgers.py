"""What gateways write down beside the log of record: numbers used up, uses of keys, and who did what.

Part of the event bus (`EventBus.ledgers`). The adapters are record_log.py and memory_ledgers.py, held to this by
tests/contract/test_ledgers.py. Errors are the bus's; whoever loses one of these streams loses nothing of an evaluation.
"""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from cloche_kit.bus import RecordLog, Stored


class AuditLog(RecordLog, Protocol):
    """A log that may be read from any place. It forgets its oldest messages when it is full."""

    async def read(self, first: int, most: int) -> list[Stored]:
        """Messages from sequence `first` on, in order and without a hole: up to `most`; none only if there are none."""
        ...

    async def sequence_before(self, time: datetime) -> int:
        """As of `EventBus`: the sequence before the first message that it took at `time` or later."""
        ...


class Ledgers(Struct, frozen=True):
    """`nonces` forgets by age, and refuses when full; `key_uses` keeps the last record of each subject."""

    nonces: RecordLog
    key_uses: RecordLog
    audit: AuditLog
