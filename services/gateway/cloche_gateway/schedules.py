"""Schedules: made, listed, paused, resumed, triggered and deleted. schedules_keeper.py submits what is due."""

import msgspec
import uuid_utils
from cloche_domain import Absent, Evaluation, Refusal, decide
from cloche_kit.bus import BusUnavailable
from cloche_kit.log import Position, Written
from cloche_schemas.schedules import CreateSchedule, ScheduleList, ScheduleRecord, ScheduleView
from cloche_schemas.subjects import Address
from cloche_schemas.values import Origin
from cloche_schemas.views import Accepted
from fastapi import APIRouter, Request
from msgspec.structs import replace
from starlette.responses import Response

from cloche_gateway import evaluations
from cloche_gateway.authentication import TheReader, TheWriter
from cloche_gateway.bodies import decode_body, read_body
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.evaluations import json_response
from cloche_gateway.inputs import look, moved
from cloche_gateway.openapi import answers, takes
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError, at, refused
from cloche_gateway.recurrence import BadRecurrence, recurrence
from cloche_gateway.schedule_book import next_due
from cloche_gateway.submission import prepared

router = APIRouter(route_class=PlannedRoute, tags=["schedules"])
COLLECTION = "/v1/schedules"
_NEW = Evaluation(state=Absent())
_wishes = msgspec.json.Decoder(CreateSchedule)


@router.post(
    COLLECTION,
    summary="Make a schedule",
    responses=answers(201, ScheduleView, 400, 401, 403, 408, 409, 413, 415, 422, 503),
    openapi_extra=takes(CreateSchedule),
    status_code=201,
)
async def create(request: Request, gateway: TheGateway, caller: TheWriter) -> Response:
    """The first time that it is due lies after now. What is submitted then is checked now, and again then."""
    wish = decode_body(await read_body(request, gateway.settings), _wishes)
    book = gateway.schedules
    try:
        recurrence(wish.cron, wish.timezone, book.now(), least=gateway.settings.schedule_seconds)
    except BadRecurrence as error:
        raise ClientError(
            "invalid_schedule", error.detail, errors=at(f"/{error.field}", error.detail)
        ) from None
    await _check(wish, gateway, caller.tenant)
    if len(book.of(caller.tenant)) >= gateway.settings.schedules_per_tenant:
        detail = f"there may be at most {gateway.settings.schedules_per_tenant} schedules"
        raise ClientError("too_many_schedules", detail)
    record = await book.create(wish, tenant=caller.tenant, by=caller.name)
    return json_response(view_of(record), 201, {"Location": f"{COLLECTION}/{record.id}"})


@router.get(
    COLLECTION,
    summary="List schedules, oldest first",
    responses=answers(200, ScheduleList, 401, 403, 503),
)
async def list_schedules(gateway: TheGateway, caller: TheReader) -> Response:
    """Without the text of their programs."""
    items = tuple(view_of(record, whole=False) for record in gateway.schedules.of(caller.tenant))
    return json_response(ScheduleList(items=items), 200)


@router.get(
    COLLECTION + "/{id}",
    summary="Read a schedule",
    responses=answers(200, ScheduleView, 401, 403, 404, 503),
)
async def get(id: str, gateway: TheGateway, caller: TheReader) -> Response:  # noqa: A002
    return json_response(view_of(_there(gateway.schedules.get(caller.tenant, id))), 200)


@router.delete(
    COLLECTION + "/{id}",
    summary="Delete a schedule",
    responses=answers(200, ScheduleView, 401, 403, 404, 503),
)
async def delete(id: str, gateway: TheGateway, caller: TheWriter) -> Response:  # noqa: A002
    """Answers what it was. What it has submitted goes its own way."""
    return json_response(view_of(_there(await gateway.schedules.delete(caller.tenant, id))), 200)


@router.post(
    COLLECTION + "/{id}/pause",
    summary="Pause a schedule",
    responses=answers(200, ScheduleView, 401, 403, 404, 503),
)
async def pause(id: str, gateway: TheGateway, caller: TheWriter) -> Response:  # noqa: A002
    """Nothing is submitted until it is resumed. Asked for again, the answer is the same."""
    return json_response(view_of(_there(await gateway.schedules.pause(caller.tenant, id))), 200)


@router.post(
    COLLECTION + "/{id}/resume",
    summary="Resume a schedule",
    responses=answers(200, ScheduleView, 401, 403, 404, 503),
)
async def resume(id: str, gateway: TheGateway, caller: TheWriter) -> Response:  # noqa: A002
    """It is due again from now on; what was due meanwhile is not made up for."""
    return json_response(view_of(_there(await gateway.schedules.resume(caller.tenant, id))), 200)


@router.post(
    COLLECTION + "/{id}/trigger",
    summary="Run a schedule's program now",
    responses=answers(202, Accepted, 401, 403, 404, 422, 429, 503),
    status_code=202,
)
async def trigger(id: str, gateway: TheGateway, caller: TheWriter) -> Response:  # noqa: A002
    """One evaluation more, also while it is paused. When it is due stays as it is."""
    record = _there(gateway.schedules.get(caller.tenant, id))
    deps = gateway.deps
    inputs = await look(deps, caller.tenant, record.evaluation)
    wish = prepared(record.evaluation, gateway.settings, inputs=inputs)
    address = Address(caller.tenant, str(uuid_utils.uuid7()))
    async with gateway.admission.admitted(caller.tenant, [wish.spec]) as [turns]:
        event = decide(replace(wish, turns=turns, origin=Origin(schedule=record.id)), _NEW)
        if isinstance(event, Refusal):
            raise refused(event)
        event = await moved(deps, caller.tenant, event)
        appended = await deps.log.append(address, event, after=Position())
    if not isinstance(appended, Written):
        raise BusUnavailable(f"the log holds a history for the new id {address.evaluation}")
    path = f"{evaluations.COLLECTION}/{address.evaluation}"
    accepted = Accepted(id=address.evaluation, links=evaluations.links(address))
    return json_response(accepted, 202, {"Location": path})


def view_of(record: ScheduleRecord, *, whole: bool = True) -> ScheduleView:
    """As the API shows it; not `whole`: without what its program and its input are made of."""
    spec, problem = record.evaluation, record.problem
    try:
        due = next_due(record)
    except BadRecurrence as error:
        # It gave times when it was made: its zone has gone from the database.
        due, problem = None, f"{error.field}: {error.detail}"
    if not whole:
        bare = {"code": "", "code_blob": None, "stdin": "", "stdin_blob": None}
        spec = replace(spec, **bare, files=(), cases=None)
    return ScheduleView(
        id=record.id,
        name=record.name,
        cron=record.cron,
        timezone=record.timezone,
        paused=record.paused,
        evaluation=spec,
        created_at=record.created_at,
        created_by=record.created_by,
        next_due=due,
        last_due=record.last_due,
        last_evaluation=record.last_evaluation,
        last_late_seconds=record.last_late_seconds,
        missed=record.missed,
        problem=problem,
    )


async def _check(wish: CreateSchedule, gateway: Gateway, tenant: str) -> None:
    """`ClientError` if what it is to submit would not be accepted now."""
    for field in ("run_at", "delay_seconds"):
        if getattr(wish.evaluation, field) is not None:
            detail = "a schedule says itself when its evaluations are due"
            raise ClientError("contradiction", detail, errors=at(f"/evaluation/{field}", detail))
    try:
        spec = wish.evaluation.spec()
        inputs = await look(gateway.deps, tenant, spec)
        prepared(spec, gateway.settings, inputs=inputs)
    except ClientError as error:
        errors = tuple(replace(one, pointer=f"/evaluation{one.pointer}") for one in error.errors)
        raise ClientError(
            error.slug, error.detail, errors=errors, extensions=error.extensions
        ) from None


def _there(record: ScheduleRecord | None) -> ScheduleRecord:
    if record is None:
        raise ClientError("not_found", "there is no such schedule")
    return record
