"""``GET /v1/evaluations/{id}/output``: the bytes that the program wrote, exactly, from wherever they lie by now."""

import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from cloche_domain import Cancelling, Completed, Evaluation, Running
from cloche_kit.bus import EventBus, Stored
from cloche_kit.logs import get_logger
from cloche_schemas import codec
from cloche_schemas.events import OutputChunk
from cloche_schemas.subjects import Address
from cloche_schemas.values import OutputSummary, StreamName
from cloche_schemas.views import EvaluationView
from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from cloche_gateway.authentication import TheCaller
from cloche_gateway.deps import Deps, TheGateway
from cloche_gateway.openapi import output_answer
from cloche_gateway.read_models import ReadModelsUnavailable
from cloche_gateway.reading import address_of, find

_log = get_logger(__name__)
router = APIRouter(tags=["evaluations"])
# Never a type that a browser would show: the bytes are an untrusted program's.
MEDIA_TYPE = "application/octet-stream"
LOG_BATCH = 32


@router.get(
    "/v1/evaluations/{id}/output",
    summary="Read what the program wrote",
    response_class=Response,
    responses=output_answer(),
)
async def output(
    id: str,  # noqa: A002
    gateway: TheGateway,
    caller: TheCaller,
    stream: Annotated[StreamName, Query(description="which of its two streams")] = "stdout",
) -> Response:
    """The recorded bytes of the attempt that counts: beyond the limit the first ones, then the last ones.

    `Cloche-Output-Complete: false`: it still runs, and this is what there is so far.
    """
    address = address_of(caller.tenant, id)
    known = await find(gateway.deps, address)
    attempt, complete = attempt_of(known.state), known.state.over
    summary = known.view.stdout if stream == "stdout" else known.view.stderr
    headers = _headers(summary, attempt, stream, complete=complete)
    if attempt == 0 or (complete and recorded(summary) == 0):
        return Response(b"", headers=headers, media_type=MEDIA_TYPE)
    if complete:
        headers["Content-Length"] = str(recorded(summary))
        stored = await _kept(gateway.deps, address, attempt, stream, known.view)
        if isinstance(stored, bytes):
            return Response(stored, headers=headers, media_type=MEDIA_TYPE)
        if stored is not None:
            return StreamingResponse(stored, headers=headers, media_type=MEDIA_TYPE)
    last = await gateway.deps.bus.last(address.output(attempt))
    pieces = from_log(gateway.deps.bus, address.output(attempt), stream, last)
    return StreamingResponse(pieces, headers=headers, media_type=MEDIA_TYPE)


def attempt_of(evaluation: Evaluation) -> int:
    """The attempt whose output counts; 0 for none."""
    match evaluation.state:
        case Running(attempt=n) | Cancelling(attempt=n) | Completed(attempt=n):
            return n
        case _:
            return 0


def recorded(summary: OutputSummary) -> int:
    """Bytes of a finished stream that are kept."""
    return summary.head_bytes + summary.tail_bytes


async def _kept(
    deps: Deps, address: Address, attempt: int, stream: StreamName, view: EvaluationView
) -> bytes | AsyncGenerator[bytes, None] | None:
    """The whole of a finished stream from PostgreSQL or S3; None if it has not got there."""
    size = recorded(view.stdout if stream == "stdout" else view.stderr)
    try:
        row = await deps.read_models.output(address, attempt, stream)
    except ReadModelsUnavailable as error:
        _log.warning("read_models_unavailable", error=str(error))
        row = None
    if row is not None and len(row.data) == size:
        return row.data
    for archived in view.archived:
        if archived.stream == stream and archived.size == size:
            found = await deps.objects.head(archived.key)
            if found is not None and found.size == size:
                return deps.objects.get_range(archived.key)
            _log.error("archived_output_missing", key=archived.key)
    return None


async def from_log(
    bus: EventBus, subject: str, stream: StreamName, last: Stored | None
) -> AsyncGenerator[bytes, None]:
    """Bytes of `stream` in the chunks on `subject` up to the message `last`."""
    if last is None:
        return
    async with aclosing(bus.follow(after=0, filters=(subject,), batch=LOG_BATCH)) as batches:
        async for batch in batches:
            for stored in batch:
                if stored.sequence <= last.sequence and (data := _bytes_of(stored, stream)):
                    yield data
            if batch[-1].sequence >= last.sequence:
                return


def _bytes_of(stored: Stored, stream: StreamName) -> bytes:
    try:
        _, event = codec.decode(stored.data)
    except codec.Malformed:
        return b""
    return event.data if isinstance(event, OutputChunk) and event.stream == stream else b""


def _headers(
    summary: OutputSummary, attempt: int, stream: StreamName, *, complete: bool
) -> dict[str, str]:
    headers = {
        "Cloche-Output-Attempt": str(attempt),
        "Cloche-Output-Complete": "true" if complete else "false",
        "Content-Disposition": f'attachment; filename="{stream}"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    if complete:
        headers |= {
            "Cloche-Output-Total-Bytes": str(summary.total_bytes),
            "Cloche-Output-Head-Bytes": str(summary.head_bytes),
            "Cloche-Output-Dropped-Bytes": str(summary.dropped_bytes),
        }
        if summary.sha256:
            digest = base64.b64encode(bytes.fromhex(summary.sha256)).decode()
            headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return headers
