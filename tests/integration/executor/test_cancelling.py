"""Cancelled in every phase of its life, by a gateway over a real log and an executor over an engine in memory.

By the log, and by what the engine was asked to do: the program never starts where it had not, and where it had, its
sandbox has ended before the end is appended. Afterwards the next program runs, and nothing waits in the queue.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
from cloche_domain import Submit, decide, fold
from cloche_executor.sandbox import Job, Mould, SandboxError
from cloche_executor.stopping import Stop, StopReason
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.log import Position
from cloche_schemas import codec
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import AttemptFailed, AttemptStarted, EvaluationCompleted, LifecycleEvent
from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits
from msgspec import Struct
from support.bus import an_address, bus_settings
from support.evaluations import Client
from support.fake_engine import FakeEngine, FakePrepared, Write
from support.gateway import HELLO, TENANT, assert_problem
from support.hosted_gateway import gateway
from support.nats import NatsServer
from support.waiting import wait_until
from support.working import working

PATH = "/v1/evaluations"
STAYS = "it stays until it is killed"


class GatedEngine(FakeEngine):
    """Prepares a sandbox when `gate` is open. Programs whose text says so stay until they are killed."""

    def __init__(self) -> None:
        super().__init__(self._run)
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = 0
        # A sandbox takes its time to end, so that an end that does not wait for it is seen.
        self.close_seconds = 0.2

    async def prepare(self, mould: Mould) -> FakePrepared:
        self.asked += 1
        await self.gate.wait()
        return await super().prepare(mould)

    async def _run(self, job: Job, write: Write) -> int:
        if any(STAYS in file.content.decode(errors="ignore") for file in job.files):
            await write("stdout", b"begun\n")
            await asyncio.Event().wait()
        return 0


class Scene:
    """A gateway, an engine for an executor that begins when it is told to, and the log."""

    def __init__(
        self, client: httpx2.AsyncClient, bus: JetStreamBus, stack: AsyncExitStack
    ) -> None:
        self.client = client
        self.bus = bus
        self.log = Client(bus)
        self.engine = GatedEngine()
        #: At each end that the executor appended: whether all its sandboxes had ended.
        self.ended: list[bool] = []
        #: The executor has heard that an attempt is to end.
        self.told = asyncio.Event()
        self._stack = stack
        self._working = False

    async def work(self) -> None:
        """An executor begins, if none works yet."""
        if not self._working:
            self._working = True
            await self._stack.enter_async_context(working(self.bus, self.engine))

    async def submit(self, **fields: object) -> Address:
        answer = await self.client.post(PATH, json={**HELLO, **fields})
        assert answer.status_code == 202, answer.text
        return Address(TENANT, answer.json()["id"])

    async def cancel(self, address: Address) -> httpx2.Response:
        return await self.client.post(f"{PATH}/{address.evaluation}/cancel", json={"reason": "no"})

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        append, request = self.bus.append, Stop.request

        def heard(stop: Stop, reason: StopReason, detail: str = "") -> None:
            request(stop, reason, detail)
            self.told.set()

        patch.setattr(Stop, "request", heard)

        async def watched(subject: str, data: bytes, **options: Any) -> object:
            event = codec.decode(data)[1]
            if isinstance(event, EvaluationCompleted):
                self.ended.append(not self.engine.running)
            return await append(subject, data, **options)

        patch.setattr(self.bus, "append", watched)


async def is_scheduled(scene: Scene) -> Address:
    await scene.work()
    return await scene.submit(delay_seconds=1.0)


async def is_queued(scene: Scene) -> Address:
    return await scene.submit()


async def is_held(scene: Scene) -> Address:
    # While nobody works, nothing is released.
    address = an_address(TENANT)
    submission = Submit(spec=EvaluationSpec(code="x"), limits=Limits(), turns="all")
    event = decide(submission, fold([]))
    assert isinstance(event, LifecycleEvent)
    await scene.log.log.append(address, event, after=Position())

    async def held() -> bool:
        return bool((await scene.bus.queue.depth()).held)

    await wait_until(held)
    return address


async def is_being_prepared(scene: Scene) -> Address:
    scene.engine.gate.clear()
    await scene.work()
    address = await scene.submit()
    await wait_until(lambda: scene.engine.asked)
    return address


async def is_compiling(scene: Scene) -> Address:
    await scene.work()
    address = await scene.submit(code=f"// {STAYS}", language="c")
    await wait_until(lambda: scene.engine.started)
    return address


async def is_running(scene: Scene) -> Address:
    await scene.work()
    address = await scene.submit(code=f"# {STAYS}")

    async def begun() -> bool:
        return await scene.log.output(address) == b"begun\n"

    await wait_until(begun)
    return address


async def runs_a_case(scene: Scene) -> Address:
    await scene.work()
    address = await scene.submit(code=f"# {STAYS}", cases=[{}, {}, {}])
    await wait_until(lambda: scene.engine.started)
    return address


async def waits_for_another_attempt(scene: Scene) -> Address:
    await scene.work()
    address = await is_running(scene)
    scene.engine.started[0].vanish(SandboxError("gone", "somebody removed it"))
    await scene.log.failed(address)
    return address


async def is_lost_while_it_is_cancelled(scene: Scene) -> Address:
    address = await scene.submit()
    await scene.log.append(
        address, AttemptStarted(attempt=1, executor="dead", nonce="n", engine="docker")
    )
    return address


async def nothing(_scene: Scene, _address: Address) -> None:
    return


async def an_executor_comes(scene: Scene, _address: Address) -> None:
    await scene.work()


async def its_turn_comes(scene: Scene, address: Address) -> None:
    (subject,) = (await scene.bus.queue.depth()).held
    (held,) = await scene.bus.queue.held(subject)
    assert held.stored.subject.startswith(address.prefix)
    await scene.work()

    async def released_and_acked() -> bool:
        depth = await scene.bus.queue.depth()
        return not (depth.held or depth.work)

    await wait_until(released_and_acked)


async def its_sandbox_is_ready(scene: Scene, _address: Address) -> None:
    await scene.told.wait()
    scene.engine.gate.set()
    await wait_until(lambda: [one.closed for one in scene.engine.prepared] == [True])


async def its_executor_is_found_lost(scene: Scene, address: Address) -> None:
    await scene.log.append(address, AttemptFailed(attempt=1, reason="executor_lost"))


class Phase(Struct, frozen=True, kw_only=True):
    """`reach` leads an evaluation there, and `then` goes on after the cancellation. `started`: sandboxes that were
    given something to run. `ran`: what the log has between the first event and the end."""

    reach: Callable[[Scene], Awaitable[Address]]
    then: Callable[[Scene, Address], Awaitable[None]] = nothing
    at_once: bool = True
    started: int = 0
    first: str = "EvaluationQueued"
    ran: tuple[str, ...] = ()


STARTED = ("AttemptStarted", "CancelRequested")
PHASES = [
    Phase(reach=is_scheduled, first="EvaluationScheduled"),
    Phase(reach=is_queued, then=an_executor_comes),
    Phase(reach=is_held, then=its_turn_comes),
    Phase(reach=is_being_prepared, then=its_sandbox_is_ready, at_once=False, ran=STARTED),
    Phase(reach=is_compiling, at_once=False, started=1, ran=STARTED),
    Phase(reach=is_running, at_once=False, started=1, ran=STARTED),
    Phase(reach=runs_a_case, at_once=False, started=1, ran=STARTED),
    Phase(reach=waits_for_another_attempt, started=1, ran=("AttemptStarted", "AttemptFailed")),
    Phase(
        reach=is_lost_while_it_is_cancelled,
        then=its_executor_is_found_lost,
        at_once=False,
        ran=(*STARTED, "AttemptFailed"),
    ),
]


@pytest.fixture
async def scene(nats_server: NatsServer) -> AsyncIterator[Scene]:
    async with (
        # A retry is far away, so that it is still waited for when it is cancelled.
        gateway(nats_server.url, retry_base_seconds=3600.0, retry_cap_seconds=3600.0) as client,
        open_bus(bus_settings(nats_server.url), name="executor") as bus,
        AsyncExitStack() as stack,
    ):
        yield Scene(client, bus, stack)


@pytest.mark.parametrize("phase", PHASES, ids=lambda phase: phase.reach.__name__)
async def test_cancelled_in_this_phase(
    scene: Scene, phase: Phase, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.watch(monkeypatch)
    address = await phase.reach(scene)
    answer = await scene.cancel(address)
    assert answer.status_code == 202
    view = answer.json()
    expected = ("completed", "cancelled") if phase.at_once else ("cancelling", None)
    assert (view["status"], view["outcome"]) == expected
    await phase.then(scene, address)
    end = await scene.log.completed(address, within=10)
    attempt = 1 if phase.ran == STARTED else 0
    assert (end.outcome, end.attempt) == ("cancelled", attempt)

    # Whatever was queued before is done with when the next program has run.
    await scene.work()
    delay = {"delay_seconds": 1.0} if phase.first == "EvaluationScheduled" else {}
    following = await scene.submit(**delay)
    assert (await scene.log.completed(following, within=15)).outcome == "succeeded"

    async def queue_is_empty() -> bool:
        depth = await scene.bus.queue.depth()
        return not depth.work and not depth.held

    await wait_until(queue_is_empty)
    assert await scene.log.types(address) == [phase.first, *phase.ran, "EvaluationCompleted"]
    assert len(scene.engine.started) == phase.started + 1
    assert scene.engine.running == []
    assert all(scene.ended)
    assert len(scene.ended) >= 1 + attempt

    # Over is over, and the answer says how it ended.
    length = (await scene.bus.state()).last
    problem = assert_problem(await scene.cancel(address), 409, "already_over")
    assert (problem["status_of_evaluation"], problem["outcome"]) == ("completed", "cancelled")
    assert (await scene.bus.state()).last == length
