"""``GET /v1/evaluations/{id}/output``: the bytes that the program wrote, exactly, from wherever they lie by now."""

import base64
from typing import Annotated

from cloche_schemas.values import StreamName
from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from cloche_gateway.authentication import TheReader
from cloche_gateway.deps import TheGateway
from cloche_gateway.openapi import output_answer
from cloche_gateway.problems import ClientError
from cloche_gateway.reading import address_of, find
from cloche_gateway.recordings import MEDIA_TYPE, POLICY, Pieces, Recording, read, recording_of

router = APIRouter(tags=["evaluations"])


@router.get(
    "/v1/evaluations/{id}/output",
    summary="Read what the program wrote",
    response_class=Response,
    responses=output_answer(),
)
async def output(
    id: str,  # noqa: A002
    gateway: TheGateway,
    caller: TheReader,
    stream: Annotated[
        StreamName, Query(description="compiler: its words; artifacts: all files in a row")
    ] = "stdout",
    attempt: Annotated[
        int | None, Query(ge=1, description="another one than the attempt that counts")
    ] = None,
) -> Response:
    """The recorded bytes of the attempt that counts: beyond the limit the first ones, then the last ones.

    `Cloche-Output-Complete: false`: it still runs, and this is what there is so far. Of an attempt that does not count
    there is what the log holds of it, which may lack its end.
    """
    address = address_of(caller.tenant, id)
    known = await find(gateway.deps, address)
    if attempt is not None and attempt > known.view.attempt:
        raise ClientError("not_found", "there is no such attempt")
    recording = recording_of(known, address, stream, attempt)
    headers = _headers(recording)
    if recording.complete:
        headers["Content-Length"] = str(recording.size)
    return respond_with(await read(gateway.deps, recording), headers)


def respond_with(body: bytes | Pieces, headers: dict[str, str], status: int = 200) -> Response:
    """An answer of bytes that are an untrusted program's."""
    headers = POLICY | headers
    if isinstance(body, bytes):
        return Response(body, status, headers=headers, media_type=MEDIA_TYPE)
    return StreamingResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def digest_header(sha256: str) -> dict[str, str]:
    """RFC 9530: what the bytes of the whole are to add up to."""
    return {"Repr-Digest": f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"}


def _headers(recording: Recording) -> dict[str, str]:
    headers = {
        "Cloche-Output-Attempt": str(recording.attempt),
        "Cloche-Output-Complete": "true" if recording.complete else "false",
        "Content-Disposition": f'attachment; filename="{recording.stream}"',
    }
    if recording.complete:
        summary = recording.summary
        headers |= {
            "Cloche-Output-Total-Bytes": str(summary.total_bytes),
            "Cloche-Output-Head-Bytes": str(summary.head_bytes),
            "Cloche-Output-Dropped-Bytes": str(summary.dropped_bytes),
        }
        if summary.sha256:
            headers |= digest_header(summary.sha256)
    return headers
