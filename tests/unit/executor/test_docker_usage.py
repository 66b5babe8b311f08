"""Measuring a container while its control group goes: piece by piece, in no order."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cloche_executor.engines.cgroup_usage import CONTROLLERS, Group
from cloche_executor.engines.docker_daemon import Daemon
from cloche_executor.engines.docker_usage import Meter
from cloche_executor.sandbox import Usage
from docker import APIClient

FILES = {
    "memory": {"memory.max_usage_in_bytes": "1000", "memory.oom_control": "oom_kill 1\n"},
    "pids": {"pids.events": "max 3\n"},
    "cpuacct": {"cpuacct.usage": "2000000000"},
    "cpu": {},
}


@pytest.fixture
def group(tmp_path: Path) -> Group:
    for controller, files in FILES.items():
        (tmp_path / controller).mkdir()
        for name, text in files.items():
            (tmp_path / controller / name).write_text(text)
    return Group(1, {name: tmp_path / name for name in CONTROLLERS})


@pytest.fixture
async def meter(group: Group, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Meter]:
    monkeypatch.setattr(
        "cloche_executor.engines.docker_usage.group_of_process", lambda *_, **__: group
    )
    daemon = Daemon(APIClient(base_url="tcp://127.0.0.1:1", version="1.41"), "", threads=1)
    meter = Meter(daemon, "container")
    meter.locate(1)
    yield meter
    meter.close()


@pytest.mark.parametrize("first", FILES)
async def test_what_is_gone_keeps_the_figure_that_it_had(
    group: Group, meter: Meter, first: str
) -> None:
    meter.look()
    known = Usage(cpu_seconds=2.0, peak_memory_bytes=1000, events={"memory_bytes": 1, "pids": 3})
    assert meter.last == known
    for name in (first, *(FILES.keys() - {first})):
        shutil.rmtree(group.folders[name])
        meter.look()
        assert meter.last == known


async def test_what_was_used_before_the_program_is_not_its(group: Group, meter: Meter) -> None:
    meter.begin()
    (group.folders["cpuacct"] / "cpuacct.usage").write_text("2500000000")
    (group.folders["pids"] / "pids.events").write_text("max 4\n")
    meter.look()
    assert meter.last.cpu_seconds == 0.5
    assert meter.last.events == {"memory_bytes": 0, "pids": 1}
