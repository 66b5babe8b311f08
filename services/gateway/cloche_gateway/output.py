"""``GET /v1/evaluations/{id}/output``: the bytes that the program wrote, exactly, from wherever they lie by now."""

from typing import Annotated

from cloche_schemas.values import StreamName
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from cloche_gateway.authentication import TheReader
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.downloads import Content, Redirects, deliver, respond_with
from cloche_gateway.openapi import output_answer
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError, at
from cloche_gateway.reading import address_of, find
from cloche_gateway.recordings import Pieces, Recording, read, recording_of
from cloche_gateway.tails import MOST_BYTES, MOST_LINES, Wanted, tail

router = APIRouter(route_class=PlannedRoute, tags=["evaluations"])
PATH = "/v1/evaluations/{id}/output"

TheStream = Annotated[
    StreamName, Query(description="compiler: its words; artifacts: all files in a row")
]
AnAttempt = Annotated[
    int | None, Query(ge=1, le=1 << 31, description="another one than the attempt that counts")
]


@router.head(PATH, response_class=Response, include_in_schema=False)
@router.get(
    PATH,
    summary="Read what the program wrote",
    response_class=Response,
    responses=output_answer(),
)
async def output(  # noqa: PLR0913, PLR0917 - the parameters of a query
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
    stream: TheStream = "stdout",
    attempt: AnAttempt = None,
    tail_lines: Annotated[
        int | None, Query(ge=0, le=MOST_LINES, description="only the last lines, of 8 MiB at most")
    ] = None,
    tail_bytes: Annotated[
        int | None, Query(ge=0, le=MOST_BYTES, description="only the last bytes")
    ] = None,
    redirect: Annotated[
        bool,
        Query(description="rather answer 307 with an address in the store, where there is one"),
    ] = False,
) -> Response:
    """The recorded bytes of the attempt that counts: beyond the limit the first ones, then the last ones.

    `Cloche-Output-Complete: false`: it still runs, and this is what there is so far. Of an attempt that does not count
    there is what the log holds of it, which may lack its end. Once it is complete, Range, If-Range and If-None-Match
    are taken.
    """
    recording = await recording_at(gateway, caller.tenant, id, stream, attempt)
    headers = _headers(recording)
    if tail_lines is not None or tail_bytes is not None:
        return await _tail(gateway, recording, headers, Wanted(tail_lines, tail_bytes))
    saved_as = f'attachment; filename="{stream}"'
    if not recording.complete:
        # What it is later is another representation: nobody is to take this one for a part of it.
        headers |= {"Accept-Ranges": "none", "Content-Disposition": saved_as}
        body = b"" if request.method == "HEAD" else await read(gateway.deps, recording)
        return respond_with(body, headers | {"Cache-Control": "no-store"})

    async def part(start: int, end: int) -> bytes | Pieces:
        return await read(gateway.deps, recording, start, end)

    content = Content(
        size=recording.size,
        sha256=recording.summary.sha256,
        disposition=saved_as,
        headers=headers,
        key=recording.key,
    )
    return await deliver(request, content, part, redirects_of(gateway) if redirect else None)


def redirects_of(gateway: Gateway) -> Redirects | None:
    """None unless clients can reach the store."""
    settings = gateway.settings
    if not settings.s3_public_endpoint:
        return None
    return Redirects(gateway.deps.objects, settings.redirect_seconds)


async def recording_at(
    gateway: Gateway, tenant: str, evaluation: str, stream: StreamName, attempt: int | None
) -> Recording:
    """What an attempt recorded. `invalid_id`, `not_found`."""
    address = address_of(tenant, evaluation)
    known = await find(gateway.deps, address)
    if attempt is not None and attempt > known.view.attempt:
        raise ClientError("not_found", "there is no such attempt")
    return recording_of(known, address, stream, attempt)


async def _tail(
    gateway: Gateway, recording: Recording, headers: dict[str, str], wanted: Wanted
) -> Response:
    if wanted.lines is not None and wanted.size is not None:
        detail = "tail_lines and tail_bytes exclude one another"
        raise ClientError("contradiction", detail, errors=at("/query/tail_bytes", detail))
    found = await tail(gateway.deps, recording, wanted)
    headers |= {
        "Cloche-Output-Offset": str(found.offset),
        "Content-Disposition": f'attachment; filename="{recording.stream}"',
        "Cache-Control": "no-store",
    }
    return respond_with(found.data, headers)


def _headers(recording: Recording) -> dict[str, str]:
    headers = {
        "Cloche-Output-Attempt": str(recording.attempt),
        "Cloche-Output-Complete": "true" if recording.complete else "false",
    }
    if recording.complete:
        summary = recording.summary
        headers |= {
            "Cloche-Output-Total-Bytes": str(summary.total_bytes),
            "Cloche-Output-Head-Bytes": str(summary.head_bytes),
            "Cloche-Output-Dropped-Bytes": str(summary.dropped_bytes),
        }
    return headers
