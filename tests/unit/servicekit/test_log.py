"""EventLog: stamped, traced, idempotent appends; read, decide, append until nobody was in between."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cloche_domain import evaluation as domain
from cloche_domain.decide import Command, Complete, Refusal, RequestCancel, Start, decide
from cloche_kit.bus import Conflict
from cloche_kit.log import EventLog, History, Position, Written, history_of
from cloche_kit.memory import MemoryBus
from cloche_kit.telemetry import configure
from cloche_schemas import codec
from cloche_schemas.events import CancelRequested, LifecycleEvent, OutputChunk
from cloche_schemas.subjects import Address
from support.story import completed, failed, queued, started

ADDRESS = Address("main", "01936b5e-7a3c-7d10-8f00-2b9c4e1a6d55")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
async def bus() -> MemoryBus:
    return MemoryBus()


@pytest.fixture
def log(bus: MemoryBus) -> EventLog:
    return EventLog(bus, configure("gateway", instance="g"), instance="g-1", clock=lambda: NOW)


async def appended(log: EventLog, *events: LifecycleEvent) -> Position:
    position = Position()
    for event in events:
        written = await log.append(ADDRESS, event, after=position)
        assert isinstance(written, Written)
        position = written.position
    return position


def deciding(command: Command) -> Callable[[History], LifecycleEvent | Refusal]:
    return lambda history: decide(command, domain.fold(history.numbered))


async def test_an_event_is_stamped(log: EventLog, bus: MemoryBus) -> None:
    position = await appended(log, queued())
    stored = await bus.get(position.sequence)
    assert stored is not None
    envelope, event = codec.decode(stored.data)
    assert event == queued()
    assert envelope.id == f"{ADDRESS.evaluation}:1:queued.v1"
    assert envelope.source == "/cloche/gateway/g-1"
    assert (envelope.time, envelope.tenant, envelope.number) == (NOW, "main", 1)
    assert envelope.traceparent is not None
    assert stored.headers["traceparent"] == envelope.traceparent
    assert stored.subject == ADDRESS.queued("docker", "high")


async def test_history_comes_back_in_order(log: EventLog) -> None:
    events: list[LifecycleEvent] = [
        queued(),
        started(),
        failed(),
        queued(2),
        started(2),
        completed(2),
    ]
    position = await appended(log, *events)
    history = await log.read(ADDRESS)
    assert history.numbered == list(enumerate(events, start=1))
    assert history.position == position


async def test_a_retry_of_the_same_append_is_the_same_event(log: EventLog) -> None:
    after = await appended(log, queued())
    first = await log.append(ADDRESS, started(), after=after)
    again = await log.append(ADDRESS, started(), after=after)
    assert first == again


async def test_another_claim_for_the_attempt_conflicts(log: EventLog) -> None:
    after = await appended(log, queued())
    assert isinstance(await log.append(ADDRESS, started(nonce="a"), after=after), Written)
    assert await log.append(ADDRESS, started(nonce="b"), after=after) == Conflict(after.sequence)


async def test_chunks_are_a_chain(log: EventLog) -> None:
    first = OutputChunk(attempt=1, stream="stdout", index=0, offset=0, data=b"a")
    second = OutputChunk(attempt=1, stream="stdout", index=1, offset=1, data=b"b")
    one = await log.append_output(ADDRESS, first, after=0)
    assert isinstance(one, Written)
    two = await log.append_output(ADDRESS, second, after=one.position.sequence)
    assert isinstance(two, Written)
    assert two.position.number == 2
    third = OutputChunk(attempt=1, stream="stdout", index=2, offset=2, data=b"c")
    assert isinstance(
        await log.append_output(ADDRESS, third, after=one.position.sequence), Conflict
    )


class Overtaken(EventLog):
    """Somebody else starts the attempt right after the first read."""

    reads = 0

    async def read(self, address: Address) -> History:
        history = await super().read(address)
        self.reads += 1
        if self.reads == 1:
            assert isinstance(
                await self.append(address, started(), after=history.position), Written
            )
        return history


async def test_a_decision_is_made_again_when_somebody_was_faster(bus: MemoryBus) -> None:
    log = Overtaken(bus, configure("gateway", instance="g"), instance="g-1")
    await appended(log, queued())
    written = await log.transact(ADDRESS, deciding(RequestCancel("why", "me")))
    assert isinstance(written, Written)
    assert log.reads == 2
    assert isinstance(written.event, CancelRequested)
    assert written.position.number == 3


async def test_a_refusal_appends_nothing(log: EventLog, bus: MemoryBus) -> None:
    await appended(log, queued(), started(), completed())
    before = (await bus.state()).last
    refused = await log.transact(ADDRESS, deciding(Complete(completed())))
    assert isinstance(refused, Refusal)
    assert (await bus.state()).last == before


async def test_of_many_who_start_one_wins(log: EventLog) -> None:
    await appended(log, queued())
    wins = 0
    for nonce in "abcde":
        claim = Start(started(nonce=nonce))
        wins += isinstance(await log.transact(ADDRESS, deciding(claim)), Written)
    assert wins == 1


async def test_what_cannot_be_decoded_still_counts_for_the_next_append(
    log: EventLog, bus: MemoryBus
) -> None:
    await appended(log, queued())
    poison = await bus.append(ADDRESS.log, b"{", msg_id="poison")
    assert not isinstance(poison, Conflict)
    history = await log.read(ADDRESS)
    assert [number for number, _ in history.numbered] == [1]
    assert history.position == Position(1, poison.sequence)
    assert isinstance(await log.append(ADDRESS, started(), after=history.position), Written)
    assert history_of([]).position == Position()


async def test_a_number_out_of_turn_is_not_gone_on_from(log: EventLog, bus: MemoryBus) -> None:
    first = await appended(log, queued())
    foreign = await log.append(ADDRESS, failed(), after=Position(98, first.sequence))
    assert isinstance(foreign, Written)
    history = await log.read(ADDRESS)
    assert history.position == Position(1, foreign.position.sequence)
    written = await log.append(ADDRESS, started(), after=history.position)
    assert isinstance(written, Written)
    assert domain.fold((await log.read(ADDRESS)).numbered).number == 2


async def test_only_a_log_that_has_forgotten_something_can_have_lost_a_beginning(
    log: EventLog, bus: MemoryBus
) -> None:
    """Else an event without a beginning would be taken for what is over, and never be put aside."""
    stray = Address("main", "01936b5e-7a3c-7d10-8f00-2b9c4e1a6d56")
    assert isinstance(await log.append(stray, failed(), after=Position(8, 0)), Written)
    assert not (await log.read(stray)).trimmed
    position = await appended(log, queued(), started())
    assert not (await log.read(ADDRESS)).trimmed
    await bus.trim(position.sequence - 1, ADDRESS.lifecycle)
    assert [number for number, _ in (await log.read(ADDRESS)).numbered] == [2]
    assert (await log.read(ADDRESS)).trimmed
