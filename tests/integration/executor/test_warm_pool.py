"""The warm pool over a real daemon: containers that wait, each for one program, and none when it is closed."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from cloche_executor import metrics
from cloche_executor.engines.choose import Wanted, open_docker
from cloche_executor.pool import Bounds, Pool
from cloche_executor.sandbox import Engine, Job, mould_of
from cloche_schemas.values import Limits
from docker import APIClient
from support.docker import client, containers
from support.sandboxes import Ran, job_of, watch
from support.waiting import wait_until

pytestmark = pytest.mark.docker
DEFAULT = mould_of("python", Limits())
WAITING = 2
ODD = Limits(memory_bytes=77 << 20)
# What another program had left would be seen.
LOOK_AND_LEAVE = "import os; print(sorted(os.listdir('/tmp/work'))); open('left', 'w').close()"


@pytest.fixture
def installation() -> str:
    """A name of the test's own, so that it counts nobody else's sandboxes."""
    return f"test-{uuid.uuid4()}"


@pytest.fixture
async def engine(installation: str) -> AsyncIterator[Engine]:
    made = await open_docker(Wanted(installation=installation, slots=4))
    yield made
    await made.close()


@pytest.fixture
def api() -> Iterator[APIClient]:
    made = client()
    yield made
    made.close()


@asynccontextmanager
async def filled(engine: Engine) -> AsyncIterator[Pool]:
    bounds = Bounds(default=DEFAULT, least=WAITING, most=WAITING)
    async with Pool(engine, bounds).running() as pool:
        await wait_until(lambda: pool.size == WAITING, within=20)
        yield pool


async def there(installation: str) -> set[str]:
    return set(await asyncio.to_thread(containers, "installation", installation))


async def used(pool: Pool, job: Job, installation: str) -> tuple[str, bool, Ran]:
    """The container in which the program ran, whether it was warm, and what became of it."""
    evaluation = job.labels.evaluation
    sandbox, warm = await pool.start(job)
    try:
        await wait_until(lambda: containers("evaluation", evaluation))
        (container,) = set(containers("evaluation", evaluation)) & await there(installation)
        return container, warm, await watch(sandbox)
    finally:
        await sandbox.close()


def job(installation: str, limits: Limits | None = None) -> Job:
    return job_of(
        LOOK_AND_LEAVE, installation=installation, evaluation=str(uuid.uuid4()), limits=limits
    )


async def test_a_program_runs_in_a_container_that_waited_and_no_other_runs_in_it(
    engine: Engine, installation: str
) -> None:
    ran_in: list[str] = []
    async with filled(engine) as pool:
        for _ in range(2 * WAITING):
            await wait_until(lambda: pool.size == WAITING, within=20)
            waiting = await there(installation)
            container, warm, ran = await used(pool, job(installation), installation)
            assert warm
            assert container in waiting
            assert (ran.text, ran.status) == ("['main']\n", 0)
            assert container not in await there(installation)
            ran_in.append(container)
    assert len(set(ran_in)) == len(ran_in)


async def test_programs_at_once_share_no_container(engine: Engine, installation: str) -> None:
    async with filled(engine) as pool:
        results = await asyncio.gather(
            *(used(pool, job(installation), installation) for _ in range(3 * WAITING))
        )
    assert len({container for container, _, _ in results}) == 3 * WAITING
    assert {ran.text for _, _, ran in results} == {"['main']\n"}
    assert sum(warm for _, warm, _ in results) >= WAITING


async def test_other_limits_take_a_cold_container_that_has_them(
    engine: Engine, installation: str, api: APIClient
) -> None:
    async with filled(engine) as pool:
        waiting = await there(installation)
        odd = job(installation, ODD)
        sandbox, warm = await pool.start(odd)
        try:
            assert not warm
            await wait_until(lambda: containers("evaluation", odd.labels.evaluation))
            (container,) = containers("evaluation", odd.labels.evaluation)
            assert container not in waiting
            assert waiting <= await there(installation)
            seen = await asyncio.to_thread(api.inspect_container, container)
            assert seen["HostConfig"]["Memory"] == ODD.memory_bytes
            for one in waiting:
                seen = await asyncio.to_thread(api.inspect_container, one)
                assert seen["HostConfig"]["Memory"] == DEFAULT.memory_bytes
            assert (await watch(sandbox)).text == "['main']\n"
        finally:
            await sandbox.close()


async def test_a_container_that_dies_waiting_is_noticed_and_replaced(
    engine: Engine, installation: str, api: APIClient
) -> None:
    async with filled(engine) as pool:
        before = await there(installation)
        dead = min(before)
        await asyncio.to_thread(api.kill, dead)

        async def replaced() -> bool:
            now = await there(installation)
            return dead not in now and len(now) == WAITING

        await wait_until(replaced, within=20)
        await wait_until(lambda: pool.size == WAITING, within=20)
        container, warm, ran = await used(pool, job(installation), installation)
        assert (warm, ran.text) == (True, "['main']\n")
        assert container != dead


async def test_closed_it_leaves_nothing_not_even_what_was_under_way(
    engine: Engine, installation: str
) -> None:
    async with filled(engine) as pool:
        assert len(await there(installation)) == WAITING
        sandbox, _ = await pool.start(job(installation))
    # What replaces it had been begun; what runs is its owner's.
    assert pool.size == 0
    try:
        assert (await watch(sandbox)).text == "['main']\n"
    finally:
        await sandbox.close()

    async def nothing() -> bool:
        return not await there(installation)

    await wait_until(nothing, within=20)


async def test_hits_misses_and_refills_are_counted(engine: Engine, installation: str) -> None:
    def counts() -> tuple[float, float, float]:
        labels = ("docker", "python")
        buckets = metrics.REFILL_SECONDS.labels(*labels)._buckets
        return (
            metrics.POOL_HITS.labels(*labels)._value.get(),
            metrics.POOL_MISSES.labels(*labels)._value.get(),
            sum(bucket.get() for bucket in buckets),
        )

    hits, misses, refills = counts()
    async with filled(engine) as pool:
        assert metrics.POOL_SIZE.labels("docker", "python")._value.get() == WAITING
        assert counts() == (hits, misses, refills + WAITING)
        await used(pool, job(installation), installation)
        await wait_until(lambda: pool.size == WAITING, within=20)
        assert counts() == (hits + 1, misses, refills + WAITING + 1)
        await used(pool, job(installation, ODD), installation)
        assert counts() == (hits + 1, misses + 1, refills + WAITING + 2)
    assert metrics.POOL_SIZE.labels("docker", "python")._value.get() == 0
