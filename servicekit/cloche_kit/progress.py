"""How far a projection is, said by it every few seconds: the stream of record is never trimmed beyond that.

Part of the event bus (`EventBus.progress`): the last word of each projection is kept. The adapters are
jetstream_progress.py and memory_progress.py, held to it by tests/contract/test_progress.py. Errors are the bus's.
"""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

#: The projection that the API answers from. What it has not folded in is never trimmed.
READ_MODELS = "read-models"


class Progress(Struct, frozen=True, kw_only=True):
    """One committed state of a projection: everything up to `sequence` of the stream `epoch` is in it.

    `oldest_open`: stream sequence of the first event of the oldest evaluation that was not over then; None: all were
    over. `at`: when it was read. However old it is, it stays true of that state.
    """

    epoch: str
    sequence: int
    oldest_open: int | None = None
    at: datetime


class ProgressBoard(Protocol):
    async def say(self, projection: str, progress: Progress) -> None:
        """Put it in the place of what `projection`, a token of a subject, said before."""
        ...

    async def said(self) -> dict[str, Progress]:
        """The last word of each projection. May be stale by a moment; what cannot be read is left out."""
        ...
