"""What only the Docker engine has: containers that others may touch, and a daemon that may be away."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from cloche_executor.engines import docker_daemon
from cloche_executor.engines.choose import Wanted, open_docker
from cloche_executor.engines.docker import DockerEngine
from cloche_executor.engines.seccomp_profile import profile
from cloche_executor.images.catalogue import catalogue
from cloche_executor.sandbox import EngineUnavailable, ImageMissing, SandboxLost, start
from cloche_schemas.values import Limits
from docker import APIClient
from support.docker import containers
from support.image_copy import copy_of
from support.sandboxes import job_of, run, watch
from support.waiting import wait_until

pytestmark = pytest.mark.docker
FOREVER = "import time; print('up'); time.sleep(600)"
EVALUATION = "00000000-0000-7000-8000-0000000000de"


@pytest.fixture
async def engine(installation: str) -> AsyncIterator[DockerEngine]:
    made = await open_docker(Wanted(installation=installation, executor="e1", slots=4))
    assert isinstance(made, DockerEngine)
    yield made
    await made.close()


async def test_every_restriction_of_the_baseline_is_in_force(
    engine: DockerEngine, installation: str, api: APIClient
) -> None:
    limits = Limits(cpus=0.5, open_files=100, scratch_bytes=8 << 20, scratch_inodes=512)
    job = job_of(FOREVER, installation=installation, limits=limits, evaluation=EVALUATION)
    sandbox = await start(engine, job)
    try:
        (container,) = containers("installation", installation)
        seen = await asyncio.to_thread(api.inspect_container, container)
        host, config = seen["HostConfig"], seen["Config"]
        assert host["NetworkMode"] == "none"
        assert config["NetworkDisabled"] is True
        assert host["ReadonlyRootfs"] is True
        assert host["CapDrop"] == ["ALL"]
        assert not host["CapAdd"]
        assert host["SecurityOpt"] == ["no-new-privileges:true", f"seccomp={profile()}"]
        assert host["Memory"] == host["MemorySwap"] == 256 << 20
        # The program's, its parent's and docker-init's.
        assert host["PidsLimit"] == 66
        assert host["NanoCpus"] == 500_000_000
        assert host["LogConfig"]["Type"] == "none"
        assert host["IpcMode"] == "private"
        assert host["PidMode"] == host["UTSMode"] == host["UsernsMode"] == ""
        assert host["Init"] is True
        assert host["OomScoreAdj"] == 1000
        assert host["Privileged"] is False
        assert host["Runtime"] == engine.facts.runtime == "runc"
        assert host["RestartPolicy"]["Name"] in {"", "no"}
        assert not host["Binds"]
        assert not host["Devices"]
        assert not seen["Mounts"]
        assert set(host["Tmpfs"]) == {"/tmp"}
        scratch = host["Tmpfs"]["/tmp"].split(",")
        assert {"nosuid", "nodev", f"size={8 << 20}", "nr_inodes=512"} <= set(scratch)
        assert host["ShmSize"] == 16 << 20
        ulimits = {u["Name"]: (u["Soft"], u["Hard"]) for u in host["Ulimits"]}
        assert ulimits == {"nofile": (100, 100), "core": (0, 0)}
        assert config["User"] == "65534:65534"
        assert config["Hostname"] == "sandbox"
        assert not [word for word in config["Env"] or [] if "proxy" in word.lower()]
    finally:
        await sandbox.close()
    assert containers("installation", installation) == []


async def test_a_container_says_who_made_it_and_for_whom_it_runs(
    engine: DockerEngine, installation: str, api: APIClient
) -> None:
    job = job_of(FOREVER, installation=installation, evaluation=EVALUATION)
    prepared = await engine.prepare(job.mould)
    (container,) = containers("installation", installation)

    async def name() -> str:
        return str((await asyncio.to_thread(api.inspect_container, container))["Name"])

    waiting = await name()
    assert EVALUATION not in waiting
    sandbox = await prepared.hand_over(job)
    try:
        labels = (await asyncio.to_thread(api.inspect_container, container))["Config"]["Labels"]
        assert labels["cloche.installation"] == installation
        assert (labels["cloche.executor"], labels["cloche.kind"]) == ("e1", "docker")
        assert labels["cloche.life"]
        assert labels["cloche.created"]
        deadline = int(job.labels.deadline.timestamp()) + 1
        wanted = f"{waiting}.main.{EVALUATION}.1.{deadline}"

        async def renamed() -> bool:
            return await name() == wanted

        await wait_until(renamed)
    finally:
        await sandbox.close()


async def test_the_processes_inside_cannot_gain_anything(
    engine: DockerEngine, installation: str
) -> None:
    source = "print(open('/proc/self/status').read())"
    said = (await run(engine, job_of(source, installation=installation))).text
    fields = dict(line.split(":\t", 1) for line in said.splitlines() if ":\t" in line)
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"
    for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(fields[name], 16) == 0
    assert set(fields["Uid"].split()) == set(fields["Gid"].split()) == {"65534"}


async def test_a_container_that_is_removed_under_the_program_is_our_loss(
    engine: DockerEngine, installation: str, api: APIClient
) -> None:
    sandbox = await start(engine, job_of(FOREVER, installation=installation))
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
    engine._catalogue = catalogue({"python": "cloche-none:none"})
    engine._images.clear()
    assert not await engine.ready()
    with pytest.raises(ImageMissing, match="cloche-none:none is not there; try: cloche images"):
        await start(engine, job_of("x", installation=installation))
    assert containers("installation", installation) == []


async def test_an_image_that_goes_is_not_believed_in_any_longer(
    engine: DockerEngine, installation: str
) -> None:
    """It is known by its digest, which the daemon refuses once it is gone."""
    engine._images.clear()
    with copy_of("python") as copy:
        engine._catalogue = catalogue({"python": copy.reference})
        known = await engine.image("python")
        assert known.name == copy.reference
        assert (await run(engine, job_of("print(1)", installation=installation))).text == "1\n"
        assert await engine.ready()
    assert await engine.image("python") == known
    for _ in range(2):
        with pytest.raises(
            ImageMissing, match=f"{copy.reference} is not there; try: cloche images"
        ):
            await start(engine, job_of("x", installation=installation))
    assert not await engine.ready()
    with pytest.raises(ImageMissing, match=copy.reference):
        await engine.image("python")
    assert containers("installation", installation) == []


async def test_it_works_until_it_is_closed(installation: str) -> None:
    engine = await open_docker(Wanted(installation=installation))
    assert await engine.ready()
    assert (await run(engine, job_of("print(1)", installation=installation))).text == "1\n"
    await engine.close()
    assert not await engine.ready()
    with pytest.raises(EngineUnavailable):
        await start(engine, job_of("x", installation=installation))


async def test_a_daemon_that_goes_away_is_not_the_program_s_fault(
    monkeypatch: pytest.MonkeyPatch, engine: DockerEngine, installation: str
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("gone")

    monkeypatch.setattr(docker_daemon, "daemon_answers", lambda *_: False)
    monkeypatch.setattr(engine._daemon.api, "create_container", gone)
    assert not await engine.ready()
    with pytest.raises(EngineUnavailable, match="does not answer"):
        await start(engine, job_of("x", installation=installation))
    monkeypatch.undo()
    assert await engine.ready()
    assert (await run(engine, job_of("print(1)", installation=installation))).text == "1\n"
