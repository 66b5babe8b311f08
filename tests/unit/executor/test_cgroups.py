"""Control groups of both versions, in folders that look like the kernel's."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cloche_executor.engines.cgroups import Hierarchy, discover
from cloche_executor.engines.owner import Owner, this_process
from cloche_executor.sandbox import Usage, mould_of
from cloche_schemas.values import Limits

MOULD = mould_of("python", Limits(memory_bytes=64 << 20, pids=10, cpus=0.5))


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
    assert found.measures_cpu
    assert not Hierarchy(1, {"memory": tmp_path}).measures_cpu
    assert Hierarchy(2, {"memory": tmp_path}).measures_cpu


def test_version_one_gets_its_limits(tmp_path: Path, first: str) -> None:
    found = discover(first, "5:memory:/\n4:pids:/\n3:cpu,cpuacct:/\n")
    assert found is not None
    group = found.create(MOULD, extra_pids=2)

    def text(controller: str, name: str) -> str:
        return (group.folders[controller] / name).read_text()

    assert group.folders["memory"].parent == tmp_path / "memory"
    assert text("memory", "memory.limit_in_bytes") == str(64 << 20)
    assert text("memory", "memory.memsw.limit_in_bytes") == str(64 << 20)
    assert text("pids", "pids.max") == "12"
    assert text("cpu", "cpu.cfs_quota_us") == "50000"
    group.add([os.getpid()])
    assert text("pids", "cgroup.procs") == str(os.getpid())
    assert group.usage() == Usage()


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


def test_version_two_gets_its_limits(tmp_path: Path) -> None:
    hierarchy = Hierarchy(2, {"memory": tmp_path, "pids": tmp_path, "cpu": tmp_path})
    group = hierarchy.create(MOULD, extra_pids=2)
    (folder,) = set(group.folders.values())
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "memory.max": str(64 << 20),
        "memory.swap.max": "0",
        "pids.max": "12",
        "cpu.max": "50000 100000",
    }


def test_every_group_is_a_new_one_and_says_whose_it_is(tmp_path: Path) -> None:
    hierarchy = Hierarchy(2, {"memory": tmp_path})
    names = {hierarchy.create(MOULD, extra_pids=0).folders["memory"].name for _ in range(3)}
    assert len(names) == 3
    assert all(name.startswith(f"cloche-{this_process()}-") for name in names)


def test_without_a_place_to_make_groups_there_is_none(tmp_path: Path) -> None:
    assert discover("", "0::/\n") is None
    assert discover(mounts_of((tmp_path / "none", "cgroup2", "rw")), "0::/\n") is None
    assert discover(mounts_of((tmp_path / "none", "cgroup", "rw,memory")), "1:memory:/\n") is None


def test_a_group_that_cannot_be_limited_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Path.write_text

    def refuse(path: Path, text: str) -> int:
        if path.name == "memory.max":
            raise PermissionError(13, "refused", str(path))
        return written(path, text)

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(OSError, match=r"memory\.max"):
        Hierarchy(2, {"memory": tmp_path}).create(MOULD, extra_pids=1)
    assert list(tmp_path.iterdir()) == []


def test_groups_of_executors_that_are_gone_are_swept_and_no_others(tmp_path: Path) -> None:
    ours = this_process()
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    # The second had our number before us; the third is of another container, where it may live.
    gone = [Owner(ours.namespace, dead.pid, 1), Owner(ours.namespace, ours.pid, ours.started - 1)]
    kept = [ours, Owner(ours.namespace + 1, dead.pid, 1)]
    for owner in (*gone, *kept):
        (tmp_path / f"cloche-{owner}-ab").mkdir()
    for name in ("other-1", "cloche-x", "cloche-1-2"):
        (tmp_path / name).mkdir()
    assert Hierarchy(2, {"memory": tmp_path}).sweep() == len(gone)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*(f"cloche-{owner}-ab" for owner in kept), "other-1", "cloche-x", "cloche-1-2"}


def test_what_still_runs_in_a_group_of_a_dead_executor_is_killed(tmp_path: Path) -> None:
    running = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    ours = this_process()
    folder = tmp_path / f"cloche-{Owner(ours.namespace, ours.pid, ours.started - 1)}-ab"
    folder.mkdir()
    (folder / "cgroup.procs").write_text(f"{running.pid}\n")
    Hierarchy(1, {"pids": tmp_path}).sweep()
    assert running.wait(timeout=10) == -9
