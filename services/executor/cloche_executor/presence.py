"""What this executor says of itself, so that the queue knows how many slots there are and the API who works."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

import msgspec
from cloche_kit.bus import BusError
from cloche_kit.logs import get_logger
from cloche_kit.roll import Roll
from cloche_schemas.queue import EngineState, ExecutorState

from cloche_executor.settings import Terms
from cloche_executor.stations import Stations

# A third of the time after which it is forgotten.
SAY_SECONDS = 5.0
WITHDRAW_SECONDS = 0.5
_log = get_logger(__name__)


class Presence:
    """Says it at the start, every few seconds, and once more when it drains; then withdraws it."""

    def __init__(
        self, roll: Roll, stations: Stations, terms: Terms, busy: Callable[[], int]
    ) -> None:
        self._roll = roll
        self._stations = stations
        self._terms = terms
        self._busy = busy
        self._began = datetime.now(UTC)
        self._draining = False

    async def keep(self) -> None:
        """Say it again and again, for ever."""
        while True:
            await self._say()
            await asyncio.sleep(SAY_SECONDS)

    async def drain(self) -> None:
        """Nothing is taken on any more: others need not wait for these slots."""
        self._draining = True
        await self._say()

    async def withdraw(self) -> None:
        try:
            async with asyncio.timeout(WITHDRAW_SECONDS):
                await self._roll.withdraw(self._terms.executor)
        except (BusError, TimeoutError) as error:
            _log.debug("presence_not_withdrawn", error=str(error))

    async def _say(self) -> None:
        takes = () if self._draining else tuple(await self._stations.choices())
        state = ExecutorState(
            executor=self._terms.executor,
            version=_version(),
            slots=self._terms.slots,
            busy=self._busy(),
            draining=self._draining,
            takes=takes,
            engines=tuple(
                EngineState(
                    name=station.name,
                    runtime=station.facts.runtime,
                    strength=station.facts.strength,
                    able=station.name in takes or self._draining,
                )
                for station in self._stations.all
            ),
            started_at=self._began,
            said_at=datetime.now(UTC),
        )
        try:
            await self._roll.announce(self._terms.executor, msgspec.json.encode(state))
        except BusError as error:
            _log.debug("presence_not_said", error=str(error))


def _version() -> str:
    try:
        return version("cloche-executor")
    except PackageNotFoundError:
        return ""
