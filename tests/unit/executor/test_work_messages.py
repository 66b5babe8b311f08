"""The rules about WORK messages: who may run, when to ack, what a redelivery means."""

import asyncio
from typing import Any

import pytest
from cloche_executor.sandbox import Job, Mould, SandboxLost
from cloche_kit.bus import Appended, BusUnavailable, Conflict, Stored
from cloche_kit.memory import MemoryBus
from cloche_schemas.events import AttemptFailed, AttemptStarted
from support.evaluations import Client
from support.fake_engine import FakeEngine, FakePrepared, Write
from support.lending import Borrowed, LendingBus, auto, lasting
from support.waiting import wait_until
from support.working import ACK_WAIT, nothing_left, working


async def test_a_program_longer_than_the_ack_wait_runs_once(bus: MemoryBus, client: Client) -> None:
    engines = [FakeEngine(lasting(ACK_WAIT * 1.5)), FakeEngine(lasting(ACK_WAIT * 1.5))]
    async with working(bus, engines[0], name="a"), working(bus, engines[1], name="b"):
        address = await client.submit()
        end = await client.completed(address)
        assert await nothing_left(bus)
    assert end.outcome == "succeeded"
    assert sum(len(engine.started) for engine in engines) == 1
    assert await client.output(address) == b"begun and done"


async def test_of_two_executors_with_the_same_message_one_runs_and_the_other_does_not_ack() -> None:
    bus = LendingBus()
    client = Client(bus)
    seen = asyncio.Event()

    async def until_the_other_has_seen_it(_job: Job, _write: Write) -> int:
        await seen.wait()
        return 0

    first, second = FakeEngine(until_the_other_has_seen_it), FakeEngine()
    # The first has no free slot, so the message can only reach the second.
    async with working(bus, first, name="a", slots=1):
        address = await client.submit()
        await client.reached(address, "AttemptStarted")
        async with working(bus, second, name="b"):
            (stored,) = (await bus.history(address.tenant, address.evaluation))[:1]
            borrowed = Borrowed(stored)
            bus.lent.append(borrowed)
            await wait_until(lambda: borrowed.calls)
            seen.set()
            await client.completed(address)
    assert borrowed.calls == [f"nak {ACK_WAIT}"]
    assert second.started == []
    assert (await client.types(address)).count("AttemptStarted") == 1


async def test_a_first_attempt_is_claimed_without_reading_the_log_and_a_second_is_not() -> None:
    class Read(LendingBus):
        """Counts who reads before an executor starts anything."""

        def __init__(self) -> None:
            super().__init__()
            self.reads = 0

        async def history(self, tenant: str, evaluation: str) -> list[Stored]:
            self.reads += 1
            return await super().history(tenant, evaluation)

    class FailsOnce(FakeEngine):
        """Tells how often was read before each sandbox that it was asked for."""

        async def prepare(self, mould: Mould) -> FakePrepared:
            reads.append(bus.reads)
            if len(reads) == 1:
                raise SandboxLost("gone")
            return await super().prepare(mould)

    bus = Read()
    client = Client(bus)
    reads: list[int] = []
    address = await client.submit()
    async with working(bus, FailsOnce()):
        await wait_until(lambda: bool(reads))
        assert reads == [0]
        await client.failed(address)
        await client.requeue(address)
        before = bus.reads
        await wait_until(lambda: len(reads) == 2)
        assert reads[1] > before
        assert (await client.completed(address)).attempt == 2


async def test_a_cancelled_submission_is_not_begun_however_fresh_its_message_is(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine()
    address = await client.submit()
    await client.cancel(address)
    async with working(bus, engine):
        assert await nothing_left(bus)
    assert engine.started == []
    assert await client.types(address) == ["EvaluationQueued", "EvaluationCompleted"]


async def test_both_claim_at_once_and_the_concurrency_check_lets_one_win() -> None:
    class Meeting(LendingBus):
        """Nobody starts it before both have come to start it."""

        def __init__(self) -> None:
            super().__init__()
            self.barrier: asyncio.Barrier | None = asyncio.Barrier(2)

        async def append(self, subject: str, data: bytes, **more: Any) -> Appended | Conflict:
            if b"cloche.evaluation.started" in data and (barrier := self.barrier) is not None:
                await barrier.wait()
                self.barrier = None
            return await super().append(subject, data, **more)

    bus = Meeting()
    first, second = FakeEngine(lasting(0.2)), FakeEngine(lasting(0.2))
    client = Client(bus)
    address = await client.submit()
    (stored,) = await MemoryBus.history(bus, address.tenant, address.evaluation)
    bus.lent.append(Borrowed(stored))
    # Neither has a slot for both messages.
    async with (
        working(bus, first, name="a", slots=1),
        working(bus, second, name="b", slots=1),
    ):
        await client.completed(address)
    assert len(first.started) + len(second.started) == 1
    assert (await client.types(address)).count("AttemptStarted") == 1


async def test_a_redelivered_message_whose_attempt_was_started_elsewhere_fails_that_attempt(
    bus: MemoryBus, client: Client
) -> None:
    address = await client.submit()
    # An executor that took the message, started, and died.
    await bus.pull(auto("normal"), wait=0)
    started = AttemptStarted(attempt=1, executor="dead", nonce="n", engine="docker")
    await client.append(address, started)
    engine = FakeEngine()
    async with working(bus, engine):
        await client.reached(address, "AttemptFailed")
        assert await nothing_left(bus)
        failed = (await client.events(address))[-1]
        assert isinstance(failed, AttemptFailed)
        assert (failed.attempt, failed.reason) == (1, "executor_lost")
        assert engine.started == []
        await client.requeue(address)
        assert (await client.completed(address)).attempt == 2


async def test_a_message_whose_attempt_is_over_is_acked_without_running(
    bus: MemoryBus, client: Client
) -> None:
    address = await client.submit()
    await client.append(
        address, AttemptStarted(attempt=1, executor="other", nonce="n", engine="docker")
    )
    await client.append(address, AttemptFailed(attempt=1, reason="sandbox_lost"))
    engine = FakeEngine()
    async with working(bus, engine):
        assert await nothing_left(bus)
    assert engine.started == []


async def test_an_executor_whose_attempt_was_ended_by_another_stops_its_sandbox(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine(lasting(30))
    async with working(bus, engine):
        address = await client.submit()
        await wait_until(lambda: client.chunks(address))
        await client.append(address, AttemptFailed(attempt=1, reason="executor_lost"))
        await wait_until(lambda: engine.running == [])
    assert await client.types(address) == ["EvaluationQueued", "AttemptStarted", "AttemptFailed"]


async def test_a_lost_lease_stops_the_sandbox_before_the_message_is_touched() -> None:
    order: list[str] = []

    class Deaf(LendingBus):
        pass

    class Silent(Borrowed):
        async def in_progress(self) -> None:
            raise BusUnavailable("no answer")

        async def ack(self) -> None:
            order.append("ack" if engine.running == [] else "ack while it runs")
            await super().ack()

    bus = Deaf()
    client = Client(bus)
    engine = FakeEngine(lasting(30))
    address = await client.submit()
    (stored,) = await bus.history(address.tenant, address.evaluation)
    (own,) = await bus.pull(auto("normal"), wait=0)
    await own.ack()
    bus.lent.append(Silent(stored))
    async with working(bus, engine):
        await client.reached(address, "AttemptFailed")
        await wait_until(lambda: order)
    assert order == ["ack"]
    failed = (await client.events(address))[-1]
    assert isinstance(failed, AttemptFailed)
    assert failed.reason == "executor_lost"


async def test_a_redelivery_of_what_runs_here_is_taken_over_and_not_run_again() -> None:
    bus = LendingBus()
    client = Client(bus)
    engine = FakeEngine(lasting(ACK_WAIT * 1.2))
    async with working(bus, engine):
        address = await client.submit()
        await client.reached(address, "AttemptStarted")
        (stored, *_) = await bus.history(address.tenant, address.evaluation)
        borrowed = Borrowed(stored, deliveries=2)
        bus.lent.append(borrowed)
        assert (await client.completed(address)).outcome == "succeeded"
    assert len(engine.started) == 1
    assert borrowed.calls[-1] == "ack"
    assert "in_progress" in borrowed.calls


@pytest.mark.parametrize("up_to", [1, 2])
async def test_what_the_log_has_lost_the_beginning_of_was_over_and_is_nothing_to_do(
    bus: MemoryBus, client: Client, up_to: int
) -> None:
    """The ack of its message was lost, or it was held until long after somebody had cancelled it."""
    engine = FakeEngine()
    address = await client.submit()
    await client.cancel(address)
    other = await client.submit("another")
    await bus.trim(up_to)
    async with working(bus, engine):
        await client.completed(other)
        assert await nothing_left(bus)
    assert len(engine.started) == 1
    assert await bus.parked() == []
