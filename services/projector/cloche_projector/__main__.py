"""``python -m cloche_projector``."""

import asyncio

from cloche_kit.preflight import Preflight
from cloche_kit.run import run
from cloche_kit.start import read_settings

from cloche_projector.app import connected, serve
from cloche_projector.connections import trouble
from cloche_projector.settings import ProjectorSettings


def main() -> None:
    settings = read_settings("projector", ProjectorSettings)
    dsn = settings.postgres_dsn.get_secret_value()

    async def service(stop: asyncio.Event) -> None:
        preflight = Preflight(settings, stop)
        if await preflight.nats() and await preflight.check("PostgreSQL", lambda: trouble(dsn)):
            async with connected(settings) as deps:
                await serve(deps, settings, stop)

    run("projector", settings, service)


if __name__ == "__main__":
    main()
