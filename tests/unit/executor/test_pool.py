"""The warm pool: what waits, for whom, and what it costs those who find nothing waiting."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from cloche_executor import metrics
from cloche_executor import pool as module
from cloche_executor.demand import HALF_LIFE_SECONDS
from cloche_executor.pauses import LONGEST_SECONDS
from cloche_executor.pool import GIVE_WAY_SECONDS, Bounds, Pool
from cloche_executor.sandbox import (
    EngineUnavailable,
    HandoverFailed,
    ImageMissing,
    Job,
    Mould,
    Sandbox,
    SandboxError,
    SandboxLost,
    mould_of,
)
from cloche_executor.turns import STARTS, Turns
from cloche_schemas.values import Limits
from support.fake_engine import FakeEngine, FakePrepared, FakeSandbox
from support.sandboxes import job_of
from support.waiting import wait_until

DEFAULT = mould_of("python", Limits())
SMALL = Limits(memory_bytes=32 << 20)


class GatedEngine(FakeEngine):
    """Sandboxes come up when the gate is open. `most_at_once`: so many came up at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.gate.set()
        self.under_way = 0
        self.most_at_once = 0
        self.tries = 0

    async def prepare(self, mould: Mould) -> FakePrepared:
        self.tries += 1
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            await self.gate.wait()
            return await super().prepare(mould)
        finally:
            self.under_way -= 1


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def engine() -> GatedEngine:
    return GatedEngine()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)


def waiting(engine: FakeEngine) -> list[FakePrepared]:
    return [prepared for prepared in engine.prepared if prepared.alive]


@asynccontextmanager
async def full(pool: Pool, size: int = 2) -> AsyncIterator[Pool]:
    async with pool.running():
        await wait_until(lambda: pool.size == size)
        yield pool


@asynccontextmanager
async def asked_while_two_come_up(
    engine: GatedEngine,
) -> AsyncIterator["asyncio.Task[tuple[Sandbox, bool]]"]:
    """A program that is given one of two sandboxes that were under way for nobody when it came."""
    engine.gate.clear()
    async with Pool(engine).running() as pool:
        await wait_until(lambda: engine.tries == 2)
        starting = asyncio.create_task(pool.start(job_of("x")))
        await asyncio.sleep(0)
        engine.gate.set()
        yield starting


def small_job() -> Job:
    return job_of("x", limits=SMALL)


async def finish(*sandboxes: Sandbox) -> None:
    for sandbox in sandboxes:
        await sandbox.close()


async def test_a_program_finds_a_sandbox_waiting_and_another_takes_its_place(
    engine: GatedEngine,
) -> None:
    async with full(Pool(engine)) as pool:
        first = engine.prepared[0]
        sandbox, warm = await pool.start(job_of("x"))
        assert warm
        assert not first.alive
        await wait_until(lambda: pool.size == 2)
        assert first not in waiting(engine)
        await finish(sandbox)
    assert waiting(engine) == []


async def test_what_takes_its_place_is_made_a_moment_later_while_others_wait(
    engine: GatedEngine,
) -> None:
    clock = Clock()
    async with full(Pool(engine, clock=clock)) as pool:
        made = engine.tries
        first, _ = await pool.start(job_of("x"))
        await asyncio.sleep(0.1)
        assert engine.tries == made, "the program that has begun goes first"
        second, warm = await pool.start(job_of("x"))
        assert warm
        await wait_until(lambda: pool.size == 2)
        assert clock.now == 1000, "nobody waited any more, so it was made at once"
        await finish(first, second)


async def test_only_a_sandbox_of_exactly_these_limits_will_do(engine: GatedEngine) -> None:
    async with full(Pool(engine)) as pool:
        before = waiting(engine)
        sandbox, warm = await pool.start(small_job())
        assert not warm
        assert engine.prepared[-1].mould == mould_of("python", SMALL)
        assert waiting(engine) == before
        await finish(sandbox)


async def test_what_is_asked_for_again_and_again_waits_too(engine: GatedEngine) -> None:
    async with full(Pool(engine)) as pool:
        once, _ = await pool.start(small_job())
        await asyncio.sleep(0.05)
        assert pool.size == 2, "asked for once is nothing to go by"
        again, warm = await pool.start(small_job())
        assert not warm
        await wait_until(lambda: pool.size == 4)
        third, warm = await pool.start(small_job())
        assert warm
        await finish(once, again, third)


async def test_never_more_wait_than_the_bound_and_the_least_wanted_goes_first(
    engine: GatedEngine,
) -> None:
    clock = Clock()
    async with full(Pool(engine, Bounds(most=4), clock=clock)) as pool:
        for _ in range(3):
            await finish((await pool.start(small_job()))[0])
        clock.now += GIVE_WAY_SECONDS
        await wait_until(lambda: pool.size == 4)
        assert [p.mould.memory_bytes for p in waiting(engine)].count(32 << 20) == 2
        clock.now += 4 * HALF_LIFE_SECONDS
        tiny = Limits(memory_bytes=16 << 20)
        for _ in range(4):
            await finish((await pool.start(job_of("x", limits=tiny)))[0])
        clock.now += GIVE_WAY_SECONDS
        await wait_until(
            lambda: [p.mould.memory_bytes for p in waiting(engine)].count(16 << 20) == 2
        )
        assert [p.mould for p in waiting(engine)].count(DEFAULT) == 2
        assert pool.size == 4


async def test_a_dead_one_is_noticed_and_replaced(engine: GatedEngine) -> None:
    async with full(Pool(engine)) as pool:
        dead = engine.prepared[0]
        dead.alive = False
        await wait_until(lambda: dead.closed and len(waiting(engine)) == 2)
        assert pool.size == 2


async def test_one_that_died_a_moment_ago_is_not_used(
    engine: GatedEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 60)
    async with full(Pool(engine)) as pool:
        engine.prepared[0].alive = False
        sandbox, warm = await pool.start(job_of("x"))
        assert warm
        await wait_until(lambda: engine.prepared[0].closed)
        assert not engine.prepared[1].alive
        await finish(sandbox)


async def test_a_warm_one_that_fails_is_made_up_for_by_a_cold_one_once() -> None:
    class Broken(FakePrepared):
        async def hand_over(self, job: Job) -> FakeSandbox:
            self.alive = False
            raise HandoverFailed("broken")

    class BrokenAtFirst(GatedEngine):
        async def prepare(self, mould: Mould) -> FakePrepared:
            made = await super().prepare(mould)
            return made if self.tries > 2 else Broken(self, mould)

    engine = BrokenAtFirst()
    async with full(Pool(engine)) as pool:
        sandbox, warm = await pool.start(job_of("x"))
        assert not warm
        await finish(sandbox)
        engine.handover_error = HandoverFailed("all are")
        with pytest.raises(HandoverFailed, match="all are"):
            await pool.start(job_of("x"))


async def test_one_that_comes_up_for_a_program_and_dies_is_made_up_for_by_one_made_for_it() -> None:
    class Dying(FakePrepared):
        async def hand_over(self, job: Job) -> FakeSandbox:
            raise SandboxLost("the output stream broke off")

    class DyingUnderWay(GatedEngine):
        async def prepare(self, mould: Mould) -> FakePrepared:
            nth = self.tries
            made = await super().prepare(mould)
            return Dying(self, mould) if nth < 2 else made

    engine = DyingUnderWay()
    async with asked_while_two_come_up(engine) as starting:
        sandbox, warm = await starting
        assert not warm
        await finish(sandbox)


async def test_an_engine_that_went_away_while_one_came_up_is_what_the_program_is_told() -> None:
    class Away(GatedEngine):
        async def prepare(self, mould: Mould) -> FakePrepared:
            nth = self.tries
            await super().prepare(mould)
            if nth < 2:
                raise HandoverFailed("the sandbox ended before the program began")
            raise EngineUnavailable("nobody answers")

    engine = Away()
    async with asked_while_two_come_up(engine) as starting:
        with pytest.raises(EngineUnavailable, match="nobody answers"):
            await starting


async def test_an_engine_that_fails_is_left_alone_for_longer_and_longer(
    engine: GatedEngine,
) -> None:
    clock = Clock()
    engine.error = EngineUnavailable("gone")
    pool = Pool(engine, clock=clock)
    async with pool.running():
        await wait_until(lambda: engine.tries >= 1)
        await asyncio.sleep(0.05)
        at_first = engine.tries
        assert at_first <= STARTS, "those that were under way together"
        with pytest.raises(EngineUnavailable):
            await pool.start(job_of("x"))
        clock.now += LONGEST_SECONDS
        engine.error = None
        await wait_until(lambda: pool.size == 2)


async def test_one_image_that_is_missing_keeps_no_other_from_the_pool(engine: GatedEngine) -> None:
    class Half(GatedEngine):
        async def prepare(self, mould: Mould) -> FakePrepared:
            if mould != DEFAULT:
                raise ImageMissing("not there")
            return await super().prepare(mould)

    half = Half()
    async with full(Pool(half)) as pool:
        for _ in range(3):
            with pytest.raises(ImageMissing):
                await pool.start(small_job())
        await finish((await pool.start(job_of("x")))[0])
        await wait_until(lambda: pool.size == 2)


async def test_a_cold_start_never_waits_for_those_made_for_nobody(engine: GatedEngine) -> None:
    engine.gate.clear()
    turns = Turns()
    pool = Pool(engine, Bounds(least=8), turns)
    async with pool.running():
        await wait_until(lambda: engine.under_way == STARTS - 1)
        cold = [asyncio.create_task(pool.start(small_job())) for _ in range(3)]
        await wait_until(lambda: engine.under_way == STARTS)
        await asyncio.sleep(0.05)
        assert engine.under_way == STARTS, "no more than so many at once"
        engine.gate.set()
        await finish(*[(await one)[0] for one in cold])
        await wait_until(lambda: pool.size == 8)
    assert engine.most_at_once == STARTS
    assert turns.taken == 0


async def test_the_starts_of_all_engines_are_counted_together(engine: GatedEngine) -> None:
    turns, other = Turns(), GatedEngine()
    engine.gate.clear()
    other.gate.clear()
    async with Pool(engine, turns=turns).running(), Pool(other, turns=turns).running():
        await wait_until(lambda: engine.under_way + other.under_way == STARTS - 1)
        await asyncio.sleep(0.05)
        assert engine.under_way + other.under_way == STARTS - 1
        engine.gate.set()
        await wait_until(lambda: other.under_way == 2)
        other.gate.set()


async def test_who_finds_none_takes_the_next_that_is_under_way(engine: GatedEngine) -> None:
    engine.gate.clear()
    async with Pool(engine).running() as pool:
        await wait_until(lambda: engine.under_way == 2)
        first = asyncio.create_task(pool.start(job_of("x")))
        await asyncio.sleep(0.02)
        assert engine.tries <= 3, "none was made for it alone"
        engine.gate.set()
        sandbox, warm = await first
        assert not warm
        await finish(sandbox)


async def test_who_gives_up_waiting_leaves_the_sandbox_to_others(engine: GatedEngine) -> None:
    engine.gate.clear()
    async with Pool(engine, Bounds(least=0)).running() as pool:
        asking = asyncio.create_task(pool.start(small_job()))
        await wait_until(lambda: engine.under_way == 1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        engine.gate.set()
        await wait_until(lambda: pool.size == 1)
        sandbox, warm = await pool.start(small_job())
        assert warm
        await finish(sandbox)
    assert waiting(engine) == []


async def test_none_waits_for_ever(engine: GatedEngine) -> None:
    clock = Clock()
    async with full(Pool(engine, Bounds(idle_seconds=100), clock=clock)) as pool:
        first = waiting(engine)
        clock.now += 101
        await wait_until(lambda: all(prepared.closed for prepared in first))
        await wait_until(lambda: pool.size == 2)


async def test_closing_gives_back_what_waits_and_what_is_under_way(engine: GatedEngine) -> None:
    async with Pool(engine, Bounds(least=4)).running() as pool:
        await wait_until(lambda: pool.size == 4)
        engine.gate.clear()
        asking = asyncio.create_task(pool.start(small_job()))
        await wait_until(lambda: engine.under_way == 1)
    assert engine.under_way == 0
    assert waiting(engine) == []
    with pytest.raises(EngineUnavailable, match="stops"):
        await asking


async def test_hits_misses_size_and_time_are_counted_by_engine_and_image(
    engine: GatedEngine,
) -> None:
    labels = ("bubblewrap", "python")

    def counts() -> tuple[float, float]:
        return (
            metrics.POOL_HITS.labels(*labels)._value.get(),
            metrics.POOL_MISSES.labels(*labels)._value.get(),
        )

    hits, misses = counts()
    async with full(Pool(engine)) as pool:
        await finish((await pool.start(job_of("x")))[0], (await pool.start(small_job()))[0])
        assert counts() == (hits + 1, misses + 1)
        await wait_until(lambda: pool.size == 2)
        assert metrics.POOL_SIZE.labels(*labels)._value.get() == 2
    assert metrics.POOL_SIZE.labels(*labels)._value.get() == 0
    assert metrics.REFILL_SECONDS.labels(*labels)._sum.get() >= 0


async def test_those_that_nobody_wants_any_more_are_no_more_than_may_wait(
    engine: GatedEngine,
) -> None:
    async with full(Pool(engine, Bounds(most=3)), 2) as pool:
        engine.gate.clear()
        asking = [asyncio.create_task(pool.start(small_job())) for _ in range(STARTS)]
        await wait_until(lambda: engine.under_way == STARTS)
        for one in asking:
            one.cancel()
        engine.gate.set()
        await asyncio.gather(*asking, return_exceptions=True)
        await wait_until(lambda: engine.under_way == 0)
        await wait_until(lambda: pool.size == len(waiting(engine)))
        assert pool.size <= 3


@pytest.mark.parametrize("seed", range(5))
async def test_whatever_happens_nothing_is_lost(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311

    class Moody(GatedEngine):
        async def prepare(self, mould: Mould) -> FakePrepared:
            await asyncio.sleep(dice.random() * 0.01)
            if dice.random() < 0.2:
                raise dice.choice([EngineUnavailable("moody"), ImageMissing("moody")])
            return await super().prepare(mould)

    engine, moulds = Moody(), [Limits(memory_bytes=(16 + n) << 20) for n in range(4)]

    async def one() -> None:
        await asyncio.sleep(dice.random() * 0.3)
        start = pool.start(job_of("x", limits=dice.choice([Limits(), *moulds])))
        try:
            async with asyncio.timeout(dice.choice([0.005, 1.0])):
                sandbox, _ = await start
        except (SandboxError, TimeoutError):
            return
        await sandbox.close()

    async with Pool(engine, Bounds(most=5)).running() as pool:
        await asyncio.gather(*(one() for _ in range(150)))
        assert pool.size <= 5
    assert engine.most_at_once <= STARTS
    assert waiting(engine) == []
    assert all(sandbox.closed for sandbox in engine.started)
