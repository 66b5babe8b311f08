"""``python -m support.noop_executor``: an executor whole but for its engine, which makes no sandbox.

What it is given as code is not Python: a line ``hold <seconds>`` waits, ``say <words>`` writes, and anything else does
nothing. So the queue and the executor's protocol can be tried, and measured, without what programs cost.
"""

import asyncio

from cloche_executor.app import connected, serve
from cloche_executor.engines.choose import Choice, Wanted
from cloche_executor.sandbox import Job, Mould
from cloche_executor.settings import ExecutorSettings
from cloche_kit.run import run, settle_memory
from msgspec.structs import replace
from support.fake_engine import FakeEngine, FakePrepared, Write


async def follow(job: Job, write: Write) -> int:
    """Do what the lines say."""
    for line in job.files[0].content.decode().splitlines():
        word, _, rest = line.partition(" ")
        if word == "hold":
            await asyncio.sleep(float(rest))
        elif word == "say":
            await write("stdout", f"{rest}\n".encode())
    return 0


class NoopEngine(FakeEngine):
    """Remembers nothing of what it ran, however long it runs."""

    async def prepare(self, mould: Mould) -> FakePrepared:
        self.prepared.clear()
        self.started.clear()
        return await super().prepare(mould)


async def only(_: Wanted) -> Choice:
    return Choice((NoopEngine(follow),))


def main() -> None:
    settings = ExecutorSettings()

    async def service(stop: asyncio.Event) -> None:
        async with connected(settings) as deps:
            settle_memory()
            await serve(replace(deps, choose=only), settings, stop)

    run("executor", settings, service)


if __name__ == "__main__":
    main()
