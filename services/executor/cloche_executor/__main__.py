"""``python -m cloche_executor``: run an executor until it is told to stop."""

import asyncio

from cloche_kit.preflight import Preflight
from cloche_kit.run import run, settle_memory
from cloche_kit.start import NotStarted, read_settings

from cloche_executor.app import connected, serve
from cloche_executor.sandbox import EngineUnavailable
from cloche_executor.settings import ExecutorSettings


def main() -> None:
    settings = read_settings("executor", ExecutorSettings)

    async def service(stop: asyncio.Event) -> None:
        if not await Preflight(settings, stop).nats():
            return
        async with connected(settings) as deps:
            settle_memory()
            try:
                await serve(deps, settings, stop)
            except EngineUnavailable as error:
                raise NotStarted(
                    "sandbox engine", f"CLOCHE_ENGINE is {settings.engine}: {error}"
                ) from error

    run("executor", settings, service)


if __name__ == "__main__":
    main()
