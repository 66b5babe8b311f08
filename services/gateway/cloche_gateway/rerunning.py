"""``POST /v1/evaluations/{id}/rerun``: the same submission again, or with changes, as a new evaluation."""

from contextlib import aclosing
from datetime import datetime
from typing import Any

import msgspec
from cloche_domain import fold
from cloche_kit.archive.history import History
from cloche_schemas import codec
from cloche_schemas.commands import EvaluationSpec, SubmitEvaluation
from cloche_schemas.events import EvaluationQueued, EvaluationScheduled
from cloche_schemas.subjects import Address
from cloche_schemas.views import Accepted
from fastapi import APIRouter, Request
from starlette.responses import Response

from cloche_gateway import submission
from cloche_gateway.answering import FAILURES, archive_problem, history_of
from cloche_gateway.authentication import TheWriter
from cloche_gateway.bodies import JSON, decode_body, read_body
from cloche_gateway.deps import Deps, TheGateway
from cloche_gateway.evaluation_past import SKEW
from cloche_gateway.evaluations import COLLECTION, SUBMITTED, accepted, submissions
from cloche_gateway.idempotency import TheKey
from cloche_gateway.merge_patch import MEDIA_TYPE, merged
from cloche_gateway.openapi import answers, takes_patch
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.preferences import TheWait
from cloche_gateway.problems import ClientError, at
from cloche_gateway.reading import address_of, find

router = APIRouter(route_class=PlannedRoute, tags=["evaluations"])
_patches = msgspec.json.Decoder(Any)
#: Two ways to say one thing: who says one of them does not mean the other that was said before.
_EITHER = (("code", "code_blob"), ("stdin", "stdin_blob"))


@router.post(
    COLLECTION + "/{id}/rerun",
    summary="Run an evaluation again, with changes or without",
    responses=SUBMITTED
    | answers(202, Accepted, 400, 401, 403, 404, 408, 410, 413, 415, 422, 429, 502, 503),
    openapi_extra=takes_patch(SubmitEvaluation, MEDIA_TYPE),
    status_code=202,
)
async def rerun(
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheWriter,
    key: TheKey = None,
    wait: TheWait = 0,
) -> Response:
    """A new evaluation, whose `rerun_of` is this one. The body is a JSON Merge Patch (RFC 7396) over what was
    submitted, as the log has it: its language and its entry are those that were found out then. Lists are given whole.
    It is granted limits by the rules of today, and runs at once unless the patch says when."""
    address = address_of(caller.tenant, id)
    types = (MEDIA_TYPE, *JSON)
    raw = await read_body(request, gateway.settings, optional=True, media_types=types)
    patch = decode_patch(raw) if raw else {}
    before = await submission_of(gateway.deps, address)
    body = changed(before, patch)
    submitted = await submission.submit(
        gateway, caller.tenant, body, key=key, rerun_of=address.evaluation
    )
    return await accepted(gateway, submitted, wait)


def decode_patch(raw: bytes) -> dict[str, Any]:
    """The patch; `malformed_json`, or `invalid_body` for what would make it something else than a submission."""
    patch = decode_body(raw, _patches)
    if not isinstance(patch, dict):
        detail = "a patch of a submission is an object"
        raise ClientError("invalid_body", detail, errors=at("", detail))
    return patch


def changed(before: EvaluationSpec, patch: dict[str, Any]) -> SubmitEvaluation:
    """The submission `before` after `patch`. `invalid_body` with a pointer if it is none any more."""
    target = msgspec.to_builtins(before)
    for one, other in _EITHER:
        for said, unsaid in ((one, other), (other, one)):
            if patch.get(said) is not None and unsaid not in patch:
                target.pop(unsaid, None)
    try:
        made = msgspec.json.encode(merged(target, patch))
    except RecursionError:
        detail = "the patch is nested too deeply"
        raise ClientError("invalid_body", detail, errors=at("", detail)) from None
    return decode_body(made, submissions)


async def submission_of(deps: Deps, address: Address) -> EvaluationSpec:
    """What was submitted, from the log or from the archive. `not_found`, `submission_trimmed`, and what the archive's
    trouble is."""
    spec = fold((await deps.log.read(address)).numbered).spec
    if spec is not None:
        return spec
    known = await find(deps, address)
    history = history_of(deps)
    try:
        spec = await _archived(history, address, known.view.submitted_at)
    except FAILURES as error:
        raise await archive_problem(history, error) from error
    if spec is None:
        raise ClientError("submission_trimmed", "neither the log nor the archive has it")
    return spec


async def _archived(
    history: History, address: Address, submitted_at: datetime | None
) -> EvaluationSpec | None:
    lineage = await history.lineage()
    begin = lineage.beginning
    if submitted_at is not None:
        begin = await history.before(lineage, submitted_at - SKEW)
    passages = history.read(lineage, begin, lineage.end, filters=(address.lifecycle,))
    async with aclosing(passages):
        async for passage in passages:
            for stored in passage.messages:
                if (spec := _spec_in(stored.data)) is not None:
                    return spec
    return None


def _spec_in(message: bytes) -> EvaluationSpec | None:
    try:
        _, event = codec.decode(message)
    except codec.Malformed:
        return None
    return event.spec if isinstance(event, EvaluationQueued | EvaluationScheduled) else None
