"""One look at everything behind a gateway: each call within its time, and what fails is a value with a reason."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from cloche_kit.archive.index import Manifest, decode_manifest, manifest_key
from cloche_kit.breaker import Tripped
from cloche_kit.bus import StreamState
from cloche_kit.log import lag_behind
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectInfo
from cloche_kit.progress import Progress
from cloche_kit.stream_facts import DurableFacts, StreamFacts
from cloche_kit.topology import EVALUATIONS
from cloche_schemas.health import GatewayState
from cloche_schemas.projections import ProjectionView
from cloche_schemas.queue import ExecutorState
from msgspec import Struct

from cloche_gateway.deps import Deps
from cloche_gateway.dispatcher import executors
from cloche_gateway.presence import gateways

PROBE_SECONDS = 2.0
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_log = get_logger(__name__)


class Probe(Struct, Generic[T_co], frozen=True):
    """What a call gave after `seconds`; None and a reason in `trouble` if it failed or was too slow."""

    value: T_co | None
    seconds: float
    trouble: str = ""


#: The archive's manifest with what the store says of it; None where nothing is archived of this log.
Archived = tuple[ObjectInfo, Manifest] | None


class Look(Struct, frozen=True, kw_only=True):
    """Everything that was found. `streams` and `durables` are empty where the log does not answer."""

    log: Probe[StreamState]
    read_models: Probe[list[ProjectionView]]
    objects: Probe[Archived]
    executors: Probe[list[ExecutorState]]
    gateways: Probe[list[GatewayState]]
    progress: Probe[dict[str, Progress]]
    streams: Sequence[StreamFacts] = ()
    durables: Sequence[DurableFacts] = ()


async def probe(what: str, call: Callable[[], Awaitable[T]]) -> Probe[T]:
    """One call. Its error goes to our log: of what is behind us a client is told the kind alone."""
    begun = time.monotonic()
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            value = await call()
    except Exception as error:
        seconds = time.monotonic() - begun
        _log.warning("probe_failed", edge=what, error=f"{type(error).__name__}: {error}")
        return Probe(None, seconds, _reason(error))
    return Probe(value, time.monotonic() - begun)


async def look(deps: Deps) -> Look:
    """At everything, at once; twice `PROBE_SECONDS` at most."""
    bus, models, topology = deps.bus, deps.read_models, deps.topology
    log = asyncio.create_task(probe("log", bus.state))

    async def objects() -> Probe[Archived]:
        state = (await log).value
        return await probe("objects", lambda: _archived(deps, state.epoch if state else "unknown"))

    async def topologies() -> tuple[Sequence[StreamFacts], Sequence[DurableFacts]]:
        if topology is None or (await log).value is None:
            return (), ()
        both = await probe("log", lambda: asyncio.gather(topology.streams(), topology.durables()))
        return both.value or ((), ())

    found = await asyncio.gather(
        log,
        objects(),
        topologies(),
        probe("read_models", models.projections.all),
        asyncio.gather(
            probe("log", lambda: executors(bus)), probe("log", lambda: gateways(bus.gateways))
        ),
        probe("log", bus.progress.said),
    )
    state, archived, (streams, durables), projections, (there, others), said = found
    return Look(
        log=state,
        read_models=projections,
        objects=archived,
        executors=there,
        gateways=others,
        progress=said,
        streams=streams,
        durables=durables,
    )


async def lag(deps: Deps, sequence: int) -> tuple[int, float] | None:
    """Messages beyond `sequence` and the age of the first; None if the log does not say."""
    return (await probe("log", lambda: lag_behind(deps.bus, sequence))).value


async def _archived(deps: Deps, epoch: str) -> Archived:
    found = await deps.objects.get(manifest_key(EVALUATIONS, epoch))
    return None if found is None else (found[0], decode_manifest(found[1]))


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {PROBE_SECONDS:g} s"
    if isinstance(error, Tripped):
        return "it has fallen silent, and is not asked for a moment"
    return f"it does not answer as it should ({type(error.__cause__ or error).__name__})"
