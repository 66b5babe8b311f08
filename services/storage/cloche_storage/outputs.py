"""The output of every evaluation as objects of its own, put together while the program runs.

Memory is bounded: when all running programs together hold more than their budget, the one that has been silent the
longest is given up and read again from the log when it completes. So is whatever a crash interrupted.
"""

import asyncio
from collections import OrderedDict
from contextlib import aclosing, suppress

from cloche_domain import Archive, Completed, Refusal, decide, fold
from cloche_kit.bus import BusUnavailable, EventBus, Stored
from cloche_kit.crashpoint import crashpoint
from cloche_kit.log import EventLog, History, age
from cloche_kit.logs import about, get_logger
from cloche_kit.objects import ObjectMissing, Objects, ObjectsError, ObjectsUnavailable
from cloche_kit.telemetry import Telemetry
from cloche_schemas import codec, subjects
from cloche_schemas.codec import Malformed
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import (
    AttemptFailed,
    EvaluationCompleted,
    EvaluationDeadLettered,
    LifecycleEvent,
    OutputArchived,
    OutputChunk,
)
from cloche_schemas.subjects import Address, SubjectError
from cloche_schemas.values import ArchivedOutput
from msgspec import Struct

from cloche_storage import metrics
from cloche_storage.assembly import Assembly, Mismatch
from cloche_storage.manifest import Ledger
from cloche_storage.patience import patiently
from cloche_storage.settings import StorageSettings

HANDLER = "storage-outputs"
BATCH = 100
Running = tuple[Address, int]
"""An attempt of an evaluation."""

log = get_logger(__name__)


class Ended(Struct, frozen=True):
    """An evaluation whose output is to be archived."""

    stored: Stored
    envelope: Envelope
    address: Address
    event: EvaluationCompleted


class Outputs:
    """The writer of output objects, while this process holds the lease. What it writes twice is the same."""

    def __init__(
        self,
        events: EventLog,
        objects: Objects,
        ledger: Ledger,
        telemetry: Telemetry,
        settings: StorageSettings,
    ) -> None:
        self._log = events
        self._bus: EventBus = events.bus
        self._objects = objects
        self._ledger = ledger
        self._telemetry = telemetry
        self._settings = settings
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
                    await _abandon(assembly)

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
        await _abandon(assembly)
        return held

    async def _drop(self, running: Running) -> None:
        """An attempt that does not count."""
        if running in self._running:
            await self._give_up(running)
            del self._running[running]

    async def _settle(self, ended: Ended, assembly: Assembly | None) -> None:
        """Archive the output of one evaluation and say so on the log, however long the stores are away."""
        hand = [assembly]

        async def settle() -> None:
            try:
                # What failed once is not tried again, but read anew.
                await self._archive(ended, hand.pop() if hand else None)
            except ObjectMissing as error:
                raise ObjectsUnavailable(str(error)) from error

        try:
            with (
                about(
                    evaluation=ended.address.evaluation,
                    attempt=ended.event.attempt,
                    tenant=ended.address.tenant,
                ),
                self._telemetry.consumer_span(ended.envelope, "archive output"),
            ):
                await patiently(settle)
        finally:
            self._free.release()
        self._settling.discard(ended.stored.sequence)
        self._show_settled()

    async def _archive(self, ended: Ended, assembly: Assembly | None) -> None:
        result = None if assembly is None else await _finish(assembly, ended.event)
        if not isinstance(result, tuple):
            if not _archivable(await self._history(ended), ended):
                return
            result = await _finish(await self._reread(ended), ended.event)
        if isinstance(result, Mismatch):
            log.error("output_mismatch", detail=result.detail)
            metrics.PARKED.inc()
            await self._bus.park(
                ended.stored, handler=HANDLER, reason="output_mismatch", detail=result.detail
            )
            return
        crashpoint("output-placed")
        if await self._append(ended, result):
            metrics.OUTPUTS.inc()
            metrics.OUTPUT_SECONDS.observe(age(ended.stored.time))
            metrics.OUTPUT_BYTES.inc(sum(output.size for output in result))

    async def _reread(self, ended: Ended) -> Assembly:
        """Put the attempt's output together from the log."""
        address, attempt = ended.address, ended.event.attempt
        assembly = Assembly(self._objects, self._settings.s3_bucket, address, attempt)
        subject = address.output(attempt)
        last = await self._bus.last(subject)
        if last is None:
            return assembly
        metrics.REREAD.inc()
        try:
            async with aclosing(
                self._bus.follow(after=0, filters=(subject,), batch=BATCH)
            ) as source:
                async for batch in source:
                    await _add_all(assembly, batch)
                    if batch[-1].sequence >= last.sequence:
                        break
        except ObjectsError:
            await _abandon(assembly)
            raise
        return assembly

    async def _history(self, ended: Ended) -> History:
        """The evaluation's lifecycle, at least up to its end. `BusUnavailable` if what was read is older than that."""
        history = await self._log.read(ended.address)
        if history.position.sequence < ended.stored.sequence:
            raise BusUnavailable("the history read is older than its end")
        return history

    async def _append(self, ended: Ended, outputs: tuple[ArchivedOutput, ...]) -> bool:
        """Append `output-archived`; False if it is there already."""
        command = Archive(OutputArchived(attempt=ended.event.attempt, outputs=outputs))

        def archive(history: History) -> LifecycleEvent | Refusal:
            if history.position.sequence < ended.stored.sequence:
                raise BusUnavailable("the history read is older than its end")
            if not _archivable(history, ended):
                return Refusal("already_over", "archived before, or not the attempt that counts")
            return decide(command, fold(history.numbered))

        answer = await self._log.transact(ended.address, archive)
        if isinstance(answer, Refusal):
            log.info("output_not_announced", reason=answer.detail)
            return False
        return True


async def _add_all(assembly: Assembly, batch: list[Stored]) -> None:
    for stored in batch:
        with suppress(Malformed):
            _, event = codec.decode(stored.data)
            if isinstance(event, OutputChunk):
                await assembly.add(event)


async def _finish(
    assembly: Assembly, event: EvaluationCompleted
) -> tuple[ArchivedOutput, ...] | Mismatch:
    try:
        return await assembly.finish(event)
    except ObjectsError:
        await _abandon(assembly)
        raise


async def _abandon(assembly: Assembly) -> None:
    """Give back what can be given back now; the rest goes when the next writer starts."""
    with suppress(ObjectsUnavailable):
        await assembly.abort()


def _archivable(history: History, ended: Ended) -> bool:
    """The log says that this attempt is the one that counts, and not yet that its output is archived."""
    state = fold(history.numbered).state
    return (
        isinstance(state, Completed) and state.attempt == ended.event.attempt and not state.archived
    )
