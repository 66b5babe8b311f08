"""Evaluations: submit, read, cancel. Lists are in listing.py, running again in rerunning.py."""

import msgspec
from cloche_schemas.commands import CancelEvaluation, SubmitEvaluation
from cloche_schemas.subjects import Address
from cloche_schemas.values import Status
from cloche_schemas.views import Accepted, EvaluationView
from fastapi import APIRouter, Request
from starlette.responses import Response

from cloche_gateway import cancellation, submission
from cloche_gateway.authentication import TheReader, TheWriter
from cloche_gateway.bodies import decode_body, read_body
from cloche_gateway.conditions import not_modified
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.idempotency import REPLAYED, TheKey
from cloche_gateway.openapi import also, answers, cached, takes
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.preferences import TheWait, applied, waited_for
from cloche_gateway.problems import ClientError, at
from cloche_gateway.reading import Known, address_of
from cloche_gateway.representations import conditional
from cloche_gateway.submission import Submitted

router = APIRouter(route_class=PlannedRoute, tags=["evaluations"])
COLLECTION = "/v1/evaluations"

#: When it is worth asking for what was accepted.
ASK_SECONDS = 1
submissions = msgspec.json.Decoder(SubmitEvaluation)
#: What a submission is answered.
SUBMITTED = {
    **also(200, EvaluationView, "It is over, and was accepted before under this Idempotency-Key"),
    **also(201, EvaluationView, "It was over within the time that the client would wait"),
    **answers(202, Accepted, 400, 401, 403, 408, 413, 415, 422, 429, 503),
}
_cancels = msgspec.json.Decoder(CancelEvaluation)
_NO_REASON = CancelEvaluation()


@router.post(
    COLLECTION,
    summary="Submit a program",
    responses=SUBMITTED,
    openapi_extra=takes(SubmitEvaluation),
    status_code=202,
)
async def submit(
    request: Request,
    gateway: TheGateway,
    caller: TheWriter,
    key: TheKey = None,
    wait: TheWait = 0,
) -> Response:
    """Accepted means that it lies on the log, durably, and will run: now, or when it is due; with an Idempotency-Key,
    once for each key. With `Prefer: wait=N` the answer is the evaluation itself if it is over within N seconds."""
    body = decode_body(await read_body(request, gateway.settings), submissions)
    submitted = await submission.submit(gateway, caller.tenant, body, key=key)
    return await accepted(gateway, submitted, wait)


async def accepted(gateway: Gateway, submitted: Submitted, wait: int) -> Response:
    """202, or after a wait 201 (200 if it was there before) with an evaluation that is over by then."""
    address, replayed = submitted.address, submitted.replayed
    headers = {"Location": f"{COLLECTION}/{address.evaluation}"} | applied(wait)
    headers |= REPLAYED if replayed else {}
    if wait:
        known = await waited_for(gateway, address, lambda known: known.state.over, wait)
        if known.state.over:
            return json_response(known.view, 200 if replayed else 201, headers)
    status: Status = "scheduled" if submitted.scheduled else "queued"
    answer = Accepted(id=address.evaluation, status=status, links=links(address))
    return json_response(answer, 202, {"Retry-After": str(ASK_SECONDS)} | headers)


@router.get(
    COLLECTION + "/{id}",
    summary="Read an evaluation",
    responses=cached(answers(200, EvaluationView, 401, 403, 404, 422, 503)),
)
async def get(
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
    wait: TheWait = 0,
) -> Response:
    """As of the last event on the log, also before the read model has it.

    With `Prefer: wait=N` the answer comes when it is over; with `If-None-Match` beside it, as soon as anything but
    output has happened since that version, or 304 after N seconds.
    """

    def enough(known: Known) -> bool:
        if "if-none-match" in request.headers:
            return not not_modified(request.headers, f'"{known.view.sequence}"')
        return known.state.over

    known = await waited_for(gateway, address_of(caller.tenant, id), enough, wait)
    view = known.view
    return conditional(request, view, tag=str(view.sequence), headers=applied(wait))


@router.post(
    COLLECTION + "/{id}/cancel",
    summary="Cancel an evaluation",
    responses=answers(202, EvaluationView, 400, 401, 403, 404, 408, 409, 413, 415, 422, 503),
    openapi_extra=takes(CancelEvaluation, required=False),
    status_code=202,
)
async def cancel(
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheWriter,
) -> Response:
    """What waits ends at once; what runs ends as soon as its executor has killed it."""
    address = address_of(caller.tenant, id)
    reason = await reason_of(request, gateway)
    known = await cancellation.cancel(
        gateway.deps, address, reason=reason, requested_by=caller.name
    )
    return json_response(known.view, 202)


async def reason_of(request: Request, gateway: Gateway) -> str:
    """Why somebody cancels, from a body that may be absent."""
    body = await read_body(request, gateway.settings, optional=True)
    wish = decode_body(body, _cancels) if body else _NO_REASON
    if "\0" in wish.reason:
        detail = "must not contain the character U+0000"
        raise ClientError("invalid_body", detail, errors=at("/reason", detail))
    return wish.reason


def bad_cursor(reason: str) -> ClientError:
    detail = f"cursor: {reason}"
    return ClientError("invalid_cursor", detail, errors=at("/query/cursor", detail))


def links(address: Address) -> dict[str, str]:
    path = f"{COLLECTION}/{address.evaluation}"
    return {
        "self": path,
        "events": f"{path}/events",
        "output": f"{path}/output",
        "cases": f"{path}/cases",
        "artifacts": f"{path}/artifacts",
        "attempts": f"{path}/attempts",
        "timeline": f"{path}/timeline",
        "cancel": f"{path}/cancel",
        "rerun": f"{path}/rerun",
    }


def json_response(
    body: msgspec.Struct, status: int, headers: dict[str, str] | None = None
) -> Response:
    return Response(
        msgspec.json.encode(body), status, headers=headers, media_type="application/json"
    )
