"""What an engine may say that it enforces, by what the daemon and the kernel say of themselves."""

from pathlib import Path

import pytest
from cloche_executor.engines import bubblewrap_opening, docker_opening
from cloche_executor.engines.cgroups import Hierarchy
from cloche_executor.engines.docker_opening import enforces, gvisor_runtime, plain_runtime
from cloche_executor.sandbox import EngineUnavailable
from cloche_schemas.values import Limits

FULL = {"MemoryLimit": True, "SwapLimit": True, "CpuCfsQuota": True, "PidsLimit": True}


def test_a_daemon_enforces_what_its_kernel_can() -> None:
    assert enforces(FULL) == Limits.__struct_fields__
    without = {
        "memory_bytes": ("MemoryLimit", "SwapLimit"),
        "cpus": ("CpuCfsQuota",),
        "pids": ("PidsLimit",),
    }
    for limit, needs in without.items():
        for need in needs:
            lost = set(enforces(FULL)) - set(enforces(FULL | {need: False}))
            assert lost == {limit}, need
    assert set(enforces(FULL)) - set(enforces({})) == set(without)


def test_gvisor_limits_processes_itself() -> None:
    weak = docker_opening.facts("gvisor", "runsc", FULL | {"PidsLimit": False})
    assert "pids" in weak.enforced
    assert any(note.startswith("pids") for note in weak.shortfalls)
    assert "memory_bytes" not in docker_opening.facts("gvisor", "runsc", {}).enforced
    assert "pids" not in docker_opening.facts("docker", "runc", {}).enforced
    assert "kernel of its own" in weak.strength
    assert "shares the host's kernel" in docker_opening.facts("docker", "runc", FULL).strength


def test_each_engine_has_the_runtime_that_it_is_named_for() -> None:
    assert plain_runtime({}) == "runc"
    assert plain_runtime({"DefaultRuntime": "crun"}) == "crun"
    # gVisor as the daemon's default is still not what docker means.
    assert plain_runtime({"DefaultRuntime": "runsc"}) == "runc"
    assert gvisor_runtime({"Runtimes": {"runc": {}, "runsc": {"path": "/runsc"}}}) == "runsc"
    with pytest.raises(EngineUnavailable, match="no runtime runsc"):
        gvisor_runtime({"Runtimes": {"runc": {}}})


@pytest.mark.parametrize(
    ("words", "taken"),
    [
        (["--platform=ptrace"], True),
        (["--platform", "systrap", "--network=none"], True),
        (["--platform=kvm"], False),
        (["-platform", "kvm"], False),
        (["--debug", "--platform", "kvm"], False),
    ],
)
def test_gvisor_on_kvm_is_refused(words: list[str], taken: bool) -> None:
    info = {"Runtimes": {"runsc": {"path": "/runsc", "runtimeArgs": words}}}
    if taken:
        assert gvisor_runtime(info) == "runsc"
        return
    with pytest.raises(EngineUnavailable, match="kvm"):
        gvisor_runtime(info)


def test_bubblewrap_enforces_what_control_groups_can_and_says_what_holds_instead() -> None:
    places = dict.fromkeys(("memory", "pids", "cpu", "cpuacct"), Path("/x"))
    full = bubblewrap_opening.facts(Hierarchy(1, places), "")
    assert (full.enforced, full.shortfalls) == (Limits.__struct_fields__, ())
    poor = bubblewrap_opening.facts(None, "the kernel has none")
    lost = {"memory_bytes", "cpus", "cpu_seconds"}
    assert set(Limits.__struct_fields__) - set(poor.enforced) == lost
    for name in lost:
        assert any(note.startswith(name) for note in poor.shortfalls)
    assert "system calls are not filtered: the kernel has none" in poor.shortfalls
    assert "not filtered" in poor.strength
    del places["cpuacct"]
    assert "cpu_seconds" not in bubblewrap_opening.facts(Hierarchy(1, places), "").enforced
    assert "cpu_seconds" in bubblewrap_opening.facts(Hierarchy(2, places), "").enforced
