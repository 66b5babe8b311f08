"""What dead executors leave behind goes with the next one's reaper, and nothing else does, on every engine."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from cloche_executor.engines import docker_opening, docker_reaper
from cloche_executor.engines.bubblewrap import BubblewrapEngine
from cloche_executor.engines.bubblewrap_sandbox import BubblewrapSandbox
from cloche_executor.engines.docker import DockerEngine
from cloche_executor.engines.docker_container import DockerSandbox
from cloche_executor.engines.docker_opening import open_on_docker
from cloche_executor.images.catalogue import catalogue
from cloche_executor.sandbox import Labels, Sandbox, start
from docker import APIClient
from msgspec import structs
from support import dead_executor
from support.docker import client, containers, volumes
from support.footprint import files_below, mounts_of
from support.holding import groups
from support.sandboxes import job_of, run, watch
from support.waiting import wait_until

pytest_plugins = ["support.bubblewrap"]

FOREVER = "import time; print('up', flush=True); time.sleep(600)"
# Of this process alone: other tests look for names in the same daemon at the same time.
MINE, STRAY = sorted(str(uuid.uuid4()) for _ in range(2))
on_both_runtimes = pytest.mark.parametrize(
    "kind",
    [
        pytest.param("docker", marks=pytest.mark.docker),
        pytest.param("gvisor", marks=pytest.mark.gvisor),
    ],
)


class Asked:
    """`Owned` that remembers what it was asked; it says yes for `alive`."""

    def __init__(self, *alive: str) -> None:
        self.alive = alive
        self.evaluations: list[str] = []
        self.last: Labels | None = None

    async def __call__(self, labels: Labels) -> bool:
        self.evaluations.append(labels.evaluation)
        self.last = labels
        return labels.evaluation in self.alive


@pytest.fixture
def installation() -> Iterator[str]:
    """A name of the test's own, of which nothing is left at the end even if the test fails."""
    name = f"test-{uuid.uuid4()}"
    yield name
    sweep(name)


@pytest.fixture
def api() -> Iterator[APIClient]:
    made = client()
    yield made
    made.close()


def sweep(installation: str) -> None:
    api = client()
    try:
        for container in containers("installation", installation):
            api.remove_container(container, force=True, v=True)
        for volume in volumes("installation", installation):
            api.remove_volume(volume)
    finally:
        api.close()


@asynccontextmanager
async def opened(kind: str, installation: str, executor: str = "e1") -> AsyncIterator[DockerEngine]:
    engine = await open_on_docker(
        "gvisor" if kind == "gvisor" else "docker",
        catalogue(),
        installation=installation,
        executor=executor,
        slots=4,
    )
    try:
        yield engine
    finally:
        await engine.close()


@asynccontextmanager
async def all_closed(*sandboxes: Sandbox) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await asyncio.gather(*(sandbox.close() for sandbox in sandboxes))


@on_both_runtimes
async def test_what_nobody_owns_goes_and_nothing_of_another_installation(
    kind: str, installation: str
) -> None:
    foreign, asked = f"test-{uuid.uuid4()}", Asked(MINE)
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(opened(kind, installation))
        other = await stack.enter_async_context(opened(kind, foreign))
        prepared = await engine.prepare(job_of("x").mould)
        stack.push_async_callback(prepared.close)
        mine, stray = [
            await start(engine, job_of(FOREVER, installation=installation, evaluation=evaluation))
            for evaluation in (MINE, STRAY)
        ]
        theirs = await start(other, job_of(FOREVER, installation=foreign, evaluation=STRAY))
        await stack.enter_async_context(all_closed(mine, stray, theirs))
        before = set(containers("installation", installation))
        assert await engine.reap(asked) == 1
        assert sorted(asked.evaluations) == [MINE, STRAY]
        assert asked.last is not None
        assert (asked.last.installation, asked.last.attempt) == (installation, 1)
        (gone,) = before - set(containers("installation", installation))
        assert isinstance(stray, DockerSandbox)
        assert gone == stray._container.id
        assert prepared.alive
        assert len(containers("installation", foreign)) == 1
        if kind == "gvisor":
            assert len(volumes("installation", installation)) == 2
            assert len(volumes("installation", foreign)) == 1


@on_both_runtimes
async def test_what_a_dead_executor_had_goes_whatever_the_log_says(
    kind: str, installation: str
) -> None:
    foreign = f"test-{uuid.uuid4()}"
    await asyncio.gather(
        dead_executor.killed(kind, installation, MINE), dead_executor.killed(kind, foreign, STRAY)
    )
    try:
        assert len(containers("installation", installation)) == dead_executor.LEFT
        async with opened(kind, installation) as engine:
            job = job_of(FOREVER, installation=installation, evaluation=STRAY)
            async with all_closed(await start(engine, job)):
                assert await engine.reap(Asked(MINE, STRAY)) == dead_executor.LEFT
                assert await engine.reap(Asked(MINE, STRAY)) == 0
                assert len(containers("installation", installation)) == 1
                if kind == "gvisor":
                    assert len(volumes("installation", installation)) == 1
        assert containers("installation", installation) == []
        assert volumes("installation", installation) == []
        assert len(containers("installation", foreign)) == dead_executor.LEFT
        if kind == "gvisor":
            assert len(volumes("installation", foreign)) == dead_executor.LEFT
    finally:
        sweep(foreign)


@pytest.mark.docker
async def test_of_an_executor_elsewhere_goes_what_the_log_says_is_over_and_nothing_that_waits(
    installation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_opening, "this_life", lambda: "another-machine/1-1-1")
    async with AsyncExitStack() as stack:
        elsewhere = await stack.enter_async_context(opened("docker", installation, "e2"))
        monkeypatch.undo()
        engine = await stack.enter_async_context(opened("docker", installation))
        prepared = await elsewhere.prepare(job_of("x").mould)
        stack.push_async_callback(prepared.close)
        sandboxes = [
            await start(elsewhere, job_of(FOREVER, installation=installation, evaluation=one))
            for one in (MINE, STRAY)
        ]
        await stack.enter_async_context(all_closed(*sandboxes))
        await wait_until(lambda: containers("evaluation", STRAY))
        await wait_until(lambda: containers("evaluation", MINE))
        asked = Asked(MINE)
        assert await engine.reap(asked) == 1
        assert sorted(asked.evaluations) == [MINE, STRAY]
        assert asked.last is not None
        assert asked.last.executor == "e2"
        assert prepared.alive
        assert len(containers("installation", installation)) == 2
        # One that has waited for longer than any pool lets it wait is nobody's.
        monkeypatch.setattr(docker_reaper, "WAITING_SECONDS", 0.0)
        assert await engine.reap(asked) == 1
        assert not prepared.alive


@pytest.mark.docker
async def test_an_earlier_life_of_the_same_executor_is_over(
    installation: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container that was started again: of its processes nobody can know any more."""
    monkeypatch.setattr(docker_opening, "this_life", lambda: "before-the-restart/1-1-1")
    async with opened("docker", installation) as before:
        monkeypatch.undo()
        job = job_of(FOREVER, installation=installation, evaluation=MINE)
        async with all_closed(await start(before, job)), opened("docker", installation) as engine:
            assert await engine.reap(Asked(MINE)) == 1
            assert containers("installation", installation) == []


@pytest.mark.docker
async def test_the_engines_of_one_process_leave_each_other_alone(installation: str) -> None:
    async with opened("docker", installation) as first, opened("docker", installation) as second:
        second._marks = structs.replace(second._marks, kind="gvisor")
        job = job_of(FOREVER, installation=installation, evaluation=MINE)
        async with all_closed(await start(first, job)):
            assert await second.reap(Asked()) == 0
            assert await first.reap(Asked()) == 1


@pytest.mark.docker
async def test_a_volume_without_its_container_goes_after_a_while_and_no_other_does(
    installation: str, api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = f"test-{uuid.uuid4()}"
    for owner in (installation, foreign):
        api.create_volume(f"{owner}-scratch", labels={"cloche.installation": owner})
    try:
        async with opened("docker", installation) as engine:
            # Its container may be about to be made.
            await engine.reap(Asked())
            assert len(volumes("installation", installation)) == 1
            monkeypatch.setattr(docker_reaper, "VOLUME_SECONDS", 0.0)
            await engine.reap(Asked())
            assert volumes("installation", installation) == []
            assert len(volumes("installation", foreign)) == 1
    finally:
        sweep(foreign)


def alive(sandbox: Sandbox) -> bool:
    assert isinstance(sandbox, BubblewrapSandbox)
    return sandbox._place.process.alive


async def test_bubblewrap_closes_what_nobody_owns(engine: BubblewrapEngine) -> None:
    prepared = await engine.prepare(job_of("print('waited')").mould)
    mine, stray = [
        await start(engine, job_of(FOREVER, evaluation=evaluation)) for evaluation in (MINE, STRAY)
    ]
    async with all_closed(mine, stray):
        asked = Asked(MINE)
        # Groups of other dead executors of this machine count as well.
        assert await engine.reap(asked) >= 1
        assert sorted(asked.evaluations) == [MINE, STRAY]
        assert not alive(stray)
        assert alive(mine)
        last = await prepared.hand_over(job_of("print('waited')"))
        async with all_closed(last):
            assert (await watch(last)).text == "waited\n"


async def test_of_a_dead_executor_no_process_group_mount_or_file_is_left_by_bubblewrap(
    engine: BubblewrapEngine, tmp_path: Path
) -> None:
    if engine._hierarchy is None:
        pytest.skip("no control groups can be made here")
    mounts = mounts_of(os.getpid())
    sandbox = await start(engine, job_of(FOREVER))
    async with all_closed(sandbox):
        ours = groups()
        pid = await dead_executor.killed("bubblewrap", "x", MINE, TMPDIR=str(tmp_path))

        async def swept() -> bool:
            await engine.reap(Asked(job_of("x").labels.evaluation))
            return not groups(pid)

        await wait_until(swept, within=10)
        assert groups() == ours
        assert alive(sandbox)
    assert files_below(tmp_path) == 0
    assert mounts_of(os.getpid()) == mounts
    assert (await run(engine, job_of("print(1)"))).text == "1\n"
