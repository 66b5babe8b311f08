"""Storage over a log and a store in memory: what it writes, and what it does when either misbehaves."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
from cloche_kit.bus import Stored
from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import (
    PART_BYTES,
    MemoryObjects,
    ObjectInfo,
    ObjectsUnavailable,
    PreconditionFailed,
)
from cloche_kit.telemetry import Telemetry, configure
from cloche_schemas.events import EvaluationEvent, OutputArchived
from cloche_schemas.subjects import Address
from cloche_storage import segments
from cloche_storage.deps import Deps
from cloche_storage.manifest import Manifest
from cloche_storage.settings import StorageSettings
from cloche_storage.storage import Storage
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from support.recorded import address_of, append, chunks, completed, queued, started, story
from support.story import completed as over
from support.story import dead_lettered, failed
from support.story import queued as queued_again
from support.waiting import wait_until

ONE = address_of(1)


class World:
    """A log, a store, and storages that come and go."""

    def __init__(self, objects: MemoryObjects | None = None) -> None:
        self.bus = MemoryBus()
        self.objects = objects or MemoryObjects()
        self.spans = InMemorySpanExporter()
        self.telemetry: Telemetry = configure("storage", instance="t", exporter=self.spans)
        self.log = EventLog(self.bus, self.telemetry, instance="t")

    async def append(self, address: Address, *events: EvaluationEvent) -> None:
        await append(self.log, address, *events)

    @asynccontextmanager
    async def storage(
        self, name: str = "a", *, crash: bool = False, **changes: object
    ) -> AsyncIterator[Storage]:
        """A storage at work; at the end asked to stop, or gone without a word (`crash`)."""
        settings = StorageSettings.model_validate(
            {"instance": name, "segment_seconds": 0.05, "lease_seconds": 0.3} | changes
        )
        storage = Storage(Deps(self.bus, self.log, self.telemetry, self.objects), settings)
        stop = asyncio.Event()
        work = asyncio.create_task(storage.run(stop))
        try:
            yield storage
            if not crash:
                stop.set()
                await asyncio.wait_for(work, 5)
        finally:
            work.cancel()
            await asyncio.wait({work})

    async def everything(self) -> list[Stored]:
        state = await self.bus.state()
        found = [await self.bus.get(sequence) for sequence in range(1, state.last + 1)]
        return [stored for stored in found if stored is not None]

    async def archived(self) -> list[Stored]:
        """What a reader of the archive finds."""
        manifest = await self.manifest()
        folder = segments.folder("EVALUATIONS", manifest.epoch)
        sealed = [
            data
            for key, (_, data) in sorted(self.objects._objects.items())
            if key.startswith(folder) and key.endswith(".zst")
        ]
        return [one for one in segments.read(sealed) if one.sequence <= manifest.archived]

    async def manifest(self) -> Manifest:
        epoch = (await self.bus.state()).epoch
        found = await self.objects.get(f"archive/EVALUATIONS-{epoch}/manifest.json")
        return (
            msgspec.json.decode(found[1], type=Manifest)
            if found
            else Manifest(stream="EVALUATIONS", epoch=epoch)
        )

    async def output(self, address: Address, stream: str, attempt: int = 1) -> bytes | None:
        key = f"outputs/{address.tenant}/{address.evaluation}/{attempt}/{stream}"
        found = await self.objects.get(key)
        return found[1] if found else None

    async def announced(self, address: Address) -> OutputArchived | None:
        history = await self.log.read(address)
        events = [entry.event for entry in history.entries]
        archived = [event for event in events if isinstance(event, OutputArchived)]
        assert len(archived) <= 1
        return archived[0] if archived else None

    def caught_up(self) -> Callable[[], object]:
        async def check() -> bool:
            manifest = await self.manifest()
            last = (await self.bus.state()).last
            return manifest.archived == last == manifest.settled

        return check


async def test_every_message_is_archived_and_the_output_is_an_object_of_its_own() -> None:
    world = World()
    async with world.storage() as storage:
        await world.append(ONE, *story(("stdout", b"one "), ("stderr", b"x"), ("stdout", b"two")))
        await wait_until(lambda: world.announced(ONE))
        await wait_until(world.caught_up())
        active = [storage.active]
    assert [*active, storage.active] == [True, False]
    assert await world.archived() == await world.everything()
    assert await world.output(ONE, "stdout") == b"one two"
    assert await world.output(ONE, "stderr") == b"x"
    announced = await world.announced(ONE)
    assert announced is not None
    assert [(one.stream, one.size) for one in announced.outputs] == [("stdout", 7), ("stderr", 1)]
    assert (await world.manifest()).writer == ""


async def test_many_evaluations_fill_few_segments_by_size() -> None:
    world = World()
    for number in range(30):
        await world.append(address_of(number), *story(("stdout", b"z" * 500)))
    async with world.storage(segment_bytes=20_000, segment_seconds=60):
        await wait_until(lambda: world.announced(address_of(29)))
    # What was left was sealed when it was asked to stop.
    manifest = await world.manifest()
    assert await world.archived() == await world.everything()
    assert 3 < manifest.segments < 10


async def test_poison_is_archived_as_it_is_and_the_rest_goes_on() -> None:
    world = World()
    async with world.storage():
        await world.bus.append(ONE.output(1), b"{not json", msg_id="p1")
        await world.bus.append("evaluations.odd", b"\xff", msg_id="p2")
        await world.bus.append(ONE.log, b"{}", msg_id="p3")
        two = address_of(2)
        await world.append(two, *story(("stdout", b"fine")))
        await wait_until(lambda: world.announced(two), within=1.0)
        await wait_until(world.caught_up())
    assert await world.archived() == await world.everything()
    assert await world.bus.parked() == []


async def test_output_of_an_attempt_that_lost_is_not_counted() -> None:
    world = World()
    lost, won = chunks(("stdout", b"lost")), chunks(("stdout", b"won"), attempt=2)
    async with world.storage():
        await world.append(
            ONE, queued(), started(), *lost, failed(), queued_again(2), started(2), *won
        )
        await world.append(ONE, completed(won, attempt=2))
        await wait_until(lambda: world.announced(ONE))
    assert await world.output(ONE, "stdout", 1) is None
    assert await world.output(ONE, "stdout", 2) == b"won"


async def test_an_evaluation_that_never_ran_has_no_output_to_archive() -> None:
    world = World()
    async with world.storage():
        await world.append(ONE, queued(), over(0, "cancelled"))
        two = address_of(2)
        await world.append(two, queued(), started(), *chunks(("stdout", b"x")), failed())
        await world.append(two, dead_lettered(1))
        await wait_until(world.caught_up())
    assert await world.announced(ONE) is None
    assert await world.announced(two) is None
    assert not [key for key in world.objects._objects if key.startswith("outputs/")]


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("after", range(1, 7))
async def test_a_restart_at_any_point_loses_and_repeats_nothing(after: int, crash: bool) -> None:
    world = World()
    events = story(("stdout", b"a"), ("stderr", b"b"), ("stdout", b"c"))
    async with world.storage("a", crash=crash):
        await world.append(ONE, *events[:after])
        await wait_until(lambda: caught(world, after))
    async with world.storage("b"):
        await world.append(ONE, *events[after:])
        await wait_until(lambda: world.announced(ONE))
        await wait_until(world.caught_up())
    assert await world.archived() == await world.everything()
    assert (await world.output(ONE, "stdout"), await world.output(ONE, "stderr")) == (b"ac", b"b")


async def caught(world: World, sequence: int) -> bool:
    return (await world.manifest()).archived >= sequence


async def test_memory_is_bounded_and_what_was_given_up_is_read_again() -> None:
    world = World()
    big = [bytes([n]) * 300_000 for n in range(4)]
    output = chunks(*[("stdout", data) for data in big])
    other = address_of(2)
    async with world.storage(output_memory_bytes=700_000):
        for address in (ONE, other):
            await world.append(address, queued(), started(), *output[:2])
        for address in (ONE, other):
            await world.append(address, *output[2:], completed(output))
        await wait_until(lambda: world.announced(ONE))
        await wait_until(lambda: world.announced(other))
    for address in (ONE, other):
        assert await world.output(address, "stdout") == b"".join(big)


async def test_a_summary_that_does_not_fit_is_parked_and_not_announced() -> None:
    world = World()
    output = chunks(("stdout", b"a"), ("stdout", b"b"))
    two = address_of(2)
    async with world.storage():
        await world.append(ONE, queued(), started(), output[0], completed(output))
        await world.append(two, *story(("stdout", b"fine")))
        await wait_until(lambda: world.announced(two), within=1.0)
        await wait_until(world.caught_up())
    assert [(p.handler, p.reason) for p in await world.bus.parked()] == [
        ("storage-outputs", "output_mismatch")
    ]
    assert await world.announced(ONE) is None
    assert await world.output(ONE, "stdout") is None


class Flaky(MemoryObjects):
    """A store that can be switched off, or fail at the next calls on keys with a prefix."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False
        self.failures: dict[str, int] = {}
        self.failed = 0

    async def put(
        self,
        key: str,
        data: bytes,
        *,
        if_none_match: bool = False,
        if_match: str | None = None,
        content_type: str = "",
    ) -> ObjectInfo | PreconditionFailed:
        self._trip(key)
        return await super().put(key, data, if_none_match=if_none_match, if_match=if_match)

    def _store(self, key: str, data: bytes) -> ObjectInfo:
        self._trip(key)
        return super()._store(key, data)

    def _trip(self, key: str) -> None:
        for prefix, left in self.failures.items():
            if key.startswith(prefix) and left:
                self.failures[prefix] -= 1
                self.failed += 1
                raise ObjectsUnavailable("scripted")
        if self.down:
            self.failed += 1
            raise ObjectsUnavailable("down")


async def test_while_the_store_is_away_nothing_is_lost_and_nothing_is_claimed() -> None:
    objects = Flaky()
    world = World(objects)
    async with world.storage():
        await world.append(ONE, queued(), started())
        await wait_until(lambda: caught(world, 2))
        objects.down = True
        output = chunks(("stdout", b"late"))
        await world.append(ONE, *output, completed(output))
        await wait_until(lambda: objects.failed > 3)
        assert (await world.manifest()).archived == 2
        assert await world.announced(ONE) is None
        objects.down = False
        await wait_until(lambda: world.announced(ONE))
        await wait_until(world.caught_up())
    assert await world.archived() == await world.everything()


async def test_a_segment_whose_manifest_was_never_written_is_harmless() -> None:
    objects = Flaky()
    world = World(objects)
    async with world.storage("a", crash=True):
        await world.append(ONE, queued(), started())
        await wait_until(lambda: caught(world, 2))
        objects.failures = {"archive/EVALUATIONS-": 0, (await manifest_key(world)): 1 << 30}
        output = chunks(("stdout", b"x"))
        await world.append(ONE, *output)
        await wait_until(lambda: segments_of(objects, 3))
    assert (await world.manifest()).archived == 2
    objects.failures = {}
    async with world.storage("b"):
        await world.append(ONE, completed(output))
        await wait_until(lambda: world.announced(ONE))
        await wait_until(world.caught_up())
    assert await world.archived() == await world.everything()


async def test_output_that_was_not_archived_before_a_crash_is_archived_after_it() -> None:
    objects = Flaky()
    objects.failures = {f"outputs/main/{ONE.evaluation}": 1 << 30}
    world = World(objects)
    two = address_of(2)
    async with world.storage("a", crash=True):
        await world.append(ONE, *story(("stdout", b"one")))
        await world.append(two, *story(("stdout", b"two")))
        await wait_until(lambda: world.announced(two))
        # The manifest has been written since, with what is settled.
        last = (await world.bus.state()).last
        await wait_until(lambda: caught(world, last))
        beat = (await world.manifest()).beat
        await wait_until(lambda: beaten(world, beat))
    assert (await world.manifest()).settled < last
    objects.failures = {}
    async with world.storage("b"):
        await wait_until(lambda: world.announced(ONE))
    assert await world.output(ONE, "stdout") == b"one"


async def beaten(world: World, beat: int) -> bool:
    return (await world.manifest()).beat > beat


async def manifest_key(world: World) -> str:
    return f"archive/EVALUATIONS-{(await world.bus.state()).epoch}/manifest.json"


def segments_of(objects: MemoryObjects, last: int) -> bool:
    return any(key.endswith(f"{last:020}.ndjson.zst") for key in objects._objects)


async def test_output_that_could_not_be_written_is_read_again() -> None:
    objects = Flaky()
    objects.failures = {"outputs/": 2}
    world = World(objects)
    output = chunks(("stdout", b"x" * PART_BYTES), ("stderr", b"y"))
    async with world.storage():
        await world.append(ONE, queued(), started(), *output, completed(output))
        await wait_until(lambda: world.announced(ONE))
    assert objects.failed == 2
    assert await world.output(ONE, "stdout") == b"x" * PART_BYTES
    assert await world.output(ONE, "stderr") == b"y"


async def test_while_the_log_is_away_it_waits() -> None:
    world = World()
    world.bus.available = False
    async with world.storage() as storage:
        await asyncio.sleep(0.05)
        assert not storage.active
        world.bus.available = True
        await world.append(ONE, *story(("stdout", b"x")))
        await wait_until(lambda: world.announced(ONE))


async def test_of_two_storages_one_is_active_and_the_other_takes_over() -> None:
    world = World()
    async with world.storage("standby") as one:
        await wait_until(lambda: one.active)
        async with world.storage("other") as two:
            await world.append(ONE, *story(("stdout", b"x")))
            await wait_until(lambda: world.announced(ONE))
            await wait_until(world.caught_up())
            assert (one.active, two.active) == (True, False)
            # A writer that neither beats nor stops, as after SIGSTOP.
            held = one._held
            assert held is not None
            await held._writing.acquire()
            await wait_until(lambda: two.active)
            held._writing.release()
            await world.append(address_of(2), *story(("stdout", b"y")))
            await wait_until(lambda: world.announced(address_of(2)))
            await wait_until(lambda: not one.active)
            await wait_until(world.caught_up())
            assert (await world.manifest()).writer == "other"
    assert await world.archived() == await world.everything()


async def test_the_span_of_the_archived_output_belongs_to_the_trace_of_the_evaluation() -> None:
    world = World()
    async with world.storage():
        with world.telemetry.tracer.start_as_current_span("request") as request:
            await world.append(ONE, *story(("stdout", b"x")))
        await wait_until(lambda: world.announced(ONE))
    spans = {span.name: span for span in world.spans.get_finished_spans()}
    trace = request.get_span_context().trace_id
    for name in ("archive output", "append output-archived.v1"):
        context = spans[name].get_span_context()
        assert context is not None
        assert context.trace_id == trace
