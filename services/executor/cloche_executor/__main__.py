"""``python -m cloche_executor``: run an executor until it is told to stop."""

import asyncio

from cloche_kit.run import run, settle_memory

from cloche_executor.app import connected, serve
from cloche_executor.settings import ExecutorSettings


def main() -> None:
    settings = ExecutorSettings()

    async def service(stop: asyncio.Event) -> None:
        async with connected(settings) as deps:
            settle_memory()
            await serve(deps, settings, stop)

    run("executor", settings, service)


if __name__ == "__main__":
    main()
