"""``python -m cloche_gateway``: the gateway as a process."""

import asyncio

from cloche_kit.preflight import Preflight
from cloche_kit.run import run
from cloche_kit.start import read_settings

from cloche_gateway.app import connected, serve
from cloche_gateway.settings import GatewaySettings
from cloche_gateway.starting import schema_problem, weak_key


def main() -> None:
    settings = read_settings("gateway", GatewaySettings, weak_key)

    async def service(stop: asyncio.Event) -> None:
        preflight = Preflight(settings, stop)
        if not await preflight.nats():
            return
        async with connected(settings) as deps:
            if await preflight.objects(deps.objects, settings) and await preflight.check(
                "PostgreSQL", lambda: schema_problem(settings)
            ):
                await serve(deps, settings, stop)

    run("gateway", settings, service)


if __name__ == "__main__":
    main()
