"""Three executors, several tenants, and something that goes wrong in the middle: whatever it is, every evaluation
has one end, nothing runs twice in effect, and nothing is lost. The checker reads the whole log after each.

What is not a program's own trouble costs an attempt: which ones, each test says.
"""

import asyncio
import random
from functools import partial
from pathlib import Path

import pytest
from cloche_kit.bus import Conflict
from cloche_kit.log import EventLog, Position
from cloche_kit.telemetry import configure
from cloche_schemas.events import AttemptFailed, AttemptStarted, EvaluationCompleted, OutputChunk
from cloche_schemas.subjects import Address
from support.observed import Observed
from support.proxy import Proxy
from support.queue_run import ACK_WAIT, Run, running
from support.topology import Topology
from support.waiting import wait_until

# Several processes begin and end in each, on a machine that may have other things to do.
pytestmark = pytest.mark.timeout(300)

COUNT = 150
CANCELLED = 10
# Of all evaluations, what is over when the fault comes.
PART = 0.2
# Of a fault that may come between two programs.
ROUNDS = 5


async def begin(run: Run, count: int = COUNT) -> None:
    """Everything is accepted, some of it cancelled at once, some of it poison."""
    await run.plant()
    await run.submit(count)
    await run.cancel(CANCELLED)


def attempts_lost(
    observed: Observed, executor: str, *, by_others: bool = True
) -> set[tuple[Address, int]]:
    """Attempts of an executor that another one has declared lost, or `by_others` False: that anyone has."""
    mine = {
        (one.address, one.event.attempt)
        for one in observed.events
        if isinstance(one.event, AttemptStarted) and one.event.executor == executor
    }
    return {
        (one.address, one.event.attempt)
        for one in observed.events
        if isinstance(one.event, AttemptFailed)
        and (one.address, one.event.attempt) in mine
        and not (by_others and one.envelope.source.endswith(f"/{executor}"))
    }


async def test_an_executor_is_killed(topology: Topology, tmp_path: Path) -> None:
    async with running(topology, tmp_path) as run:
        await begin(run)
        await run.busy(0, part=PART)
        run.executors[0].kill()
        held = set(run.held["e0"])
        await run.cancel(CANCELLED)
        observed = await run.prove()
    # What it had ended in its last moment was not read yet; the rest others have declared lost.
    assert attempts_lost(observed, "e0") <= held | attempts_lost(observed, "e0")
    assert attempts_lost(observed, "e0")


async def test_an_executor_sleeps_beyond_its_lease_and_comes_back(
    topology: Topology, tmp_path: Path
) -> None:
    async with running(topology, tmp_path) as run:
        await begin(run)
        await run.busy(0, part=PART)
        run.executors[0].pause()
        # What it did before it fell asleep may not have been read yet.
        await asyncio.sleep(ACK_WAIT / 4)
        held = set(run.held["e0"])
        assert held
        await run.lost(held)
        victim = next(iter(sorted(held, key=str)))
        await say_late(run, *victim)
        run.executors[0].pause(on=False)
        observed = await run.prove()
        # It is no worse for it.
        await run.submit(3)
        await run.prove()
    assert held <= attempts_lost(observed, "e0")


async def say_late(run: Run, address: Address, attempt: int) -> None:
    """What may still be on its way from an executor that has lost: output is recorded, an end refused."""
    log = EventLog(run.bus, configure("executor", instance="e0"), instance="e0")
    history = await log.read(address)
    claimed = next(
        entry
        for entry in history.entries
        if isinstance(entry.event, AttemptStarted) and entry.event.attempt == attempt
    )
    last = await run.bus.last(address.output(attempt))
    index = 0 if last is None else int(last.headers["Nats-Msg-Id"].rpartition(":")[2]) + 1
    chunk = OutputChunk(attempt=attempt, stream="stdout", index=index, offset=99, data=b"late")
    assert not isinstance(
        await log.append_output(address, chunk, after=last.sequence if last else 0), Conflict
    )
    position = Position(claimed.envelope.number, claimed.stored.sequence)
    end = EvaluationCompleted(outcome="succeeded", attempt=attempt)
    assert isinstance(await log.append(address, end, after=position), Conflict)


async def test_an_executor_hears_nothing_of_the_log_and_comes_back(
    topology: Topology, tmp_path: Path
) -> None:
    async with (
        Proxy(topology.node.port).running() as proxy,
        running(topology, tmp_path, proxied=proxy) as run,
    ):
        await run.plant()
        for _ in range(ROUNDS):
            await run.submit(COUNT)
            await run.cancel(CANCELLED)
            held = await run.busy(2, part=PART)
            before, proxy.deaf = proxy.lost, True
            await wait_until(partial(proxy.has_lost, before), within=ACK_WAIT)
            await run.lost(held)
            await asyncio.sleep(ACK_WAIT / 2)
            proxy.deaf = False
            proxy.cut()
            observed = await run.prove()
            # What it says is heard, so that all it held may have ended well: then the fault has met nothing.
            # What was lost comes to any of them again, and so perhaps to itself.
            if lost := attempts_lost(observed, "e2", by_others=False):
                break
        await run.submit(3 * len(run.executors))
        await run.prove()
    assert lost


async def test_the_log_s_leader_is_killed(topology: Topology, tmp_path: Path) -> None:
    async with running(topology, tmp_path) as run:
        submitting = asyncio.create_task(begin(run))
        await run.busy(0)
        await topology.kill()
        if topology.replicas > 1:
            # Two of three go on without it.
            before = len(run.ends)
            await wait_until(lambda: len(run.ends) > before + 5, within=30)
        else:
            await asyncio.sleep(ACK_WAIT / 4)
        await topology.restore()
        await submitting
        await run.prove()


@pytest.mark.full
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_faults_of_every_kind_one_after_another(
    topology: Topology, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - to be repeated
    fired = dict.fromkeys(("kill", "pause", "deaf", "leader"), 0)
    async with (
        Proxy(topology.node.port).running() as proxy,
        running(topology, tmp_path, proxied=proxy, seed=seed) as run,
    ):
        for _ in range(12):
            await begin(run, 250)
            fault = chance.choice(list(fired))
            fired[fault] += 1
            match fault:
                case "kill":
                    number = len(run.executors) - 1 if fired[fault] > 1 else 0
                    await run.busy(number)
                    run.executors[number].kill()
                    await run.add_executor()
                case "pause":
                    held = await run.busy(1)
                    run.executors[1].pause()
                    await asyncio.sleep(ACK_WAIT * chance.uniform(0.2, 2.0))
                    run.executors[1].pause(on=False)
                    assert held
                case "deaf":
                    await run.busy(2)
                    proxy.deaf = True
                    await asyncio.sleep(ACK_WAIT * chance.uniform(0.2, 2.0))
                    proxy.deaf = False
                    proxy.cut()
                case _:
                    await topology.kill()
                    await asyncio.sleep(chance.uniform(0.1, 1.0))
                    await topology.restore()
        await run.prove()
    assert sum(map(bool, fired.values())) >= 3, fired
