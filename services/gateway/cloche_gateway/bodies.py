"""Request bodies: read whole under a limit, then decoded by msgspec into the Struct that the log keeps, too."""

import asyncio
import re
from typing import TypeVar

import msgspec
from cloche_schemas.views import FieldError
from starlette.requests import Request

from cloche_gateway.problems import ClientError, at, step
from cloche_gateway.settings import GatewaySettings

T = TypeVar("T")

# msgspec tells the place of an error only in its text; tests/unit/gateway/test_bodies.py holds us to its forms.
_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `(?:key` in `)?(?P<path>\$[^`]*)`)?$", re.DOTALL)
_FIELD = re.compile(r"(?:unknown|required) field `(?P<name>.*)`$", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_FIELD_SHOWN = 100
JSON = ("application/json",)


async def read_body(
    request: Request,
    settings: GatewaySettings,
    *,
    optional: bool = False,
    most: int | None = None,
    media_types: tuple[str, ...] = JSON,
) -> bytes:
    """The whole body, of plain JSON by its headers. No more than `most` bytes (``body_bytes``) are kept, whatever was
    announced.

    An `optional` one may be absent, and needs no media type then.
    """
    most = settings.body_bytes if most is None else most
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > most:
        raise _too_large(most)
    if not optional or "content-type" in request.headers:
        _check_media_type(request, media_types)
    body = bytearray()
    try:
        async with asyncio.timeout(settings.body_seconds):
            async for piece in request.stream():
                body += piece
                if len(body) > most:
                    raise _too_large(most)
    except TimeoutError:
        raise ClientError(
            "body_timeout",
            f"the body did not arrive within {settings.body_seconds:g} s",
            headers={"Connection": "close"},
        ) from None
    if body and optional:
        _check_media_type(request, media_types)
    return bytes(body)


def decode_body(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """`body` as its type. `malformed_json`, or `invalid_body` with a pointer to the field."""
    try:
        return decoder.decode(body)
    except msgspec.ValidationError as error:
        wrong = field_error(str(error))
        raise ClientError("invalid_body", wrong.detail, errors=(wrong,)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        detail = f"the body is not JSON: {error}"
        raise ClientError("malformed_json", detail, errors=at("", detail)) from None


def field_error(message: str) -> FieldError:
    """What msgspec says of a value, with its path as a JSON pointer: ``$.limits.pids`` → ``/limits/pids``."""
    match = _PLACE.match(message)
    what, path = (match["what"], match["path"] or "$") if match else (message, "$")
    steps = [name or index for name, index in _STEP.findall(path[1:].replace("[...]", ""))]
    if field := _FIELD.search(what):
        steps.append(field["name"])
        what = what.replace(field["name"], field["name"][:_FIELD_SHOWN])
    return FieldError(pointer="".join(f"/{step(one)}" for one in steps), detail=what)


def _check_media_type(request: Request, media_types: tuple[str, ...]) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in media_types:
        allowed = " or ".join(media_types)
        detail = f"the body must be {allowed}, not {media_type[:_FIELD_SHOWN] or 'untyped'}"
        raise ClientError(
            "unsupported_media_type", detail, errors=at("/header/Content-Type", detail)
        )
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if encoding != "identity":
        detail = f"the body must not be encoded as {encoding[:_FIELD_SHOWN]}"
        raise ClientError(
            "unsupported_media_type", detail, errors=at("/header/Content-Encoding", detail)
        )


def _too_large(limit: int) -> ClientError:
    detail = f"the body may have at most {limit} bytes"
    # The connection stays: what still comes is read past by the server, so that the client can read the answer.
    return ClientError("body_too_large", detail, errors=at("", detail))
