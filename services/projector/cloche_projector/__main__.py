"""``python -m cloche_projector``."""

import asyncio

from cloche_kit.run import run

from cloche_projector.app import connected, serve
from cloche_projector.settings import ProjectorSettings


def main() -> None:
    settings = ProjectorSettings()

    async def service(stop: asyncio.Event) -> None:
        async with connected(settings) as deps:
            await serve(deps, settings, stop)

    run("projector", settings, service)


if __name__ == "__main__":
    main()
