"""The output of every evaluation as objects of its own, put together while the program runs.

Memory is bounded: when all running programs together hold more than their budget, the one that has been silent the
longest is given up and read again from the log when it completes. So is whatever a crash interrupted.
"""

import asyncio
from collections import OrderedDict
from contextlib import aclosing

from cloche_kit.bus import EventBus, Stored
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectMissing, Objects, ObjectsUnavailable
from cloche_schemas import codec, subjects
from cloche_schemas.codec import Malformed
from cloche_schemas.events import (
    AttemptFailed,
    EvaluationCompleted,
    EvaluationDeadLettered,
    OutputChunk,
)
from cloche_schemas.subjects import Address, SubjectError

from cloche_storage.assembly import Assembly
from cloche_storage.manifest import Ledger
from cloche_storage.patience import patiently
from cloche_storage.settings import StorageSettings
from cloche_storage.settling import BATCH, Ended, Settler, abandon

Running = tuple[Address, int]
"""An attempt of an evaluation."""

log = get_logger(__name__)


class Outputs:
    """The writer of output objects, while this process holds the lease. What it writes twice is the same."""

    def __init__(
        self,
        bus: EventBus,
        objects: Objects,
        ledger: Ledger,
        settler: Settler,
        settings: StorageSettings,
    ) -> None:
        self._bus = bus
        self._objects = objects
        self._ledger = ledger
        self._settings = settings
        self._settler = settler
        self._running: OrderedDict[Running, Assembly | None] = OrderedDict()
        self._settling: set[int] = set()
        self._seen = 0
        self._free = asyncio.Semaphore(settings.output_tasks)

    async def run(self, stop: asyncio.Event) -> None:
        """Archive outputs until `stop`; what is being archived then is finished. `StreamLost`."""
        self._seen = self._ledger.settled
        # Parts that a writer before us never completed.
        await patiently(lambda: self._objects.abort_uploads("outputs/"))
        stopped = asyncio.ensure_future(stop.wait())
        filters = (subjects.ALL_OUTPUT, subjects.ALL_LOGS)
        try:
            async with (
                asyncio.TaskGroup() as settling,
                aclosing(
                    self._bus.follow(after=self._seen, filters=filters, batch=BATCH)
                ) as source,
            ):
                while not stop.is_set():
                    coming = asyncio.ensure_future(anext(source))
                    try:
                        await asyncio.wait({coming, stopped}, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        if not coming.done():
                            coming.cancel()
                            await asyncio.wait({coming})
                    if coming.cancelled():
                        break
                    for stored in coming.result():
                        await self._take(stored, settling)
        finally:
            stopped.cancel()
            for assembly in self._running.values():
                if assembly is not None:
                    await abandon(assembly)

    async def _take(self, stored: Stored, settling: asyncio.TaskGroup) -> None:
        try:
            address = subjects.parse(stored.subject)
            envelope, event = codec.decode(stored.data)
        except (SubjectError, Malformed):
            # Archived as it is; it is no output, and parking it is the projector's business.
            self._settle_up_to(stored)
            return
        match event:
            case OutputChunk():
                await self._add(address, event)
            case EvaluationCompleted(attempt=attempt) if attempt:
                await self._free.acquire()
                self._settling.add(stored.sequence)
                assembly = self._running.pop((address, attempt), None)
                ended = Ended(stored, envelope, address, event)
                settling.create_task(self._settle(ended, assembly))
            case AttemptFailed(attempt=attempt):
                await self._drop((address, attempt))
            case EvaluationCompleted() | EvaluationDeadLettered():
                for running in [key for key in self._running if key[0] == address]:
                    await self._drop(running)
            case _:
                # Among others the end of a case, which lies between chunks: it is archived like every event.
                pass
        self._settle_up_to(stored)

    def _settle_up_to(self, stored: Stored) -> None:
        self._seen = max(self._seen, stored.sequence)
        self._show_settled()

    def _show_settled(self) -> None:
        self._ledger.settled = min(self._settling) - 1 if self._settling else self._seen

    async def _add(self, address: Address, chunk: OutputChunk) -> None:
        running = (address, chunk.attempt)
        if running not in self._running:
            bucket = self._settings.s3_bucket
            self._running[running] = Assembly(self._objects, bucket, address, chunk.attempt)
        assembly = self._running[running]
        if assembly is None:
            return
        self._running.move_to_end(running)
        try:
            await assembly.add(chunk)
        except (ObjectsUnavailable, ObjectMissing) as error:
            log.warning("output_set_aside", evaluation=address.evaluation, error=str(error))
            await self._give_up(running)
        held = sum(one.buffered for one in self._running.values() if one is not None)
        while held > self._settings.output_memory_bytes:
            silent = next(key for key, one in self._running.items() if one and one.buffered)
            held -= await self._give_up(silent)

    async def _give_up(self, running: Running) -> int:
        """Forget what was put together so far; it is read again when the evaluation completes."""
        assembly = self._running[running]
        self._running[running] = None
        if assembly is None:
            return 0
        held = assembly.buffered
        await abandon(assembly)
        return held

    async def _drop(self, running: Running) -> None:
        """An attempt that does not count."""
        if running in self._running:
            await self._give_up(running)
            del self._running[running]

    async def _settle(self, ended: Ended, assembly: Assembly | None) -> None:
        try:
            await self._settler.settle(ended, assembly)
        finally:
            self._free.release()
        self._settling.discard(ended.stored.sequence)
        self._show_settled()
