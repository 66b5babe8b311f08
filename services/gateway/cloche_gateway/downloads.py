"""Answers of bytes that an untrusted program made: whole, in part, or as an address in the store to read them from.

Nothing is ever silently short. What can be checked is checked before the answer begins and is a problem with a slug;
what breaks later leaves the body shorter than its Content-Length, and the connection is cut.
"""

import base64
import hashlib
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from urllib.parse import quote

from cloche_kit.logs import get_logger
from cloche_kit.objects import BINARY, Objects
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from cloche_gateway.conditions import etag_of, not_modified, part_of
from cloche_gateway.problems import ClientError
from cloche_gateway.recordings import Pieces

_log = get_logger(__name__)
#: With `nosniff`, which every answer has: whatever a browser makes of the bytes, it has no rights.
POLICY = {"Content-Security-Policy": "sandbox; default-src 'none'"}
_UNPLAIN = re.compile(r"[^A-Za-z0-9._ -]")
_EMPTY = hashlib.sha256().hexdigest()
Read = Callable[[int, int], Awaitable[bytes | Pieces]]


class Content(Struct, frozen=True, kw_only=True):
    """Bytes that never change. `key`: the object that is just them, if there is one."""

    size: int
    sha256: str
    disposition: str
    headers: dict[str, str] = {}
    key: str = ""


class Redirects(Struct, frozen=True):
    """Who gives addresses in the store, good for so many seconds."""

    objects: Objects
    seconds: int


async def deliver(
    request: Request, content: Content, read: Read, redirects: Redirects | None = None
) -> Response:
    """Answer GET or HEAD. `read` gives a part; `redirects`: rather send the client to the store, where it can be.

    `range_not_satisfiable`, `output_expired`, `output_damaged`.
    """
    size, sha256 = content.size, content.sha256 or (_EMPTY if content.size == 0 else "")
    etag = etag_of(sha256) if sha256 else ""
    headers = {
        "Accept-Ranges": "bytes",
        # It never changes, but whether the caller may still see it is asked each time.
        "Cache-Control": "private, no-cache",
        "Content-Disposition": content.disposition,
        **content.headers,
    }
    if sha256:
        headers |= {"ETag": etag, **digest_header(sha256)}
    if etag and not_modified(request.headers, etag):
        return Response(status_code=304, headers=headers)
    # A Range of the request is repeated to the store by whoever follows.
    if redirects is not None and (url := await _address(redirects, content)):
        moved = headers | {"Location": url, "Cache-Control": "no-store"}
        return Response(status_code=307, headers=moved)
    part = part_of(request.headers, size, etag)
    start, end = part or (0, size)
    headers["Content-Length"] = str(end - start)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 200 if part is None else 206
    if request.method == "HEAD" or end == start:
        return respond_with(b"", headers, status)
    digest = sha256 if part is None else ""
    return respond_with(await begun(await read(start, end), end - start, digest), headers, status)


def respond_with(body: bytes | Pieces, headers: dict[str, str], status: int = 200) -> Response:
    """An answer of bytes that are an untrusted program's, and of no type that a browser would show."""
    headers = POLICY | headers
    if isinstance(body, bytes):
        return Response(body, status, headers=headers, media_type=BINARY)
    return StreamingResponse(body, status, headers=headers, media_type=BINARY)


async def begun(body: bytes | Pieces, size: int, sha256: str = "") -> bytes | Pieces:
    """`body` once its first piece is here: `size` bytes, of this digest if one is given.

    A store that does not answer, or has lost them, is known before the answer begins.
    """
    if isinstance(body, bytes):
        _check(len(body), hashlib.sha256(body).hexdigest() if sha256 else "", size, sha256)
        return body
    first = await anext(body, b"")
    if not first:
        raise ClientError("output_expired", f"{size} bytes were recorded, and none are stored")
    if len(first) >= size:
        await body.aclose()
        _check(len(first), hashlib.sha256(first).hexdigest() if sha256 else "", size, sha256)
        return first
    return _checked(first, body, size, sha256)


async def _checked(first: bytes, rest: Pieces, size: int, sha256: str) -> Pieces:
    """Every piece, but the last one only if the whole is what was recorded."""
    digest, sent, held = hashlib.sha256(first), len(first), first
    async with aclosing(rest):
        async for piece in rest:
            yield held
            digest.update(piece)
            sent, held = sent + len(piece), piece
    _check(sent, digest.hexdigest() if sha256 else "", size, sha256)
    yield held


def _check(found: int, found_sha256: str, size: int, sha256: str) -> None:
    if (found, found_sha256) != (size, sha256):
        _log.error("output_damaged", size=size, found=found, sha256=sha256, digest=found_sha256)
        raise ClientError("output_damaged", f"{size} bytes were recorded, and others are stored")


async def _address(redirects: Redirects, content: Content) -> str:
    """Where the store itself gives the bytes; empty if it does not hold them."""
    found = await redirects.objects.head(content.key) if content.key else None
    if found is None or found.size != content.size:
        return ""
    return await redirects.objects.presign(
        content.key, seconds=redirects.seconds, disposition=content.disposition
    )


def digest_header(sha256: str) -> dict[str, str]:
    """RFC 9530: what the bytes of the whole are to add up to."""
    return {"Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"}


def disposition(name: str) -> str:
    """To be saved under the last part of `name` (RFC 6266), which may hold any character (RFC 8187)."""
    last = name.rpartition("/")[2]
    plain = _UNPLAIN.sub("_", last)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(last, safe='')}"
