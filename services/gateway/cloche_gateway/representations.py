"""Answers in JSON that a client may have already: with an ETag, and 304 instead of the same again (RFC 9110).

Tags are weak: the same evaluation or page, not the same bytes of every release.
"""

import base64
import hashlib

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from cloche_gateway.conditions import not_modified

JSON = "application/json"
#: It may be kept by whoever asked, and is asked for each time.
CACHING = "private, no-cache"


def conditional(
    request: Request,
    body: msgspec.Struct,
    *,
    tag: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """200 with `body`, or 304. `tag` names its version; without one it is made of the bytes."""
    data = msgspec.json.encode(body)
    return conditional_bytes(request, data, JSON, tag=tag, headers=headers)


def conditional_bytes(
    request: Request,
    data: bytes,
    media_type: str,
    *,
    tag: str | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """The same for what is encoded already."""
    etag = f'"{digest_of(data) if tag is None else tag}"'
    headers = {"ETag": f"W/{etag}", "Cache-Control": CACHING} | (headers or {})
    if not_modified(request.headers, etag):
        return Response(status_code=304, headers=headers)
    if request.method == "HEAD":
        headers["Content-Length"] = str(len(data))
        data = b""
    return Response(data, headers=headers, media_type=media_type)


def digest_of(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()[:12]).decode()
