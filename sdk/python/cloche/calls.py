"""Requests as values: how paths, queries and bodies are written, and how answers are read."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from cloche_schemas.views import Problem

from cloche.errors import ApiError, BadTarget, UnexpectedAnswer, error_of
from cloche.retries import retry_after
from cloche.steps import Answer, Call, Pairs

T = TypeVar("T")
_REPEATABLE = frozenset({"GET", "HEAD", "PUT"})


def path(*parts: str) -> str:
    """An address below ``/v1``. Each part is one segment of it, whatever it contains."""
    return "/v1/" + "/".join(segment(part) for part in parts)


def segment(text: str) -> str:
    """An id or a name that cannot leave its place in a path."""
    return quote(text, safe="").replace(".", "%2E")


def query(**asked: object) -> Pairs:
    """Parameters as they are written. What is None or False is left out; a sequence is named once for each."""
    pairs: list[tuple[str, str]] = []
    for name, value in asked.items():
        values: Sequence[object] = (value,)
        if isinstance(value, Sequence) and not isinstance(value, str):
            values = value
        pairs += [(name, _word(one)) for one in values if one is not None and one is not False]
    return tuple(pairs)


def written(time: datetime | None) -> str | None:
    """A time as parameters have it. One without a zone is by the clock here."""
    if time is None:
        return None
    return (time if time.tzinfo else time.astimezone()).isoformat()


def ask(  # noqa: PLR0913 - the parts of a request
    method: str,
    at: str,
    shape: type[T],
    *,
    body: object = None,
    media_type: str = "application/json",
    query: Pairs = (),
    key: str | None = None,
    repeatable: bool = False,
) -> Call[T]:
    """A request whose answer is JSON of `shape`. `key` is its Idempotency-Key, which makes it repeatable."""

    def read(answer: Answer) -> T:
        return msgspec.json.decode(answer.content, type=shape)

    headers = () if body is None else (("Content-Type", media_type),)
    return Call(
        method=method,
        path=at,
        read=read,
        query=query,
        headers=headers + (() if key is None else (("Idempotency-Key", checked(key)),)),
        body=None if body is None else msgspec.json.encode(body),
        repeatable=repeatable or key is not None or method in _REPEATABLE,
    )


def tell(method: str, at: str, *, body: object) -> Call[None]:
    """A request of whose answer only its success counts."""
    headers = (("Content-Type", "application/json"),)
    encoded = msgspec.json.encode(body)
    return Call(method=method, path=at, read=nothing, headers=headers, body=encoded)


def nothing(_answer: Answer) -> None:
    """Reads an answer of which only its success counts."""


def content(answer: Answer) -> bytes:
    """Reads an answer that is bytes."""
    return answer.content


def checked(key: str) -> str:
    """An Idempotency-Key; `BadTarget` if it cannot be one."""
    if not (0 < len(key) < 256 and key.isascii() and key.isprintable() and " " not in key):
        raise BadTarget("an Idempotency-Key is 1 to 255 visible ASCII characters")
    return key


def result_of(call: Call[T], answer: Answer) -> T:
    """What a call asked for; the `ApiError` of a refusal, `UnexpectedAnswer` where it is neither."""
    if not answer.success:
        raise problem_of(call, answer)
    try:
        return call.read(answer)
    except msgspec.DecodeError as error:
        raise UnexpectedAnswer(f"{call.method} {call.path}: {error}") from error


def problem_of(call: Call[Any], answer: Answer) -> ApiError | UnexpectedAnswer:
    """What a refusal says (RFC 9457)."""
    if call.method == "HEAD":
        # Such an answer has no body that could say more.
        return error_of(Problem(type="", title=answer.reason, status=answer.status, code=""))
    try:
        problem = msgspec.json.decode(answer.content, type=Problem)
        later = msgspec.json.decode(answer.content, type=_Later).retry_after_seconds
    except msgspec.DecodeError:
        return UnexpectedAnswer(f"{call.method} {call.path} was answered with {answer.status}")
    # The header counts whole seconds.
    return error_of(problem, retry_after(answer.headers) if later is None else later)


class _Later(msgspec.Struct):
    retry_after_seconds: float | None = None


def _word(value: object) -> str:
    if value is True:
        return "true"
    return f"{value:g}" if isinstance(value, float) else str(value)
