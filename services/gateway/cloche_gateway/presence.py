"""What this gateway says of itself, so that each of them can tell an operator of all."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from cloche_kit.bus import BusError
from cloche_kit.log import age
from cloche_kit.logs import get_logger
from cloche_kit.roll import Roll
from cloche_schemas.health import GatewayState, ServiceHealth

from cloche_gateway import __version__

# A third of the time after which it is forgotten.
SAY_SECONDS = 5.0
WITHDRAW_SECONDS = 0.5
_log = get_logger(__name__)


async def keep_saying(
    roll: Roll, instance: str, alarm: Callable[[], str | None], *, stop: asyncio.Event
) -> None:
    """Say it at the start and every few seconds until `stop`; then withdraw it."""
    while not stop.is_set():
        state = GatewayState(
            gateway=instance,
            version=__version__,
            alarm=alarm() or "",
            said_at=datetime.now(UTC),
        )
        try:
            await roll.announce(instance, msgspec.json.encode(state))
        except BusError as error:
            _log.debug("presence_not_said", error=str(error))
        try:
            async with asyncio.timeout(SAY_SECONDS):
                await stop.wait()
        except TimeoutError:
            continue
    try:
        async with asyncio.timeout(WITHDRAW_SECONDS):
            await roll.withdraw(instance)
    except (BusError, TimeoutError) as error:
        _log.debug("presence_not_withdrawn", error=str(error))


async def gateways(roll: Roll) -> list[GatewayState]:
    """Those that are there, by name. What cannot be read, such as a later version's, is left out."""
    found = []
    for data in await roll.there():
        try:
            found.append(msgspec.json.decode(data, type=GatewayState))
        except msgspec.DecodeError as error:
            _log.warning("gateway_unreadable", error=str(error))
    return sorted(found, key=lambda state: state.gateway)


def health_of(state: GatewayState) -> ServiceHealth:
    """Of another gateway, by what it said last."""
    return ServiceHealth(
        service="gateway",
        status="degraded" if state.alarm else "up",
        detail=state.alarm,
        instance=state.gateway,
        version=state.version,
        heard_at=state.said_at,
        silent_seconds=age(state.said_at),
    )
