"""JetStream's request API, as far as the bus needs it: answers as Structs, errors as `ApiError`.

https://docs.nats.io/reference/reference-protocols/nats_api_reference. Every request has a time-out.
"""

import asyncio
import base64
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from cloche_kit.bus import BusUnavailable, LogFull, Stored, StreamState
from cloche_kit.connection import Connection
from cloche_kit.nats_answers import NoAnswer
from cloche_kit.nats_headers import parse_headers, status_of

REQUEST_SECONDS = 2.0
DIRECT_BATCH = 256
T = TypeVar("T")

STREAM_NOT_FOUND = 10059
CONSUMER_NOT_FOUND = 10014
NO_MESSAGE = 10037
# Deleted before: by its number, or because nothing was ever there.
NO_SUCH_SEQUENCE = frozenset({10037, 10043, 10057})
STREAM_NAME_IN_USE = 10058
WRONG_LAST_SEQUENCE = frozenset({10071, 10164})
DUPLICATE_IN_PROCESS = 10158
LOG_FULL = 10077
# A batch of which the server lost a part (a restart, another leader), of which an id is being stored, or one too many.
BATCH_AGAIN = frozenset({DUPLICATE_IN_PROCESS, 10176, 10210, 10211})


class ApiError(BusUnavailable):
    """JetStream refused a request. `err_code` says what for (``errors.json`` of nats-server)."""

    def __init__(self, code: int, err_code: int, description: str) -> None:
        super().__init__(f"{description} (code {code}, err_code {err_code})")
        self.code = code
        self.err_code = err_code


class ErrorBody(Struct, frozen=True):
    code: int = 0
    err_code: int = 0
    description: str = ""


def refusal(error: ErrorBody) -> BusUnavailable:
    """Why the log did not take an append, and will not take it so."""
    kind = LogFull if error.err_code == LOG_FULL else BusUnavailable
    return kind(f"{error.description} (err_code {error.err_code})")


class Answered(Struct, frozen=True):
    error: ErrorBody | None = None


class PubAck(Answered, frozen=True):
    """What the log says to an append."""

    stream: str = ""
    seq: int = 0
    duplicate: bool = False


class Range(Struct, frozen=True):
    first_seq: int = 0
    last_seq: int = 0
    messages: int = 0
    num_deleted: int = 0
    bytes: int = 0


class StreamInfo(Answered, frozen=True):
    config: dict[str, Any] = {}
    created: str = ""
    state: Range = Range()

    @property
    def epoch(self) -> str:
        return epoch_of(self.created)

    def as_state(self) -> StreamState:
        state, most = self.state, self.config.get("max_bytes", -1)
        return StreamState(
            self.epoch,
            state.first_seq,
            state.last_seq,
            state.num_deleted,
            state.bytes,
            max(most, 0),
        )


class ConsumerInfo(Answered, frozen=True):
    name: str = ""
    config: dict[str, Any] = {}
    num_pending: int = 0


class _Message(Struct, frozen=True):
    subject: str
    seq: int
    time: str
    data: bytes = b""
    hdrs: str = ""


class _MessageAnswer(Answered, frozen=True):
    message: _Message | None = None


_pub_acks = msgspec.json.Decoder(PubAck)
_messages = msgspec.json.Decoder(_MessageAnswer)
_encode = msgspec.json.encode


async def call(
    connection: Connection,
    subject: str,
    body: Mapping[str, Any] | None,
    type_: type[T],
    *,
    seconds: float = REQUEST_SECONDS,
) -> T:
    """One request to ``$JS.API``. `ApiError` if it is refused, `NoAnswer` without an answer for `seconds`."""
    payload = b"" if body is None else _encode(body)
    _, data = await connection.request(f"$JS.API.{subject}", payload, timeout=seconds)
    answer = msgspec.json.decode(data, type=type_)
    if isinstance(answer, Answered):
        raise_error(answer)
    return answer


def raise_error(answer: Answered) -> None:
    if answer.error is not None:
        error = answer.error
        raise ApiError(error.code, error.err_code, error.description)


async def stream_info(connection: Connection, stream: str) -> StreamInfo | None:
    """None if there is no such stream."""
    try:
        return await call(connection, f"STREAM.INFO.{stream}", None, StreamInfo)
    except ApiError as error:
        if error.err_code == STREAM_NOT_FOUND:
            return None
        raise


async def message(
    connection: Connection, stream: str, query: Mapping[str, int | str]
) -> Stored | None:
    """One message, from the leader: ``{"seq"}``, ``{"last_by_subj"}`` or ``{"seq", "next_by_subj"}``."""
    _, data = await connection.request(
        f"$JS.API.STREAM.MSG.GET.{stream}", _encode(query), timeout=REQUEST_SECONDS
    )
    answer = _messages.decode(data)
    if answer.error is not None and answer.error.err_code == NO_MESSAGE:
        return None
    raise_error(answer)
    found = answer.message
    if found is None:
        return None
    headers = parse_headers(base64.b64decode(found.hdrs))
    return Stored(found.subject, found.seq, parse_time(found.time), found.data, headers)


async def first_since(connection: Connection, stream: str, time: datetime) -> Stored | None:
    """The first message that the stream took at `time` or later, from the leader."""
    moment = time.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return await message(connection, stream, {"start_time": moment, "next_by_subj": ">"})


async def direct(
    connection: Connection, stream: str, query: Mapping[str, Any]
) -> tuple[list[Stored], int]:
    """A batch by direct get, and how many are left; any replica answers, so it may be stale by a moment."""
    if not connection.up:
        raise NoAnswer("disconnected", stream)
    found: list[Stored] = []
    done: asyncio.Future[tuple[int, int]] = asyncio.get_running_loop().create_future()

    def receive(_subject: bytes, _reply: bytes, block: bytes, data: bytes) -> None:
        status = status_of(block)
        if status == 0:
            found.append(direct_message(block, data))
        elif not done.done():
            done.set_result((status, int(parse_headers(block).get("Nats-Num-Pending", "0"))))

    def down() -> None:
        if not done.done():
            done.set_exception(NoAnswer("disconnected", stream))

    reply, close = connection.channel(receive)
    unwatch = connection.watch(down=down)
    try:
        connection.send(f"$JS.API.DIRECT.GET.{stream}", _encode(query), reply=reply)
        async with asyncio.timeout(REQUEST_SECONDS):
            status, left = await done
    except TimeoutError:
        raise NoAnswer("timeout", f"direct get on {stream}") from None
    finally:
        close()
        unwatch()
    if status in {204, 404}:
        return found, left
    if status == 503:
        raise NoAnswer("no_responders", stream)
    raise ApiError(status, 0, f"direct get on {stream}")


async def direct_all(connection: Connection, stream: str, filter_: str) -> list[Stored]:
    """Every message on a subject, by direct get."""
    found: list[Stored] = []
    while True:
        after = found[-1].sequence if found else 0
        query = {"seq": after + 1, "next_by_subj": filter_, "batch": DIRECT_BATCH}
        batch, left = await direct(connection, stream, query)
        found += batch
        if not batch or left == 0:
            return found


class _Deleted(Answered, frozen=True):
    success: bool = False


async def delete(connection: Connection, stream: str, sequence: int) -> None:
    """Take one message out of a stream, without writing over its bytes. Idempotent."""
    body = {"seq": sequence, "no_erase": True}
    try:
        await call(connection, f"STREAM.MSG.DELETE.{stream}", body, _Deleted)
    except ApiError as error:
        if error.err_code not in NO_SUCH_SEQUENCE:
            raise


def pub_ack(data: bytes) -> PubAck:
    return _pub_acks.decode(data)


def direct_message(block: bytes, data: bytes) -> Stored:
    """A message that came with its place in its headers (direct gets, republished ones)."""
    headers = parse_headers(block)
    subject = headers.pop("Nats-Subject")
    sequence = int(headers.pop("Nats-Sequence"))
    time = parse_time(headers.pop("Nats-Time-Stamp"))
    for name in ("Nats-Stream", "Nats-Num-Pending", "Nats-Last-Sequence"):
        headers.pop(name, None)
    return Stored(subject, sequence, time, data, headers)


def parse_time(text: str) -> datetime:
    """RFC 3339 with any number of decimals."""
    seconds, _, rest = text.rstrip("Z").partition(".")
    moment = datetime.fromisoformat(seconds).replace(tzinfo=UTC)
    return moment.replace(microsecond=int(rest[:6].ljust(6, "0"))) if rest else moment


def time_of(nanoseconds: int) -> datetime:
    """The same moment to the microsecond as `parse_time` reads for the message."""
    return _UNIX + timedelta(microseconds=nanoseconds // 1000)


_UNIX = datetime(1970, 1, 1, tzinfo=UTC)
_TIME = re.compile(r"(.*?)(?:\.(\d+))?Z")


def epoch_of(created: str) -> str:
    """A stream's creation time in nanoseconds, as hex digits: the identity of the stream."""
    return f"{nanoseconds_of(created):x}"


def nanoseconds_of(text: str) -> int:
    """A time as the server writes it, in nanoseconds since 1970."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise BusUnavailable(f"not a time: {text!r}")
    seconds = int(datetime.fromisoformat(match[1]).replace(tzinfo=UTC).timestamp())
    return seconds * 10**9 + int((match[2] or "").ljust(9, "0"))
