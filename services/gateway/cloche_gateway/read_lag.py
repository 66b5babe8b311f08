"""How far the read models are behind the log: the header ``Cloche-Read-Lag`` of answers that are made of their rows.

It is looked up before the rows are read, so that these are never older than it says; and once for everybody who asks
within a moment, so that it costs the log and PostgreSQL the same however many ask.
"""

import asyncio
import time
from contextlib import suppress

from cloche_kit.bus import BusError, EventBus
from cloche_kit.log import age
from cloche_kit.progress import READ_MODELS

from cloche_gateway.read_models import ReadModels, ReadModelsUnavailable

HEADER = "Cloche-Read-Lag"
#: An answer is told what was found so long ago at most.
FRESH_SECONDS = 1.0
#: Rows are worth more than to know how old they are: nobody waits for that once a look takes longer.
PATIENCE_SECONDS = 0.25


class ReadLag:
    """What is found while one gateway serves."""

    def __init__(self, bus: EventBus, read_models: ReadModels) -> None:
        self._bus = bus
        self._read_models = read_models
        self._looking: asyncio.Task[dict[str, str]] | None = None
        self._begun = self._until = 0.0

    async def header(self) -> dict[str, str]:
        """``Cloche-Read-Lag: events=12, seconds=0.350`` (a dictionary, RFC 9651): messages beyond the rows, and the age
        in seconds of the first of them. No header where that is not known. Never raises."""
        now = time.monotonic()
        if self._looking is None or (self._looking.done() and now >= self._until):
            self._looking, self._begun = asyncio.create_task(self._look()), now
        # Who waits no longer leaves it alone: a call that is cut off costs PostgreSQL's connection.
        await asyncio.wait({self._looking}, timeout=max(self._begun + PATIENCE_SECONDS - now, 0.0))
        return self._looking.result() if self._looking.done() else {}

    async def _look(self) -> dict[str, str]:
        found: dict[str, str] = {}
        with suppress(BusError, ReadModelsUnavailable):
            found = await self._find()
        self._until = time.monotonic() + FRESH_SECONDS
        return found

    async def _find(self) -> dict[str, str]:
        """The rows first: what comes after they were looked at counts as lacking."""
        projections = await self._read_models.projections.all()
        rows = next((one for one in projections if one.name == READ_MODELS), None)
        last = (await self._bus.state()).last
        # Rows that are being made anew lack more than their sequence says; those beyond the log are another log's.
        if rows is None or not rows.complete or rows.sequence > last:
            return {}
        first = await self._bus.get(rows.sequence + 1) if rows.sequence < last else None
        seconds = 0.0 if first is None else max(age(first.time), 0.0)
        return {HEADER: f"events={last - rows.sequence}, seconds={seconds:.3f}"}
