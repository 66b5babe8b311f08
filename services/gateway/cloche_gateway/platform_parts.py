"""The parts of the platform's state, each made of what a look has found (probing.py)."""

from collections.abc import Iterable, Iterator

from cloche_kit.archive.index import Manifest
from cloche_kit.breaker import Breaker
from cloche_kit.log import age
from cloche_kit.progress import READ_MODELS
from cloche_kit.stream_facts import DurableFacts, StreamFacts
from cloche_kit.topology import LEASES
from cloche_schemas.health import (
    ConsumerHealth,
    EdgeHealth,
    EdgeName,
    JobHealth,
    ServiceHealth,
    StreamHealth,
)
from cloche_schemas.queue import ExecutorState

from cloche_gateway.presence import health_of
from cloche_gateway.probing import Look, Probe

#: Everybody who says something of itself does so every few seconds.
SILENT_SECONDS = 30.0
#: The bound of the alert ClocheLogNearlyFull.
NEARLY_FULL = 0.9
_LEASE = "lease-"
_GONE = "it is gone"


def edges(look: Look, breakers: Iterable[Breaker]) -> Iterator[EdgeHealth]:
    """The log, the read models and the store of objects."""
    states = {one.edge: one.state for one in breakers}
    probes: tuple[tuple[EdgeName, Probe[object]], ...] = (
        ("log", look.log),
        ("read_models", look.read_models),
        ("objects", look.objects),
    )
    for name, probe in probes:
        yield EdgeHealth(
            name=name,
            status="down" if probe.trouble else "up",
            detail=probe.trouble,
            latency_seconds=None if probe.trouble else probe.seconds,
            breaker=states.get(name),
        )


def services(look: Look, instance: str) -> Iterator[ServiceHealth]:
    """Everybody but the gateway `instance`, which is us, who was heard of, and whoever ought to have been."""
    others = look.gateways.value or ()
    yield from (health_of(one) for one in others if one.gateway != instance)
    yield from map(_executor, look.executors.value or ())
    if look.progress.value is not None:
        yield from _projector(look)
    if not look.objects.trouble:
        yield from _storage(look)


def jobs(look: Look) -> Iterator[JobHealth]:
    """What one gateway does at a time. Who does it holds the only message of its durable (lead.py)."""
    for one in look.durables:
        if one.stream == LEASES and not one.trouble:
            yield JobHealth(name=one.name.removeprefix(_LEASE), held=one.unacked > 0)


def streams(look: Look) -> Iterator[StreamHealth]:
    """Every declared stream."""
    for one in look.streams:
        detail = one.trouble or ("" if one.present else _GONE)
        yield StreamHealth(
            name=one.name,
            status="down" if detail else "degraded" if _weak(one) else "up",
            detail=detail or _weak(one),
            messages=one.messages,
            bytes=one.bytes,
            max_bytes=one.max_bytes or None,
            first_sequence=one.first,
            last_sequence=one.last,
            replicas=one.replicas,
            replicas_behind=one.replicas_behind,
            leader=one.leader,
        )


def consumers(look: Look) -> Iterator[ConsumerHealth]:
    """Every declared durable but those that are leases."""
    for one in look.durables:
        if one.stream != LEASES:
            yield _consumer(one)


def _consumer(one: DurableFacts) -> ConsumerHealth:
    detail = one.trouble or ("" if one.present else _GONE)
    return ConsumerHealth(
        stream=one.stream,
        name=one.name,
        status="down" if detail else "up",
        detail=detail,
        pending=one.pending,
        unacked=one.unacked,
        redelivered=one.redelivered,
        waiting_pulls=one.waiting,
        delivered_sequence=one.delivered,
        ack_floor_sequence=one.ack_floor,
        lag_seconds=None if detail else one.undelivered_seconds,
    )


def _weak(one: StreamFacts) -> str:
    if one.replicas_behind:
        return f"{one.replicas_behind} of {one.replicas} replicas are not current"
    if one.refuses_when_full and one.bytes > NEARLY_FULL * one.max_bytes > 0:
        return f"{one.bytes / one.max_bytes:.0%} of its room is in use"
    return ""


def _executor(one: ExecutorState) -> ServiceHealth:
    away = [engine.name for engine in one.engines if not engine.able]
    detail = f"these engines do not answer: {', '.join(away)}" if away else ""
    return ServiceHealth(
        service="executor",
        status="degraded" if away else "up",
        detail=detail or ("it takes nothing on any more" if one.draining else ""),
        instance=one.executor,
        version=one.version,
        heard_at=one.said_at,
        silent_seconds=age(one.said_at),
    )


def _projector(look: Look) -> Iterator[ServiceHealth]:
    """It says how far it is, from its first event on."""
    said = (look.progress.value or {}).get(READ_MODELS)
    if said is None:
        if look.log.value is not None and look.log.value.last:
            yield ServiceHealth(service="projector", status="down", detail="it was never heard of")
        return
    silent = age(said.at)
    quiet = silent > SILENT_SECONDS
    yield ServiceHealth(
        service="projector",
        status="down" if quiet else "up",
        detail=f"it has said nothing for {silent:.0f} s" if quiet else "",
        heard_at=said.at,
        silent_seconds=silent,
    )


def _storage(look: Look) -> Iterator[ServiceHealth]:
    """It writes the archive's manifest, which names it, several times within its lease."""
    if look.objects.value is None:
        if look.log.value is not None:
            yield ServiceHealth(service="storage", status="down", detail="it was never heard of")
        return
    info, manifest = look.objects.value
    silent = None if info.modified is None else age(info.modified)
    detail = _unwritten(manifest, silent)
    yield ServiceHealth(
        service="storage",
        status="down" if detail else "up",
        detail=detail,
        instance=manifest.writer,
        heard_at=info.modified,
        silent_seconds=silent,
    )


def _unwritten(manifest: Manifest, silent: float | None) -> str:
    if not manifest.writer:
        return "nobody writes the archive"
    if silent is not None and silent > SILENT_SECONDS:
        return f"it has written nothing for {silent:.0f} s"
    return ""
