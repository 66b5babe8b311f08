"""``python -m cloche_storage``."""

import asyncio

from cloche_kit.run import run

from cloche_storage.app import connected, serve
from cloche_storage.settings import StorageSettings


def main() -> None:
    settings = StorageSettings()

    async def service(stop: asyncio.Event) -> None:
        async with connected(settings) as deps:
            await serve(deps, settings, stop)

    run("storage", settings, service)


if __name__ == "__main__":
    main()
