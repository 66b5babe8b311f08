"""What only the Docker engine has: containers that others may touch, leftovers, a daemon that may be away."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator

import pytest
from cloche_executor.engines.choose import Wanted, open_docker
from cloche_executor.engines.docker import DockerEngine
from cloche_executor.sandbox import EngineUnavailable, ImageMissing, Labels, SandboxLost
from docker import APIClient
from msgspec import structs
from support.docker import client, containers
from support.sandboxes import job_of, run, watch

pytestmark = pytest.mark.docker
FOREVER = "import time; print('up'); time.sleep(600)"


@pytest.fixture
def installation() -> str:
    """A name of the test's own, so that it reaps nobody else's sandboxes."""
    return f"test-{uuid.uuid4()}"


@pytest.fixture
async def engine(installation: str) -> AsyncIterator[DockerEngine]:
    made = await open_docker(Wanted(installation=installation, slots=4))
    assert isinstance(made, DockerEngine)
    yield made
    await made.close()


@pytest.fixture
def api() -> Iterator[APIClient]:
    made = client()
    yield made
    made.close()


async def test_every_restriction_of_the_baseline_is_in_force(
    engine: DockerEngine, installation: str, api: APIClient
) -> None:
    sandbox = await engine.start(job_of(FOREVER, installation=installation))
    try:
        (container,) = containers("installation", installation)
        seen = await asyncio.to_thread(api.inspect_container, container)
        host, config = seen["HostConfig"], seen["Config"]
        assert host["NetworkMode"] == "none"
        assert config["NetworkDisabled"] is True
        assert host["ReadonlyRootfs"] is True
        assert host["CapDrop"] == ["ALL"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert host["Memory"] == host["MemorySwap"] == 256 << 20
        assert host["PidsLimit"] == 65
        assert host["NanoCpus"] == 1_000_000_000
        assert host["LogConfig"]["Type"] == "none"
        assert host["IpcMode"] == "private"
        assert host["Init"] is True
        assert host["OomScoreAdj"] == 1000
        assert host["Privileged"] is False
        assert not host["Binds"]
        assert not seen["Mounts"]
        assert "nr_inodes=4096" in host["Tmpfs"]["/tmp"]
        assert config["User"] == "65534:65534"
        assert {u["Name"] for u in host["Ulimits"]} == {"nofile", "core", "cpu"}
        assert config["Labels"]["cloche.deadline"]
    finally:
        await sandbox.close()
    assert containers("installation", installation) == []


async def test_the_reaper_removes_what_nobody_owns_and_nothing_else(
    engine: DockerEngine, installation: str
) -> None:
    mine, stray = str(uuid.uuid4()), str(uuid.uuid4())
    kept = await engine.start(job_of(FOREVER, installation=installation, evaluation=mine))
    lost = await engine.start(job_of(FOREVER, installation=installation, evaluation=stray))
    foreign = f"test-{uuid.uuid4()}"
    other = await engine.start(job_of(FOREVER, installation=foreign))
    asked: list[Labels] = []

    async def owned(labels: Labels) -> bool:
        asked.append(labels)
        return labels.evaluation == mine

    try:
        assert await engine.reap(owned) == 1
        assert len(containers("evaluation", mine)) == 1
        assert containers("evaluation", stray) == []
        assert len(containers("installation", foreign)) == 1
        assert {labels.evaluation for labels in asked} == {mine, stray}
        assert asked[0].attempt == 1
    finally:
        for sandbox in (kept, lost, other):
            await sandbox.close()


async def test_a_container_that_is_removed_under_the_program_is_our_loss(
    engine: DockerEngine, installation: str, api: APIClient
) -> None:
    sandbox = await engine.start(job_of(FOREVER, installation=installation))
    (container,) = containers("installation", installation)
    watching = asyncio.create_task(watch(sandbox))
    await asyncio.to_thread(api.remove_container, container, force=True)
    with pytest.raises(SandboxLost):
        await watching
    await sandbox.kill()
    await sandbox.close()


async def test_an_image_that_is_not_there_is_said_and_nothing_is_left(
    engine: DockerEngine, installation: str
) -> None:
    engine.facts = structs.replace(engine.facts, image="cloche-none:none")
    with pytest.raises(ImageMissing, match="cloche-none"):
        await engine.start(job_of("x", installation=installation))
    assert containers("installation", installation) == []


async def test_after_it_is_closed_the_engine_is_not_ready(installation: str) -> None:
    engine = await open_docker(Wanted(installation=installation))
    assert await engine.ready()
    assert (await run(engine, job_of("print(1)", installation=installation))).text == "1\n"
    await engine.close()


async def test_a_daemon_that_goes_away_is_not_the_program_s_fault(
    monkeypatch: pytest.MonkeyPatch, engine: DockerEngine, installation: str
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("gone")

    monkeypatch.setattr(engine._daemon.api, "ping", gone)
    monkeypatch.setattr(engine._daemon.api, "create_container", gone)
    assert not await engine.ready()
    with pytest.raises(EngineUnavailable, match="does not answer"):
        await engine.start(job_of("x", installation=installation))
