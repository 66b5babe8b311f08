"""Makes what topology.py declares, once, however many services start together; and tells a loss from a first start.

The marker of a stream is read *before* the stream is looked for. So a marker without its stream means that the stream
was there and is gone, even while another service is making it for the first time.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from cloche_kit import jetstream_api as api
from cloche_kit.bus import Durable, StreamLost
from cloche_kit.connection import Connection
from cloche_kit.jetstream_api import ApiError, ConsumerInfo, StreamInfo
from cloche_kit.logs import get_logger
from cloche_kit.nats_answers import NoAnswer
from cloche_kit.nats_headers import header_block
from cloche_kit.settings import ServiceSettings
from cloche_kit.topology import EPOCHS, LEASES, consumer, durables, epochs, streams

RETRY_SECONDS = 0.2
UNAVAILABLE = 503
LOOKS = 3
LOOK_SECONDS = 0.3
_log = get_logger(__name__)


class Marker(Struct, frozen=True):
    """Which stream it was, and how far it had come at least."""

    epoch: str
    sequence: int = 0


class TopologyDiffersError(Exception):
    """A stream or durable exists and is set up in another way than ours. Somebody has to look at it."""


async def ensure(connection: Connection, settings: ServiceSettings) -> dict[str, str]:
    """Make every stream and durable that is missing; gives the epoch of each stream.

    Waits for a server without a leader. `StreamLost` if a stream that was there is gone, was made anew or went back.
    """
    while True:
        try:
            return await _ensure(connection, settings)
        except (NoAnswer, ApiError) as error:
            if isinstance(error, ApiError) and error.code != UNAVAILABLE:
                raise
            _log.warning("bus_not_ready", error=str(error))
            await asyncio.sleep(RETRY_SECONDS)


async def ensure_durable(connection: Connection, durable: Durable) -> None:
    """Make one durable, or let its ack wait be changed."""
    wanted = consumer(durable)
    await api.call(
        connection,
        f"CONSUMER.CREATE.{durable.stream}.{durable.name}.{durable.filter}",
        {"stream_name": durable.stream, "config": wanted, "action": ""},
        ConsumerInfo,
    )


async def check(connection: Connection, stream: str, known: Marker) -> StreamInfo:
    """The stream, if it is the one we know and has not gone back. `StreamLost` if it is not, look after look.

    One look is not enough: a leader that has just been elected may know less than the one before for a moment.
    """
    for look in range(LOOKS):
        if look:
            await asyncio.sleep(LOOK_SECONDS)
        info = await api.stream_info(connection, stream)
        if info is None:
            loss = f"{stream} is gone; its epoch was {known.epoch}"
        elif info.epoch != known.epoch:
            loss = f"{stream} was made anew: its epoch is {info.epoch}, was {known.epoch}"
        elif info.state.last_seq < known.sequence:
            loss = f"{stream} went back from {known.sequence} to {info.state.last_seq}"
        else:
            return info
    raise StreamLost(loss)


async def mark(connection: Connection, stream: str, marker: Marker) -> None:
    """Remember how far a stream has come. A moment's race between two services may only set it too low."""
    await _append_marker(connection, stream, marker, expected=None)


async def _ensure(connection: Connection, settings: ServiceSettings) -> dict[str, str]:
    await _create(connection, epochs(settings))
    made: dict[str, str] = {}
    for config in streams(settings):
        name = str(config["name"])
        marker = await _marker(connection, name)
        if marker is None:
            made[name] = await _first(connection, config)
        else:
            info = await check(connection, name, marker)
            made[name] = info.epoch
            await _grow(connection, config, info.config)
    for durable in durables(settings):
        if durable.stream == LEASES:
            await _mint(connection, durable)
        await ensure_durable(connection, durable)
    return made


async def _mint(connection: Connection, durable: Durable) -> None:
    """The only message of a lease, once for ever."""
    headers = {"Nats-Expected-Last-Subject-Sequence": "0"}
    _, data = await connection.request(
        durable.filter, b"", header_block(headers), timeout=api.REQUEST_SECONDS
    )
    ack = api.pub_ack(data)
    if ack.error is None or ack.error.err_code not in api.WRONG_LAST_SEQUENCE:
        api.raise_error(ack)


async def _first(connection: Connection, config: Mapping[str, Any]) -> str:
    """Make a stream that nobody has marked, and mark it; the first mark counts."""
    name = str(config["name"])
    info = await _create(connection, config)
    if not await _append_marker(connection, name, Marker(info.epoch), expected=0):
        marker = await _marker(connection, name)
        if marker is None:
            # In a cluster another mark keeps ours away as soon as it is proposed, and can be read once it is agreed on.
            raise NoAnswer("timeout", f"epochs.{name}")
        if marker.epoch != info.epoch:
            raise StreamLost(f"{name} was made anew while it was made: {info.epoch}, {marker}")
    return info.epoch


async def _create(connection: Connection, config: Mapping[str, Any]) -> StreamInfo:
    """Idempotent. A stream of that name that grew, or was made by a version with other settings, is taken as it is."""
    name = str(config["name"])
    try:
        return await api.call(connection, f"STREAM.CREATE.{name}", config, StreamInfo)
    except ApiError as error:
        if error.err_code != api.STREAM_NAME_IN_USE:
            raise
    info = await api.stream_info(connection, name)
    if info is None:
        raise NoAnswer("timeout", f"{name} comes and goes")
    await _grow(connection, config, info.config)
    return info


async def _grow(
    connection: Connection, wanted: Mapping[str, Any], found: Mapping[str, Any]
) -> None:
    """Update a stream whose declaration only grew; a smaller size is left as it is, anything else refused."""
    name = str(wanted["name"])
    grown: dict[str, Any] = {}
    for key, value in wanted.items():
        there = found.get(key)
        if _same(value, there):
            continue
        if key in {"max_bytes", "num_replicas"} and isinstance(there, int):
            if value > there:
                grown[key] = value
            else:
                _log.warning("stream_not_shrunk", stream=name, setting=key, is_=there, asked=value)
        elif key == "subjects" and set(value) < set(there or ()):
            # A newer version has been here, and may be again: what it added stays.
            _log.info("stream_is_newer", stream=name, setting=key)
        elif (key == "subjects" and set(value) >= set(there or ())) or key == "description":
            grown[key] = value
        else:
            raise TopologyDiffersError(f"{name}: {key} is {there!r}, should be {value!r}")
    if grown:
        _log.info("stream_grown", stream=name, settings=sorted(grown))
        await api.call(connection, f"STREAM.UPDATE.{name}", {**found, **grown}, StreamInfo)


def _same(wanted: Any, found: Any) -> bool:
    """Whether `found` has everything that was asked for; the server adds defaults of its own."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(_same(value, found.get(key)) for key, value in wanted.items())
    if isinstance(wanted, list) and isinstance(found, list):
        return len(wanted) == len(found) and all(map(_same, wanted, found))
    return bool(wanted == found) or (not wanted and not found)


async def _marker(connection: Connection, stream: str) -> Marker | None:
    stored = await api.message(connection, EPOCHS, {"last_by_subj": f"epochs.{stream}"})
    return None if stored is None else msgspec.json.decode(stored.data, type=Marker)


async def _append_marker(
    connection: Connection, stream: str, marker: Marker, *, expected: int | None
) -> bool:
    headers = {} if expected is None else {"Nats-Expected-Last-Subject-Sequence": str(expected)}
    _, data = await connection.request(
        f"epochs.{stream}",
        msgspec.json.encode(marker),
        header_block(headers) if headers else b"",
        timeout=api.REQUEST_SECONDS,
    )
    ack = api.pub_ack(data)
    if ack.error is not None and ack.error.err_code in api.WRONG_LAST_SEQUENCE:
        return False
    api.raise_error(ack)
    return True
