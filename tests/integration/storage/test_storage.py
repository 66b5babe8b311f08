"""Storage over a log and a store in memory: what it writes."""

import pytest
from cloche_schemas.events import EvaluationEvent
from support.archive import World
from support.recorded import address_of, case, chunks, completed, queued, started, story
from support.story import completed as over
from support.story import dead_lettered, failed
from support.story import queued as queued_again
from support.waiting import wait_until

ONE = address_of(1)


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


@pytest.mark.parametrize("memory", [1, 64 << 20])
async def test_ends_of_cases_among_the_output_change_none_of_it(memory: int) -> None:
    """Neither where it is put together while it comes, nor where it is read again from the log."""
    world = World()
    output = chunks(
        ("compiler", b"c"), ("stdout", b"one"), ("stdout", b"two"), ("artifacts", b"\0")
    )
    between: list[EvaluationEvent] = [
        output[0],
        output[1],
        case(0),
        output[2],
        case(1, passed=False),
        output[3],
    ]
    async with world.storage(output_memory_bytes=memory):
        await world.append(ONE, queued(), started(), *between, completed(output))
        await wait_until(lambda: world.announced(ONE))
        await wait_until(world.caught_up())
    assert await world.archived() == await world.everything()
    assert await world.output(ONE, "stdout") == b"onetwo"
    assert await world.output(ONE, "compiler") == b"c"
    assert await world.output(ONE, "artifacts") == b"\0"
    assert await world.bus.parked() == []


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
