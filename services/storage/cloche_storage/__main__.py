"""``python -m cloche_storage``."""

import asyncio

from cloche_kit.archive.signing import BadKey
from cloche_kit.preflight import Preflight
from cloche_kit.run import run
from cloche_kit.start import NotStarted, read_settings

from cloche_storage.app import connected, serve
from cloche_storage.settings import StorageSettings


def main() -> None:
    settings = read_settings("storage", StorageSettings)

    async def service(stop: asyncio.Event) -> None:
        preflight = Preflight(settings, stop)
        if not await preflight.nats():
            return
        try:
            async with connected(settings) as deps:
                if await preflight.objects(deps.objects, settings):
                    await serve(deps, settings, stop)
        except BadKey as error:
            raise NotStarted("archive", str(error)) from error

    run("storage", settings, service)


if __name__ == "__main__":
    main()
