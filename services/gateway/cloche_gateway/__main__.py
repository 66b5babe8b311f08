"""``python -m cloche_gateway``: the gateway as a process."""

import asyncio

from cloche_kit.run import run

from cloche_gateway.app import connected, serve
from cloche_gateway.settings import GatewaySettings


def main() -> None:
    settings = GatewaySettings()

    async def service(stop: asyncio.Event) -> None:
        async with connected(settings) as deps:
            await serve(deps, settings, stop)

    run("gateway", settings, service)


if __name__ == "__main__":
    main()
