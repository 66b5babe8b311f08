"""What both transports make of httpx2: its requests, its answers and its errors, on their way to ours."""

from typing import Any

import httpx2

from cloche.errors import BadTarget, ClocheError, UnexpectedAnswer, Unreachable
from cloche.steps import Answer, Call, Frame, Pace
from cloche.tracing import trace_headers

CONNECT_SECONDS = 5.0
# The server pings at least every 15 s; a feed that is silent for longer than this is dead.
FEED_SILENCE_SECONDS = 40.0
# The event of a submission carries the whole of it, at most 1 MiB, and some more.
LARGEST_FRAME = 8 << 20
TIMEOUTS: dict[Pace, httpx2.Timeout] = {
    "usual": httpx2.Timeout(30.0, connect=CONNECT_SECONDS),
    "upload": httpx2.Timeout(600.0, connect=CONNECT_SECONDS),
    "feed": httpx2.Timeout(30.0, connect=CONNECT_SECONDS, read=FEED_SILENCE_SECONDS),
}
# Where these came, nothing had been sent.
_UNSENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
)


def headers_of(api_key: str, *, sign: bool = False) -> dict[str, str]:
    headers = {"User-Agent": "cloche-python"}
    if api_key and not sign:
        # Without one the server's answer says what is missing; an empty header would not even be sent.
        headers["Authorization"] = f"Bearer {api_key}"
    return headers


def request_of(
    http: httpx2.Client | httpx2.AsyncClient, call: Call[Any], silence: float | None = None
) -> httpx2.Request:
    """`silence`: other seconds without a byte than its pace allows."""
    timeout = TIMEOUTS[call.pace]
    if silence is not None:
        timeout = httpx2.Timeout(
            30.0, connect=CONNECT_SECONDS, read=min(silence, FEED_SILENCE_SECONDS)
        )
    return http.build_request(
        call.method,
        call.path,
        params=call.query or None,
        headers=[*call.headers, *trace_headers()],
        content=call.body,
        timeout=timeout,
    )


def answer_of(response: httpx2.Response, *, content: bytes = b"") -> Answer:
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, content, response.reason_phrase)


def frame_of(event: httpx2.ServerSentEvent) -> Frame:
    return Frame(event.event, event.data, event.id, event.retry)


def error_from(error: httpx2.TransportError, url: httpx2.URL) -> ClocheError:
    if isinstance(error, httpx2.SSEError):
        return UnexpectedAnswer(f"this is no feed: {error}")
    return Unreachable(f"{url} does not answer: {error}", sent=not isinstance(error, _UNSENT))


def check(url: str, api_key: str) -> None:
    """`BadTarget` for what could not even be sent."""
    try:
        address = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise BadTarget(f"{url} is no address: {error}") from error
    if address.scheme not in {"http", "https"} or not address.host:
        raise BadTarget(f"{url} is no address: it begins with http:// or https://")
    if not (api_key.isascii() and (api_key.isprintable() or not api_key)):
        raise BadTarget("the API key holds characters that no key has")
