"""A job that one process has at a time: whoever holds the only message of a durable of LEASES.

The message is never acked. Its holder gives signs of life (lease.py); if it falls silent, the server hands the message
to the next one who asks. So the job is done by at most one process that is not paused, and by none for a moment after
a loss; what the job does must be harmless when a paused process does the last bit of it late.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from cloche_kit.bus import BusUnavailable, Delivery, Durable, EventBus, StreamLost
from cloche_kit.lease import Lease
from cloche_kit.logs import get_logger

PULL_SECONDS = 5.0
RETRY_SECONDS = 0.5
_log = get_logger(__name__)
Job = Callable[[Lease], Awaitable[None]]


async def lead(bus: EventBus, role: Durable, job: Job, *, stop: asyncio.Event) -> None:
    """Do `job` whenever the lease of `role` is ours, until `stop`; then pass it on. `StreamLost` if the log is gone.

    `job` gets the lease and is cancelled when it is lost or `stop` is set. If it ends or fails by `BusUnavailable`, it
    is begun again after a moment.
    """
    stopped = asyncio.create_task(stop.wait())
    try:
        while not stop.is_set():
            taking = asyncio.ensure_future(_take(bus, role))
            try:
                await asyncio.wait({taking, stopped}, return_when=asyncio.FIRST_COMPLETED)
                delivery = taking.result() if taking.done() else None
            finally:
                await _ended(taking)
            if delivery is not None:
                await _serve(delivery, role, job, stopped)
    finally:
        stopped.cancel()


async def _take(bus: EventBus, role: Durable) -> Delivery | None:
    try:
        found = await bus.pull(role, batch=1, wait=PULL_SECONDS)
    except StreamLost:
        raise
    except BusUnavailable as error:
        _log.debug("lease_not_asked_for", role=role.name, error=str(error))
        await asyncio.sleep(RETRY_SECONDS)
        return None
    return found[0] if found else None


async def _serve(
    delivery: Delivery, role: Durable, job: Job, stopped: "asyncio.Task[Literal[True]]"
) -> None:
    lease = Lease(delivery, role.ack_wait)
    keeping = asyncio.ensure_future(lease.keep(_nothing))
    working: asyncio.Future[None] = asyncio.ensure_future(job(lease))
    _log.info("leads", role=role.name)
    try:
        any_of: set[asyncio.Future[Any]] = {keeping, working, stopped}
        await asyncio.wait(any_of, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    except StreamLost:
        raise
    except BusUnavailable as error:
        _log.warning("leading_interrupted", role=role.name, error=str(error))
        await asyncio.sleep(RETRY_SECONDS)
    finally:
        await _ended(working, keeping)
        if lease.fresh:
            await _pass_on(delivery)
        _log.info("leads_no_more", role=role.name, lost=not lease.fresh)


async def _pass_on(delivery: Delivery) -> None:
    try:
        await delivery.nak()
    except BusUnavailable:
        # It is passed on when the ack wait is over.
        return


async def _nothing() -> None:
    return


async def _ended(*tasks: "asyncio.Future[None] | asyncio.Future[Delivery | None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
