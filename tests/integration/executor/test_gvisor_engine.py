"""What only the engine over gVisor has: a kernel of its own that takes processes, and a volume for scratch space."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
from cloche_executor.engines.choose import Wanted, open_gvisor
from cloche_executor.engines.docker import DockerEngine
from cloche_executor.engines.docker_options import SENTRY_PROCESSES, SENTRY_PROCESSES_MOST
from cloche_executor.sandbox import SandboxLost, start
from cloche_schemas.values import Limits
from docker import APIClient
from support.docker import containers, volumes
from support.sandboxes import job_of, run, watch

pytestmark = pytest.mark.gvisor
FOREVER = "import time; print('up', flush=True); time.sleep(600)"


@pytest.fixture
async def engine(installation: str) -> AsyncIterator[DockerEngine]:
    made = await open_gvisor(Wanted(installation=installation, executor="e1", slots=4))
    assert isinstance(made, DockerEngine)
    yield made
    await made.close()


async def test_every_restriction_of_the_baseline_is_in_force(
    engine: DockerEngine, installation: str, api: APIClient
) -> None:
    limits = Limits(cpus=0.5, open_files=100, scratch_bytes=8 << 20, scratch_inodes=512)
    sandbox = await start(engine, job_of(FOREVER, installation=installation, limits=limits))
    try:
        (container,) = containers("installation", installation)
        seen = await asyncio.to_thread(api.inspect_container, container)
        host, config = seen["HostConfig"], seen["Config"]
        assert host["Runtime"] == engine.facts.runtime == "runsc"
        assert host["NetworkMode"] == "none"
        assert config["NetworkDisabled"] is True
        assert host["ReadonlyRootfs"] is True
        assert host["CapDrop"] == ["ALL"]
        assert not host["CapAdd"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert host["Memory"] == host["MemorySwap"] == 256 << 20
        assert host["NanoCpus"] == 500_000_000
        assert host["LogConfig"]["Type"] == "none"
        assert host["IpcMode"] == "private"
        assert host["PidMode"] == host["UTSMode"] == host["UsernsMode"] == ""
        assert host["OomScoreAdj"] == 1000
        assert host["Privileged"] is False
        assert not host["Binds"]
        assert not host["Devices"]
        ulimits = {u["Name"]: (u["Soft"], u["Hard"]) for u in host["Ulimits"]}
        assert ulimits == {"nofile": (100, 100), "core": (0, 0)}
        assert config["User"] == "65534:65534"
        assert config["Labels"]["cloche.kind"] == "gvisor"
    finally:
        await sandbox.close()
    assert containers("installation", installation) == []


async def test_its_scratch_space_is_a_volume_of_its_own_that_goes_with_it(
    engine: DockerEngine, installation: str, api: APIClient
) -> None:
    limits = Limits(scratch_bytes=8 << 20, scratch_inodes=512)
    job = job_of(FOREVER, installation=installation, limits=limits)
    sandboxes = [await start(engine, job) for _ in range(2)]
    try:
        names = volumes("installation", installation)
        assert len(names) == 2
        for container in containers("installation", installation):
            seen = await asyncio.to_thread(api.inspect_container, container)
            (mount,) = seen["Mounts"]
            assert (mount["Type"], mount["Destination"]) == ("volume", "/tmp")
            assert mount["Name"] in names
            volume = await asyncio.to_thread(api.inspect_volume, mount["Name"])
            assert volume["Options"]["type"] == "tmpfs"
            options = volume["Options"]["o"].split(",")
            assert {"nosuid", "nodev", f"size={8 << 20}", "nr_inodes=512"} <= set(options)
            assert volume["Labels"]["cloche.executor"] == "e1"
            assert not seen["HostConfig"].get("Tmpfs")
    finally:
        for sandbox in sandboxes:
            await sandbox.close()
    assert volumes("installation", installation) == []


async def test_what_one_program_leaves_no_other_finds(
    engine: DockerEngine, installation: str
) -> None:
    source = "import os; print(sorted(os.listdir('/tmp'))); open('/tmp/left', 'w').write('x')"
    job = job_of(source, installation=installation)
    first, second = await run(engine, job), await run(engine, job)
    assert first.text == second.text
    assert "left" not in second.text
    assert volumes("installation", installation) == []


@pytest.mark.parametrize("pids", [1, 16, 1000])
async def test_the_host_s_limit_of_processes_leaves_gvisor_room(
    engine: DockerEngine, installation: str, api: APIClient, pids: int
) -> None:
    """Running into it would end gVisor with everything in it: the program's own limit holds inside."""
    prepared = await engine.prepare(job_of("x", limits=Limits(pids=pids)).mould)
    try:
        (container,) = containers("installation", installation)
        seen = await asyncio.to_thread(api.inspect_container, container)
        assert SENTRY_PROCESSES < seen["HostConfig"]["PidsLimit"] <= SENTRY_PROCESSES_MOST
        assert seen["HostConfig"]["PidsLimit"] >= min(32 * pids, SENTRY_PROCESSES_MOST)
    finally:
        await prepared.close()


async def test_too_many_processes_are_refused_inside_and_the_sandbox_stands(
    engine: DockerEngine, installation: str
) -> None:
    source = (
        "import os, time\n"
        "made = 0\n"
        "try:\n"
        "    while True:\n"
        "        if os.fork() == 0: time.sleep(60)\n"
        "        made += 1\n"
        "except BlockingIOError: print(made)"
    )
    job = job_of(source, installation=installation, limits=Limits(pids=12))
    ran = await run(engine, job)
    assert ran.status == 0
    assert 8 <= int(ran.text) < 12


async def test_the_kernel_that_a_program_sees_is_not_the_host_s(
    engine: DockerEngine, installation: str
) -> None:
    source = "import os; print(os.uname().release, open('/proc/version').read())"
    said = (await run(engine, job_of(source, installation=installation))).text
    assert said.split()[0] != os.uname().release


async def test_a_container_that_is_removed_under_the_program_is_our_loss(
    engine: DockerEngine, installation: str, api: APIClient
) -> None:
    sandbox = await start(engine, job_of(FOREVER, installation=installation))
    (container,) = containers("installation", installation)
    watching = asyncio.create_task(watch(sandbox))
    await asyncio.to_thread(api.remove_container, container, force=True, v=True)
    with pytest.raises(SandboxLost):
        await watching
    await sandbox.close()
    assert volumes("installation", installation) == []
