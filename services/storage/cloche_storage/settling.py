"""The end of an output: its objects are placed, and then the log is told (`output-archived`).

On a log that is full nobody is told anything, and it cannot be trimmed before outputs are settled: so what is placed
and waits for room to say so is noted in the ledger, and the trimmer takes its chunks (ADR 0021).
"""

from contextlib import aclosing, suppress

from cloche_domain import Archive, Completed, Refusal, decide, fold
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.replay import recorded
from cloche_kit.bus import BusUnavailable, LogFull, Stored
from cloche_kit.crashpoint import crashpoint
from cloche_kit.log import History, age
from cloche_kit.logs import about, get_logger
from cloche_kit.objects import ObjectMissing, ObjectsError, ObjectsUnavailable
from cloche_schemas import codec
from cloche_schemas.codec import Malformed
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import (
    EvaluationCompleted,
    LifecycleEvent,
    OutputArchived,
    OutputChunk,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import ArchivedOutput
from msgspec import Struct

from cloche_storage import metrics
from cloche_storage.assembly import Assembly, Mismatch
from cloche_storage.deps import Deps
from cloche_storage.manifest import Ledger
from cloche_storage.patience import patiently
from cloche_storage.settings import StorageSettings

HANDLER = "storage-outputs"
BATCH = 100

log = get_logger(__name__)


class Ended(Struct, frozen=True):
    """An evaluation whose output is to be archived."""

    stored: Stored
    envelope: Envelope
    address: Address
    event: EvaluationCompleted

    @property
    def chunks(self) -> str:
        """The subject of what it wrote."""
        return self.address.output(self.event.attempt)


class Settler:
    """Archives the output of one evaluation at a time, or of several. What it writes twice is the same."""

    def __init__(self, deps: Deps, ledger: Ledger, settings: StorageSettings) -> None:
        self._log = deps.log
        self._bus = deps.bus
        self._objects = deps.objects
        self._reader = ArchiveReader(deps.objects, stream=ledger.manifest.stream)
        self._ledger = ledger
        self._telemetry = deps.telemetry
        self._settings = settings

    async def settle(self, ended: Ended, assembly: Assembly | None) -> None:
        """Place what `assembly` holds, or else is read anew, and say so, however long store and log are away."""
        hand = [assembly]

        async def place() -> tuple[ArchivedOutput, ...] | None:
            try:
                # What failed once is not tried again, but read anew.
                return await self._place(ended, hand.pop() if hand else None)
            except ObjectMissing as error:
                raise ObjectsUnavailable(str(error)) from error

        with (
            about(
                evaluation=ended.address.evaluation,
                attempt=ended.event.attempt,
                tenant=ended.address.tenant,
            ),
            self._telemetry.consumer_span(ended.envelope, "archive output"),
        ):
            outputs = await patiently(place)
            if outputs is None:
                return
            crashpoint("output-placed")
            if await patiently(lambda: self._tell(ended, outputs)):
                metrics.OUTPUTS.inc()
                metrics.OUTPUT_SECONDS.observe(age(ended.stored.time))
                metrics.OUTPUT_BYTES.inc(sum(output.size for output in outputs))

    async def _place(
        self, ended: Ended, assembly: Assembly | None
    ) -> tuple[ArchivedOutput, ...] | None:
        """The objects of its output; None where it needs none, or what was recorded does not fit and is parked."""
        result = None if assembly is None else await _finish(assembly, ended.event)
        if not isinstance(result, tuple):
            history = await self._history(ended)
            if not _archivable(history, ended):
                return None
            result = await _finish(await self._reread(ended, history), ended.event)
        if isinstance(result, Mismatch):
            log.error("output_mismatch", detail=result.detail)
            metrics.PARKED.inc()
            await self._bus.park(
                ended.stored, handler=HANDLER, reason="output_mismatch", detail=result.detail
            )
            return None
        return result

    async def _reread(self, ended: Ended, history: History) -> Assembly:
        """Put the attempt's output together from the log, and from the archive where its chunks have left the log."""
        bucket = self._settings.s3_bucket
        assembly = Assembly(self._objects, bucket, ended.address, ended.event.attempt)
        metrics.REREAD.inc()
        source = recorded(
            self._bus,
            self._reader,
            after=history.entries[0].stored.sequence - 1,
            upto=ended.stored.sequence,
            filters=(ended.chunks,),
            batch=BATCH,
        )
        try:
            async with aclosing(source) as pieces:
                async for messages, _ in pieces:
                    await _add_all(assembly, messages)
        except ObjectsError:
            await abandon(assembly)
            raise
        return assembly

    async def _history(self, ended: Ended) -> History:
        """The evaluation's lifecycle, at least up to its end. `BusUnavailable` if what was read is older than that."""
        history = await self._log.read(ended.address)
        if history.position.sequence < ended.stored.sequence:
            raise BusUnavailable("the history read is older than its end")
        return history

    async def _tell(self, ended: Ended, outputs: tuple[ArchivedOutput, ...]) -> bool:
        """Append `output-archived`; False if it is there, or there is no room to say that nothing was written."""
        command = Archive(OutputArchived(attempt=ended.event.attempt, outputs=outputs))

        def archive(history: History) -> LifecycleEvent | Refusal:
            if history.position.sequence < ended.stored.sequence:
                raise BusUnavailable("the history read is older than its end")
            if not _archivable(history, ended):
                return Refusal("already_over", "archived before, or not the attempt that counts")
            return decide(command, fold(history.numbered))

        try:
            answer = await self._log.transact(ended.address, archive)
        except LogFull:
            if not outputs:
                log.warning("output_not_announced", reason="nothing was written, the log is full")
                return False
            self._ledger.untold[ended.stored.sequence] = ended.chunks
            raise
        self._ledger.untold.pop(ended.stored.sequence, None)
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
        await abandon(assembly)
        raise


async def abandon(assembly: Assembly) -> None:
    """Give back what can be given back now; the rest goes when the next writer starts."""
    with suppress(ObjectsUnavailable):
        await assembly.abort()


def _archivable(history: History, ended: Ended) -> bool:
    """The log says that this attempt is the one that counts, and not yet that its output is archived."""
    state = fold(history.numbered).state
    return (
        isinstance(state, Completed) and state.attempt == ended.event.attempt and not state.archived
    )
