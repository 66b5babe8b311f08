"""Control groups of both versions, in folders that look like the kernel's."""

import os
from pathlib import Path

import pytest
from cloche_executor.engines.cgroups import Group, Hierarchy, Usage, discover
from cloche_schemas.values import Limits

LIMITS = Limits(memory_bytes=64 << 20, pids=10, cpus=0.5)


def mounts_of(*lines: tuple[Path, str, str]) -> str:
    return "".join(f"cgroup {path} {kind} {options} 0 0\n" for path, kind, options in lines)


@pytest.fixture
def first(tmp_path: Path) -> str:
    """Mounts of version 1, cpu and cpuacct together as on many systems."""
    lines = []
    for folder, options in (
        ("memory", "rw,memory"),
        ("pids", "rw,pids"),
        ("cpu", "rw,cpu,cpuacct"),
    ):
        (tmp_path / folder / "own").mkdir(parents=True)
        lines.append((tmp_path / folder, "cgroup", options))
    return mounts_of(*lines, (tmp_path / "other", "tmpfs", "rw"))


def test_version_one_is_found_below_our_own_group_of_each_controller(
    tmp_path: Path, first: str
) -> None:
    found = discover(first, "5:memory:/own\n4:pids:/gone\n3:cpu,cpuacct:/\n")
    assert found is not None
    assert found.version == 1
    assert found.bases == {
        "memory": tmp_path / "memory/own",
        "pids": tmp_path / "pids",
        "cpu": tmp_path / "cpu",
        "cpuacct": tmp_path / "cpu",
    }


def test_version_one_gets_its_limits_and_tells_its_usage(tmp_path: Path, first: str) -> None:
    found = discover(first, "5:memory:/\n4:pids:/\n3:cpu,cpuacct:/\n")
    assert found is not None
    group = found.create("cloche-1", LIMITS, extra_pids=1)

    def file(controller: str, name: str) -> Path:
        return tmp_path / controller / "cloche-1" / name

    assert file("memory", "memory.limit_in_bytes").read_text() == str(64 << 20)
    assert file("memory", "memory.memsw.limit_in_bytes").read_text() == str(64 << 20)
    assert file("pids", "pids.max").read_text() == "11"
    assert file("cpu", "cpu.cfs_quota_us").read_text() == "50000"
    group.add([os.getpid()])
    assert file("pids", "cgroup.procs").read_text() == str(os.getpid())
    assert group.usage() == Usage()
    file("cpu", "cpuacct.usage").write_text("1500000000\n")
    file("memory", "memory.max_usage_in_bytes").write_text("4096\n")
    file("memory", "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
    assert group.usage() == Usage(1.5, 4096, 2)


@pytest.fixture
def second(tmp_path: Path) -> str:
    own = tmp_path / "user.slice/session"
    own.mkdir(parents=True)
    (own.parent / "cgroup.controllers").write_text("cpu io memory pids\n")
    (own.parent / "cgroup.subtree_control").write_text("memory pids\n")
    return mounts_of((tmp_path, "cgroup2", "rw"))


def test_version_two_makes_siblings_of_our_own_group(tmp_path: Path, second: str) -> None:
    found = discover(second, "0::/user.slice/session\n")
    assert found is not None
    assert (found.version, set(found.bases.values())) == (2, {tmp_path / "user.slice"})
    assert found.controllers == {"memory", "pids", "cpu"}
    # What was not handed on before is now.
    assert (tmp_path / "user.slice/cgroup.subtree_control").read_text() == "+cpu"


def test_version_two_gets_its_limits_and_tells_its_usage(tmp_path: Path) -> None:
    base = tmp_path
    hierarchy = Hierarchy(2, {"memory": base, "pids": base, "cpu": base})
    group = hierarchy.create("cloche-2", LIMITS, extra_pids=1)
    folder = base / "cloche-2"
    written = {path.name: path.read_text() for path in folder.iterdir()}
    assert written == {
        "memory.max": str(64 << 20),
        "memory.swap.max": "0",
        "pids.max": "11",
        "cpu.max": "50000 100000",
    }
    (folder / "cpu.stat").write_text("usage_usec 250000\nuser_usec 1\n")
    (folder / "memory.peak").write_text("8192\n")
    (folder / "memory.events").write_text("low 0\noom 1\noom_kill 1\n")
    assert group.usage() == Usage(0.25, 8192, 1)


def test_without_a_place_to_make_groups_there_is_none(tmp_path: Path) -> None:
    assert discover("", "0::/\n") is None
    assert discover(mounts_of((tmp_path / "none", "cgroup2", "rw")), "0::/\n") is None
    assert discover(mounts_of((tmp_path / "none", "cgroup", "rw,memory")), "1:memory:/\n") is None


def test_a_group_that_cannot_be_limited_is_not_left_behind(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    (blocked / "cloche-3").mkdir()
    (blocked / "cloche-3" / "memory.max").mkdir()
    with pytest.raises(OSError, match=r"memory\.max"):
        Hierarchy(2, {"memory": blocked}).create("cloche-3", LIMITS, extra_pids=1)


def test_groups_of_executors_that_are_gone_are_swept(tmp_path: Path) -> None:
    for name in ("cloche-999999999-0-a", f"cloche-{os.getpid()}-0-b", "other-1", "cloche-x"):
        (tmp_path / name).mkdir()
    Hierarchy(2, {"memory": tmp_path}).sweep()
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {f"cloche-{os.getpid()}-0-b", "other-1", "cloche-x"}


def test_removing_says_whether_it_is_gone(tmp_path: Path) -> None:
    group = Group(2, {"memory": tmp_path / "g"})
    assert group.remove()
    (tmp_path / "g").mkdir()
    (tmp_path / "g" / "busy").write_text("")
    assert not group.remove()
    (tmp_path / "g" / "busy").unlink()
    assert group.remove()
