"""A control group that runs out of memory and is gone before anybody looks."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator

import pytest
from cloche_executor.engines.cgroup_usage import Group
from cloche_executor.engines.cgroups import discover
from cloche_executor.engines.memory_watch import MemoryWatch
from cloche_executor.sandbox import mould_of
from cloche_schemas.values import Limits
from support.waiting import wait_until

HIERARCHY = discover()
pytestmark = pytest.mark.skipif(
    HIERARCHY is None or "memory" not in HIERARCHY.controllers,
    reason="no control groups can be made here that limit memory",
)
MIB = 1 << 20
# Waits to be put into its group.
GROWS = (
    "import sys\nsys.stdin.read(1)\nheld = []\nwhile True: held.append(bytearray(b'x' * (1 << 20)))"
)
ENDS = "import sys\nsys.stdin.read(1)"


@pytest.fixture
def group() -> Iterator[Group]:
    assert HIERARCHY is not None
    mould = mould_of("python", Limits(memory_bytes=32 * MIB))
    group = HIERARCHY.create(mould, extra_pids=0)
    yield group
    group.remove()


async def run_in(group: Group, program: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdin=asyncio.subprocess.PIPE
    )
    group.add([process.pid])
    await process.communicate(b"x")
    assert process.returncode is not None
    return process.returncode


def _grow_and_go(group: Group) -> None:
    with subprocess.Popen([sys.executable, "-c", GROWS], stdin=subprocess.PIPE) as process:
        group.add([process.pid])
        process.communicate(b"x")
        while not group.remove():
            continue
    assert process.returncode == -9


async def gone(group: Group) -> None:
    await wait_until(group.remove, within=5)


async def test_memory_that_ran_out_is_known_when_the_group_is_gone(group: Group) -> None:
    seen: list[int] = []
    watch = MemoryWatch(group, lambda: seen.append(group.usage().events.get("memory_bytes", 0)))
    assert await run_in(group, GROWS) == -9
    await gone(group)
    # Version 2 leaves the counting to whoever is told.
    assert await watch.ran_out() or max(seen) > 0
    watch.close()
    watch.close()


@pytest.mark.skipif(HIERARCHY is None or HIERARCHY.version != 1, reason="only version 1 counts")
async def test_nobody_has_to_look_while_it_is_there(group: Group) -> None:
    watch = MemoryWatch(group, lambda: None)
    # All of it while the event loop stands still.
    _grow_and_go(group)
    assert await watch.ran_out()
    watch.close()


async def test_the_end_of_a_group_is_no_lack_of_memory(group: Group) -> None:
    watch = MemoryWatch(group, lambda: None)
    assert await run_in(group, ENDS) == 0
    await gone(group)
    assert not await watch.ran_out()
    watch.close()


async def test_what_cannot_be_watched_is_not(group: Group) -> None:
    await gone(group)
    watch = MemoryWatch(group, lambda: None)
    assert not await watch.ran_out()
    watch.close()
