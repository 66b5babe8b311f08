"""``GET /v1/evaluations/{id}/artifacts``: the files that the program left, as a list and one by one.

A name is only ever compared with those in the list, and a file is a part of the stream artifacts: no path is opened.
"""

import re
from urllib.parse import quote

from cloche_schemas.values import Artifact
from cloche_schemas.views import ArtifactList
from fastapi import APIRouter, Request
from starlette.responses import Response

from cloche_gateway.authentication import TheReader
from cloche_gateway.deps import TheGateway
from cloche_gateway.evaluations import json_response
from cloche_gateway.openapi import answers, artifact_answer
from cloche_gateway.output import digest_header, respond_with
from cloche_gateway.problems import ClientError, at
from cloche_gateway.reading import address_of, find
from cloche_gateway.recordings import Pieces, attempt_of, read, recording_of

router = APIRouter(tags=["evaluations"])
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_UNPLAIN = re.compile(r"[^A-Za-z0-9._ -]")


@router.get(
    "/v1/evaluations/{id}/artifacts",
    summary="List the files that the program left",
    responses=answers(200, ArtifactList, 401, 403, 404, 422, 503),
)
async def artifacts(id: str, gateway: TheGateway, caller: TheReader) -> Response:  # noqa: A002
    """Those that came back, with size and digest, and those that did not, with the reason."""
    known = await find(gateway.deps, address_of(caller.tenant, id))
    listed = ArtifactList(
        attempt=attempt_of(known.state),
        complete=known.state.over,
        items=known.view.artifacts,
        skipped=known.view.skipped_artifacts,
    )
    return json_response(listed, 200)


@router.get(
    "/v1/evaluations/{id}/artifacts/{name:path}",
    summary="Read a file that the program left",
    response_class=Response,
    responses=artifact_answer(),
)
async def artifact(
    id: str,  # noqa: A002
    name: str,
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
) -> Response:
    """The bytes of one file, never as something that a browser would show. Takes If-None-Match, Range and If-Range."""
    address = address_of(caller.tenant, id)
    known = await find(gateway.deps, address)
    file = next((one for one in known.view.artifacts if one.name == name), None)
    if file is None:
        raise ClientError("not_found", "there is no such artifact")
    headers, etag = _headers(file), _etag(file)
    if _names(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=headers)
    whole = request.headers.get("if-range", etag) != etag
    part = None if whole else _part(request.headers.get("range", ""), file.size)
    start, end = part or (0, file.size)
    headers["Content-Length"] = str(end - start)
    if part is not None:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{file.size}"
    body: bytes | Pieces = b""
    if end > start:
        recording = recording_of(known, address, "artifacts")
        body = await read(gateway.deps, recording, file.offset + start, file.offset + end)
    return respond_with(body, headers, 200 if part is None else 206)


def _etag(file: Artifact) -> str:
    return f'"{file.sha256}"'


def _headers(file: Artifact) -> dict[str, str]:
    return {
        "ETag": _etag(file),
        "Accept-Ranges": "bytes",
        # It never changes, but whether the caller may still see it is asked each time.
        "Cache-Control": "private, no-cache",
        "Content-Disposition": disposition(file.name),
        **digest_header(file.sha256),
    }


def disposition(name: str) -> str:
    """To be saved under the last part of `name` (RFC 6266), which may hold any character (RFC 8187)."""
    last = name.rpartition("/")[2]
    plain = _UNPLAIN.sub("_", last)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(last, safe='')}"


def _names(condition: str, etag: str) -> bool:
    """Whether the list of ETags has this one (RFC 9110: compared weakly)."""
    return any(one.strip().removeprefix("W/") in (etag, "*") for one in condition.split(","))


def _part(header: str, size: int) -> tuple[int, int] | None:
    """The one range that is asked for, its end exclusive; None for all of it. What is no such range is ignored."""
    match = _RANGE.fullmatch(header)
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        start, end = max(size - int(match[2]), 0), size
    else:
        start, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= size:
        detail = f"the file has {size} bytes"
        headers = {"Content-Range": f"bytes */{size}"}
        errors = at("/header/Range", detail)
        raise ClientError("range_not_satisfiable", detail, errors=errors, headers=headers)
    return start, end
