"""``GET /v1/evaluations/{id}/artifacts``: the files that the program left, as a list and one by one.

A name is only ever compared with those in the list, and a file is a part of the stream artifacts: no path is opened.
"""

from typing import Annotated

from cloche_kit.blobs import blob_key
from cloche_schemas.views import ArtifactList
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from cloche_gateway.authentication import TheReader
from cloche_gateway.deps import TheGateway
from cloche_gateway.downloads import Content, deliver, disposition
from cloche_gateway.evaluations import json_response
from cloche_gateway.openapi import answers, artifact_answer
from cloche_gateway.output import redirects_of
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError
from cloche_gateway.reading import address_of, find
from cloche_gateway.recordings import Pieces, attempt_of, read_file, recording_of

router = APIRouter(route_class=PlannedRoute, tags=["evaluations"])


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


@router.head(
    "/v1/evaluations/{id}/artifacts/{name:path}", response_class=Response, include_in_schema=False
)
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
    redirect: Annotated[
        bool,
        Query(description="rather answer 307 with an address in the store, where there is one"),
    ] = False,
) -> Response:
    """The bytes of one file, never as something that a browser would show. Takes If-None-Match, Range and If-Range."""
    address = address_of(caller.tenant, id)
    known = await find(gateway.deps, address)
    file = next((one for one in known.view.artifacts if one.name == name), None)
    if file is None:
        raise ClientError("not_found", "there is no such artifact")
    recording = recording_of(known, address, "artifacts")

    async def part(start: int, end: int) -> bytes | Pieces:
        return await read_file(gateway.deps, recording, file, start, end)

    content = Content(
        size=file.size,
        sha256=file.sha256,
        disposition=disposition(file.name),
        key=blob_key(caller.tenant, file.sha256) if recording.blobs else "",
    )
    return await deliver(request, content, part, redirects_of(gateway) if redirect else None)
