"""What is fetched and in which order, what cannot be handled, and how the work ends with its executor."""

import asyncio
from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import pytest
from cloche_domain import Submit, decide, fold
from cloche_executor.sandbox import Job, Labels, Mould
from cloche_kit.bus import Durable
from cloche_kit.log import Position
from cloche_kit.memory import MemoryBus
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import AttemptFailed, AttemptStarted, EvaluationQueued
from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits, Priority
from support.evaluations import Client
from support.fake_engine import FakeEngine, FakePrepared, Write
from support.lending import Borrowed, LendingBus, auto, lasting
from support.waiting import wait_until
from support.working import nothing_left, working


async def test_only_free_slots_are_filled_and_high_goes_before_normal_before_low(
    bus: MemoryBus, client: Client
) -> None:
    ran: list[str] = []
    most = 0

    async def program(job: Job, _write: Write) -> int:
        nonlocal most
        most = max(most, len(engine.running))
        ran.append(job.files[0].content.decode())
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


async def test_while_all_wait_sixteen_high_go_with_four_normal_and_one_low(
    bus: MemoryBus, client: Client
) -> None:
    ran: list[str] = []

    async def program(job: Job, _write: Write) -> int:
        ran.append(job.files[0].content.decode())
        return 0

    priorities: list[Priority] = ["low", "normal", "high"]
    addresses = [
        await client.submit(spec=EvaluationSpec(code=priority, priority=priority))
        for priority in priorities
        for _ in range(16)
    ]
    async with working(bus, FakeEngine(program), slots=1):
        for address in addresses:
            await client.completed(address)
    assert Counter(ran[:21]) == {"high": 16, "normal": 4, "low": 1}
    assert Counter(ran) == dict.fromkeys(priorities, 16)


async def test_what_was_released_and_what_came_directly_take_turns(
    bus: MemoryBus, client: Client
) -> None:
    ran: list[str] = []

    async def program(job: Job, _write: Write) -> int:
        ran.append(job.files[0].content.decode())
        return 0

    addresses = [await client.submit(spec=EvaluationSpec(code="direct")) for _ in range(8)]
    for _ in range(8):
        address = Address("main", str(uuid4()))
        submission = Submit(spec=EvaluationSpec(code="released"), limits=Limits(), turns="all")
        event = decide(submission, fold([]))
        assert isinstance(event, EvaluationQueued)
        await client.log.append(address, event, after=Position())
        addresses.append(address)
    for held in await bus.queue.held("held.auto.normal.main.all"):
        await bus.queue.release(held)
    async with working(bus, FakeEngine(program), slots=1):
        for address in addresses:
            await client.completed(address)
    assert Counter(ran[:8]) == {"direct": 4, "released": 4}


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
        async def prepare(self, mould: Mould) -> FakePrepared:
            raise ZeroDivisionError

    address = await client.submit()
    (stored,) = await bus.history(address.tenant, address.evaluation)
    (own,) = await bus.pull(auto("normal"), wait=0)
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
