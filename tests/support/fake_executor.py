"""A whole executor process whose engine is in memory: its programs last as many seconds as their source says."""

import asyncio
import os
from pathlib import Path

from cloche_executor.app import Deps, serve
from cloche_executor.engines.choose import Choice, Wanted
from cloche_executor.sandbox import Job
from cloche_executor.settings import ExecutorSettings
from cloche_kit.jetstream import open_bus
from cloche_kit.log import EventLog
from cloche_kit.run import run
from cloche_kit.telemetry import configure
from support.executor_process import ExecutorProcess
from support.fake_engine import FakeEngine, Write


class FakeExecutorProcess(ExecutorProcess):
    """`ExecutorProcess` with this engine."""

    MODULE = "support.fake_executor"

    def __init__(
        self, folder: Path, nats_url: str, through: tuple[str, ...] = (), /, **environment: str
    ) -> None:
        path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
        super().__init__(folder, nats_url, through, PYTHONPATH=path, **environment)


async def _last(job: Job, write: Write) -> int:
    await write("stdout", b"begun")
    await asyncio.sleep(float(job.files[0].content))
    await write("stdout", b" and done")
    return 0


async def _choose(_: Wanted) -> Choice:
    return Choice((FakeEngine(_last),))


def _main() -> None:
    settings = ExecutorSettings(warm_least=0, warm_most=0)

    async def service(stop: asyncio.Event) -> None:
        telemetry = configure("executor", instance=settings.instance)
        async with open_bus(settings, name="executor") as bus:
            log = EventLog(bus, telemetry, instance=settings.instance)
            await serve(Deps(bus, log, telemetry, _choose), settings, stop)

    run("executor", settings, service)


if __name__ == "__main__":
    _main()
