"""The header Prefer (RFC 7240): ``wait=N``. What else it says is ignored, as the RFC has it."""

import asyncio
import re
from collections.abc import Callable
from typing import Annotated

from cloche_schemas.subjects import Address
from fastapi import Depends, Header

from cloche_gateway.deps import Gateway
from cloche_gateway.frames import Frame
from cloche_gateway.reading import Known, find

#: Nobody is kept waiting for longer; proxies on the way seldom wait for more.
MOST_SECONDS = 60
_WAIT = re.compile(r'wait\s*=\s*"?(\d{1,6})"?', re.IGNORECASE)
_OUTPUT = frozenset({"output-chunk", "case-completed"})


async def _wait(
    prefer: Annotated[
        list[str] | None,
        Header(
            alias="Prefer",
            description=f"wait=N: answer when it is over, or after N seconds, at most {MOST_SECONDS} (RFC 7240)",
        ),
    ] = None,
) -> int:
    for preference in ",".join(prefer or ()).split(","):
        if match := _WAIT.fullmatch(preference.partition(";")[0].strip()):
            return min(int(match[1]), MOST_SECONDS)
    return 0


#: Seconds that the client would wait for; 0: it does not.
TheWait = Annotated[int, Depends(_wait)]


def applied(wait: int) -> dict[str, str]:
    """Headers of an answer that was waited for."""
    return {"Preference-Applied": f"wait={wait}"} if wait else {}


async def waited_for(
    gateway: Gateway, address: Address, enough: Callable[[Known], bool], seconds: float
) -> Known:
    """The evaluation as soon as it is `enough`; as it is, after `seconds` or when the gateway stops.

    Raises what `find` raises, and `BusError` if the log cannot be followed.
    """
    known = await find(gateway.deps, address)
    if enough(known) or not seconds:
        return known
    until = asyncio.get_running_loop().time() + seconds
    async with gateway.feed.watch(address.prefix, _lifecycle) as watcher:
        # What came before the watcher was there is on the log by now.
        while not enough(known := await find(gateway.deps, address)):
            left = until - asyncio.get_running_loop().time()
            coming = asyncio.ensure_future(watcher.take())
            stopping = asyncio.ensure_future(gateway.stop.wait())
            try:
                await asyncio.wait(
                    {coming, stopping}, timeout=left, return_when=asyncio.FIRST_COMPLETED
                )
                if not coming.done() or watcher.broken():
                    break
            finally:
                coming.cancel()
                stopping.cancel()
            watcher.recover()
    return known


def _lifecycle(frame: Frame) -> bool:
    return frame.name not in _OUTPUT
