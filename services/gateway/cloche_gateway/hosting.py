"""What every gateway does beside answering: follows the logs of keys and schedules, queues what comes next, and takes
its turn at the jobs that one gateway has at a time.

None of it ends the process. A stream that is lost is an alarm (`health`): what is known is still answered, and the rest
is for a human.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from cloche_kit.bus import BusError, StreamLost
from cloche_kit.health import Health
from cloche_kit.logs import get_logger
from prometheus_client import Counter

from cloche_gateway.admission import TenantCaps
from cloche_gateway.deps import Gateway
from cloche_gateway.dispatcher import dispatch
from cloche_gateway.gauges import keep_measuring
from cloche_gateway.presence import keep_saying
from cloche_gateway.scheduler import Backoff, schedule
from cloche_gateway.schedules_keeper import keep

FOLLOW_SECONDS = 0.5
PASS_ON_SECONDS = 1.0
AGAIN_SECONDS = 1.0
BROKEN = Counter("cloche_gateway_jobs_broken", "Jobs beside answering that broke", ["role"])
_log = get_logger(__name__)


@asynccontextmanager
async def hosted(gateway: Gateway, health: Health) -> AsyncIterator[None]:
    """Do all of it while inside. Setting the gateway's `stop` lets jobs be passed on before they are cancelled."""
    deps, settings, stop = gateway.deps, gateway.settings, gateway.stop
    keyring, book, admission = gateway.keyring, gateway.schedules, gateway.admission
    backoff = Backoff(settings.retry_base_seconds, settings.retry_cap_seconds)
    jobs: dict[str, Callable[[], Awaitable[None]]] = {
        "scheduler": lambda: schedule(deps, backoff, stop=stop),
        "dispatcher": lambda: dispatch(deps.bus, TenantCaps(keyring, settings), stop=stop),
        "gauges": lambda: keep_measuring(deps, stop=stop),
        "presence": lambda: keep_saying(
            deps.bus.gateways, settings.instance, lambda: health.alarm, stop=stop
        ),
        "schedules": lambda: keep(deps, book, settings, admission, stop=stop),
    }
    for name in jobs:
        BROKEN.labels(name)
    doing = {asyncio.create_task(_guarded(name, job, health)) for name, job in jobs.items()}
    learning = {
        asyncio.create_task(_learn(keyring.follow, "the access log", health)),
        asyncio.create_task(_learn(book.follow, "the log of schedules", health)),
        asyncio.create_task(_learn(gateway.key_uses.follow, "the log of key uses", health)),
        asyncio.create_task(gateway.overload.watch()),
    }
    try:
        yield
    finally:
        if stop.is_set():
            # Who leads passes it on; else the next one would wait for the lease to run out.
            await asyncio.wait(doing, timeout=PASS_ON_SECONDS)
        for task in doing | learning:
            task.cancel()
        await asyncio.wait(doing | learning)
        await gateway.limiter.close()
        await gateway.key_uses.close()
        # The requests have been answered by now; what they did is still written down.
        await gateway.audit.close(PASS_ON_SECONDS)


async def _guarded(name: str, job: Callable[[], Awaitable[None]], health: Health) -> None:
    """Do the job until it ends, or its stream is lost. One that breaks is begun again: others depend on it."""
    while True:
        try:
            await job()
        except StreamLost as error:
            health.alarm = f"the log is gone: {error}"
            _log.exception("job_stopped", job=name)
            return
        except Exception:
            _log.exception("job_broke", job=name)
            BROKEN.labels(name).inc()
            await asyncio.sleep(AGAIN_SECONDS)
        else:
            return


async def _learn(follow: Callable[[], Awaitable[None]], log: str, health: Health) -> None:
    while True:
        try:
            await follow()
        except StreamLost as error:
            # What is known stays good; that nothing new will be is for a human.
            health.alarm = f"{log} is gone: {error}"
            _log.exception("follower_stopped", log=log)
            return
        except BusError as error:
            _log.warning("follower_waits", log=log, error=str(error))
            await asyncio.sleep(FOLLOW_SECONDS)
