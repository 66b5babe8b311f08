"""What control groups of both versions say, and finding the one of a process."""

import subprocess
import sys
from pathlib import Path

import pytest
from cloche_executor.engines.cgroup_usage import Group, at_end, group_of_process, since
from cloche_executor.sandbox import Usage


def test_version_one_tells_its_usage(tmp_path: Path) -> None:
    names = ("memory", "pids", "cpuacct")
    for name in names:
        (tmp_path / name).mkdir()
    group = Group(1, {name: tmp_path / name for name in names})
    assert group.usage() == Usage()
    (tmp_path / "cpuacct/cpuacct.usage").write_text("1500000000\n")
    (tmp_path / "memory/memory.max_usage_in_bytes").write_text("4096\n")
    (tmp_path / "memory/memory.oom_control").write_text(
        "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n"
    )
    (tmp_path / "pids/pids.events").write_text("max 7\n")
    assert group.usage() == Usage(
        cpu_seconds=1.5, peak_memory_bytes=4096, events={"memory_bytes": 2, "pids": 7}
    )


def test_version_two_tells_its_usage_with_or_without_the_cpu_controller(tmp_path: Path) -> None:
    (tmp_path / "cpu.stat").write_text("usage_usec 250000\nuser_usec 1\n")
    (tmp_path / "memory.peak").write_text("8192\n")
    (tmp_path / "memory.events").write_text("low 0\noom 1\noom_kill 1\noom_group_kill 0\n")
    (tmp_path / "pids.events").write_text("max 3\n")
    wanted = Usage(cpu_seconds=0.25, peak_memory_bytes=8192, events={"memory_bytes": 1, "pids": 3})
    for controllers in (("memory", "pids", "cpu"), ("memory", "pids")):
        assert Group(2, dict.fromkeys(controllers, tmp_path)).usage() == wanted
    # Older kernels keep no peak.
    (tmp_path / "memory.peak").unlink()
    assert Group(2, {"memory": tmp_path}).usage().peak_memory_bytes is None


def test_what_was_used_before_does_not_count() -> None:
    before = Usage(cpu_seconds=1.0, peak_memory_bytes=50, events={"memory_bytes": 1})
    now = Usage(cpu_seconds=1.75, peak_memory_bytes=80, events={"memory_bytes": 3, "pids": 2})
    assert since(before, now) == Usage(
        cpu_seconds=0.75, peak_memory_bytes=80, events={"memory_bytes": 2, "pids": 2}
    )
    assert since(before, Usage()) == Usage()
    assert since(Usage(), now) == now


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "proc/7").mkdir(parents=True)
    return tmp_path / "proc"


def test_the_group_of_a_process_of_version_one(tmp_path: Path, proc: Path) -> None:
    (tmp_path / "memory/docker/ab").mkdir(parents=True)
    (tmp_path / "cpu,cpuacct/docker/ab").mkdir(parents=True)
    (tmp_path / "pids").mkdir()
    (proc / "7/cgroup").write_text(
        "5:memory:/docker/ab\n4:cpu,cpuacct:/docker/ab\n3:pids:/\n0::/\n"
    )
    mounts = "".join(
        f"cgroup {tmp_path / name} cgroup rw,{name} 0 0\n"
        for name in ("memory", "cpu,cpuacct", "pids")
    )
    found = group_of_process(7, proc=proc, mounts=mounts)
    # Its group of pids is the root's: what that counts is everybody's.
    folders = {
        "memory": tmp_path / "memory/docker/ab",
        "cpu": tmp_path / "cpu,cpuacct/docker/ab",
        "cpuacct": tmp_path / "cpu,cpuacct/docker/ab",
    }
    assert found == Group(1, folders)
    assert group_of_process(7, named="ab", proc=proc, mounts=mounts) == found
    assert group_of_process(7, named="cd", proc=proc, mounts=mounts) is None


def test_the_group_of_a_process_of_version_two(tmp_path: Path, proc: Path) -> None:
    (tmp_path / "system.slice/docker-ab.scope").mkdir(parents=True)
    (proc / "7/cgroup").write_text("0::/system.slice/docker-ab.scope\n")
    mounts = f"proc /proc proc rw 0 0\ncgroup2 {tmp_path} cgroup2 rw 0 0\n"
    found = group_of_process(7, named="ab", proc=proc, mounts=mounts)
    assert found is not None
    assert found.version == 2
    assert set(found.folders.values()) == {tmp_path / "system.slice/docker-ab.scope"}


@pytest.mark.parametrize("path", ["/", "/../elsewhere", "/not/mounted/here"])
def test_a_group_that_cannot_be_seen_is_none(tmp_path: Path, proc: Path, path: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (proc / "7/cgroup").write_text(f"0::{path}\n")
    mounts = f"cgroup2 {tmp_path} cgroup2 rw 0 0\n"
    assert group_of_process(7, proc=proc, mounts=mounts) is None
    assert group_of_process(8, proc=proc, mounts=mounts) is None


def test_killing_takes_the_kernel_s_way_and_every_process(tmp_path: Path) -> None:
    running = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    (tmp_path / "cgroup.procs").write_text(f"{running.pid}\n")
    (tmp_path / "cgroup.kill").write_text("")
    group = Group(2, {"memory": tmp_path})
    assert group.pids() == {running.pid}
    group.kill()
    assert (tmp_path / "cgroup.kill").read_text() == "1"
    assert running.wait(timeout=10) == -9
    # The dead are no trouble.
    group.kill()


def test_removing_says_whether_it_is_gone(tmp_path: Path) -> None:
    group = Group(2, {"memory": tmp_path / "g"})
    assert group.remove()
    (tmp_path / "g").mkdir()
    (tmp_path / "g" / "busy").write_text("")
    assert not group.remove()
    (tmp_path / "g" / "busy").unlink()
    assert group.remove()


MEASURED = Usage(cpu_seconds=1.0, peak_memory_bytes=10, events={"pids": 1})
LAST = Usage(cpu_seconds=3.0, peak_memory_bytes=20, events={"memory_bytes": 1, "pids": 1})


@pytest.mark.parametrize(
    ("measured", "status", "asked_to_end", "told"),
    [
        # What collecting its files took is not the program's.
        (MEASURED, 0, False, MEASURED),
        (MEASURED, 1, False, MEASURED),
        # It had said that it was over, and was not.
        (MEASURED, 137, True, LAST),
        (None, 0, False, LAST),
        # Whatever killed it came later, and its times are as they were measured.
        (MEASURED, 137, False, Usage(cpu_seconds=1.0, peak_memory_bytes=10, events=LAST.events)),
    ],
)
def test_a_word_about_the_end_is_worth_what_the_end_confirms(
    measured: Usage | None, status: int, asked_to_end: bool, told: Usage
) -> None:
    assert at_end(measured, LAST, status=status, asked_to_end=asked_to_end) == told
