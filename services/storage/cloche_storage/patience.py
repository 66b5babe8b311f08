"""Waiting for a store that is away: nothing is lost meanwhile, because the log keeps what was not archived."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cloche_kit.bus import BusUnavailable
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectsUnavailable

R = TypeVar("R")
FIRST_SECONDS = 0.1
MOST_SECONDS = 5.0
AWAY = (ObjectsUnavailable, BusUnavailable)

log = get_logger(__name__)


async def patiently(call: Callable[[], Awaitable[R]]) -> R:
    """What `call` gives once the store and the log answer, however long that takes. It must be idempotent."""
    wait = FIRST_SECONDS
    while True:
        try:
            return await call()
        except AWAY as error:
            log.warning("waiting", error=f"{type(error).__name__}: {error}", retry_in=wait)
        await asyncio.sleep(wait)
        wait = min(wait * 2, MOST_SECONDS)
