"""The rules about WORK messages: who may run, when to ack, what a redelivery means."""

import asyncio
from collections.abc import Callable

import pytest
from cloche_executor.sandbox import Job, Labels
from cloche_kit.bus import BusUnavailable, Delivery, Durable, Stored
from cloche_kit.memory import MemoryBus
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import AttemptFailed, AttemptStarted
from cloche_schemas.subjects import Address
from cloche_schemas.values import Priority
from support.evaluations import Client
from support.fake_engine import FakeEngine, FakeSandbox, Program, Write
from support.waiting import wait_until
from support.working import ACK_WAIT, nothing_left, working


def lasting(seconds: float) -> Program:
    async def program(_job: Job, write: Write) -> int:
        await write("stdout", b"begun")
        await asyncio.sleep(seconds)
        await write("stdout", b" and done")
        return 0

    return program


class Borrowed:
    """A delivery of a message that somebody else may have as well."""

    def __init__(self, stored: Stored, deliveries: int = 1) -> None:
        self.stored = stored
        self.deliveries = deliveries
        self.calls: list[str] = []

    async def ack(self) -> None:
        self.calls.append("ack")

    def ack_soon(self) -> asyncio.Future[object]:
        return asyncio.ensure_future(self.ack())

    async def nak(self, delay: float = 0.0) -> None:
        self.calls.append(f"nak {delay}")

    async def in_progress(self) -> None:
        self.calls.append("in_progress")


class LendingBus(MemoryBus):
    """Gives out borrowed deliveries before its own."""

    def __init__(self) -> None:
        super().__init__(ack_wait=ACK_WAIT)
        self.lent: list[Borrowed] = []

    async def pull(self, durable: Durable, *, batch: int = 1, wait: float) -> list[Delivery]:
        lent, self.lent = self.lent, []
        if lent:
            return list[Delivery](lent)
        return await super().pull(durable, batch=batch, wait=wait)


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
    first, second = FakeEngine(lasting(0.3)), FakeEngine(lasting(0.3))
    async with working(bus, first, name="a"):
        address = await client.submit()
        await client.reached(address, "AttemptStarted")
        async with working(bus, second, name="b"):
            (stored,) = (await bus.history(address.tenant, address.evaluation))[:1]
            borrowed = Borrowed(stored)
            bus.lent.append(borrowed)
            await client.completed(address)
    assert borrowed.calls == [f"nak {ACK_WAIT}"]
    assert second.started == []
    assert (await client.types(address)).count("AttemptStarted") == 1


async def test_both_claim_at_once_and_the_concurrency_check_lets_one_win() -> None:
    class Meeting(LendingBus):
        """Nobody reads before both have come to read."""

        def __init__(self) -> None:
            super().__init__()
            self.barrier: asyncio.Barrier | None = asyncio.Barrier(2)

        async def history(self, tenant: str, evaluation: str) -> list[Stored]:
            found = await super().history(tenant, evaluation)
            if (barrier := self.barrier) is not None:
                await barrier.wait()
                self.barrier = None
            return found

    bus = Meeting()
    first, second = FakeEngine(lasting(0.2)), FakeEngine(lasting(0.2))
    client = Client(bus)
    address = await client.submit()
    (stored,) = await MemoryBus.history(bus, address.tenant, address.evaluation)
    bus.lent.append(Borrowed(stored))
    async with working(bus, first, name="a"), working(bus, second, name="b"):
        await client.completed(address)
    assert len(first.started) + len(second.started) == 1
    assert (await client.types(address)).count("AttemptStarted") == 1


async def test_a_redelivered_message_whose_attempt_was_started_elsewhere_fails_that_attempt(
    bus: MemoryBus, client: Client
) -> None:
    address = await client.submit()
    # An executor that took the message, started, and died.
    await bus.pull(_auto("normal"), wait=0)
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
    (own,) = await bus.pull(_auto("normal"), wait=0)
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


async def test_only_free_slots_are_filled_and_high_goes_before_normal_before_low(
    bus: MemoryBus, client: Client
) -> None:
    ran: list[str] = []
    most = 0

    async def program(job: Job, _write: Write) -> int:
        nonlocal most
        most = max(most, len(engine.running))
        ran.append(job.source.decode())
        await asyncio.sleep(0.02)
        return 0

    engine = FakeEngine(program)
    priorities: list[Priority] = ["low", "normal", "high", "low", "normal", "high"]
    addresses = [
        await client.submit(spec=EvaluationSpec(code=priority, priority=priority))
        for priority in priorities
    ]
    async with working(bus, engine, slots=1):
        for address in addresses:
            await client.completed(address)
    assert ran == ["high", "high", "normal", "normal", "low", "low"]
    assert most == 1


async def test_a_request_for_an_engine_that_is_not_here_is_not_taken(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine(name="bubblewrap")
    async with working(bus, engine):
        other = await client.submit(spec=EvaluationSpec(code="x", engine="docker"))
        mine = await client.submit(spec=EvaluationSpec(code="x", engine="bubblewrap"))
        await client.completed(mine)
    assert await client.types(other) == ["EvaluationQueued"]
    (waiting,) = await bus.pull(
        Durable("WORK", "work-docker-normal", "work.docker.normal.*"), wait=0
    )
    assert waiting.deliveries == 1


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda _: b"{not json", "malformed"),
        (lambda data: data.replace(b"queued.v1", b"queued.v9"), "unknown_type"),
        (lambda data: data.replace(b'"attempt":1', b'"attempt":5'), "illegal"),
    ],
)
async def test_poison_is_parked_and_the_next_message_is_handled(
    bus: MemoryBus, client: Client, damage: Callable[[bytes], bytes], reason: str
) -> None:
    good = await client.submit()
    (stored,) = await bus.history(good.tenant, good.evaluation)
    bad = Address("main", "00000000-0000-7000-8000-000000000001")
    await bus.append(bad.queued("auto", "high"), damage(stored.data), msg_id="poison")
    async with working(bus, FakeEngine()):
        assert (await client.completed(good, within=1.0)).outcome == "succeeded"
        assert await nothing_left(bus)
    (parked,) = await bus.parked()
    assert (parked.reason, parked.handler) == (reason, "executor")


async def test_a_message_that_breaks_us_every_time_is_parked() -> None:
    bus = LendingBus()
    client = Client(bus)

    class Broken(FakeEngine):
        async def start(self, job: Job) -> FakeSandbox:
            raise ZeroDivisionError

    address = await client.submit()
    (stored,) = await bus.history(address.tenant, address.evaluation)
    (own,) = await bus.pull(_auto("normal"), wait=0)
    await own.ack()
    tries = [Borrowed(stored, deliveries=1), Borrowed(stored, deliveries=5)]
    async with working(bus, Broken()):
        bus.lent.append(tries[0])
        await wait_until(lambda: tries[0].calls)
        bus.lent.append(tries[1])
        await wait_until(lambda: tries[1].calls)
    assert tries[0].calls == ["nak 2.0"]
    assert tries[1].calls == ["ack"]


async def test_stopping_ends_what_runs_as_our_failure_and_gives_the_message_back(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine(lasting(30))
    async with working(bus, engine):
        address = await client.submit()
        await wait_until(lambda: client.chunks(address))
    assert engine.running == []
    failed = (await client.events(address))[-1]
    assert isinstance(failed, AttemptFailed)
    assert failed.reason == "executor_stopped"
    assert await nothing_left(bus)


async def test_an_outage_of_the_log_delays_output_and_end_but_loses_nothing(
    bus: MemoryBus, client: Client
) -> None:
    async def program(_job: Job, write: Write) -> int:
        for number in range(200):
            await write("stdout", b"%d\n" % number * 500)
            await asyncio.sleep(0.001)
        return 0

    engine = FakeEngine(program)
    async with working(bus, engine, ack_wait=20):
        address = await client.submit()
        await wait_until(lambda: client.chunks(address))
        bus.available = False
        await asyncio.sleep(0.5)
        assert engine.running
        bus.available = True
        end = await client.completed(address)
    assert end.outcome == "succeeded"
    whole = b"".join(b"%d\n" % number * 500 for number in range(200))
    assert await client.output(address) == whole
    assert end.stdout.total_bytes == len(whole)


async def test_sandboxes_of_live_attempts_are_owned_and_others_are_not(
    bus: MemoryBus, client: Client
) -> None:
    engine = FakeEngine(lasting(30))
    async with working(bus, engine) as worker:
        address = await client.submit()
        await wait_until(lambda: engine.started)
        labels = engine.started[0].job.labels
        elsewhere = await client.submit(spec=EvaluationSpec(code="x", engine="docker"))
        await client.append(
            elsewhere, AttemptStarted(attempt=1, executor="e2", nonce="n", engine="docker")
        )

        def of(executor: str, where: Address, attempt: int = 1) -> Labels:
            return Labels(
                installation="test",
                tenant=where.tenant,
                evaluation=where.evaluation,
                attempt=attempt,
                executor=executor,
                deadline=labels.deadline,
            )

        assert await worker._errands.owns(labels)
        assert not await worker._errands.owns(of("e1", elsewhere))
        assert await worker._errands.owns(of("e2", elsewhere))
        assert not await worker._errands.owns(of("e2", elsewhere, attempt=2))
        assert not await worker._errands.owns(of("e3", address))
        bus.available = False
        assert await worker._errands.owns(of("e3", address))
        bus.available = True


def _auto(priority: Priority) -> Durable:
    return Durable("WORK", f"work-auto-{priority}", f"work.auto.{priority}.*", ACK_WAIT)
