"""``GET /v1/evaluations/{id}/timeline``: an evaluation as spans of time, rebuilt from its events alone."""

from collections.abc import Iterable
from contextlib import aclosing

from cloche_domain import Occurrence, Settled
from cloche_domain import timeline as rebuilt
from cloche_kit.bus import EventBus, Stored
from cloche_kit.telemetry import trace_id_of
from cloche_schemas import codec
from cloche_schemas.codec import Unknown
from cloche_schemas.events import CaseCompleted, OutputChunk, type_of
from cloche_schemas.subjects import Address, is_output
from cloche_schemas.timeline import Timeline
from fastapi import APIRouter, Request
from starlette.responses import Response

from cloche_gateway.answering import FAILURES, archive_problem, history_of
from cloche_gateway.authentication import TheReader
from cloche_gateway.deps import Deps, Gateway, TheGateway
from cloche_gateway.evaluation_past import SKEW
from cloche_gateway.openapi import answers
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError
from cloche_gateway.reading import Known, address_of, find
from cloche_gateway.representations import conditional

router = APIRouter(route_class=PlannedRoute, tags=["evaluations"])
BATCH = 100
_OUTPUT = type_of(OutputChunk)


@router.get(
    "/v1/evaluations/{id}/timeline",
    summary="Show where the time went",
    responses=answers(200, Timeline, 304, 401, 403, 404, 410, 422, 502, 503),
)
async def timeline(
    id: str,  # noqa: A002
    request: Request,
    gateway: TheGateway,
    caller: TheReader,
) -> Response:
    """Spans as of a trace, for a waterfall without a trace store. Each comes after the one that it is a part of.

    They are made from the events on the log or in the archive, so they are there for as long as those are. A span that
    is `measured` has a length that was measured where it ran, and a place that follows from the events.
    """
    address = address_of(caller.tenant, id)
    known = await find(gateway.deps, address)
    told = await _told(gateway, address, known)
    return conditional(request, rebuilt(told.occurrences, told.cases))


class _Told:
    """What the events of an evaluation say, in their order. `last`: up to which number its lifecycle is there."""

    def __init__(self, evaluation: str) -> None:
        self._evaluation = evaluation
        self.last = 0
        self.occurrences: list[Occurrence] = []
        self.cases: list[Settled] = []

    def hear(self, messages: Iterable[Stored]) -> None:
        """Further messages. Of the lifecycle only what follows counts: beyond a hole nothing is known."""
        for stored in messages:
            try:
                envelope = codec.decode_envelope(stored.data)
                # Most of what lies there may be output, whose bytes are not worth decoding here.
                event = None if envelope.type == _OUTPUT else codec.decode_event(envelope)
            except codec.Malformed:
                continue
            if isinstance(event, CaseCompleted):
                self.cases.append(Settled(time=envelope.time, case=event))
            elif envelope.number == self.last + 1 and not is_output(stored.subject):
                self.last = envelope.number
                if event is None or isinstance(event, Unknown | OutputChunk):
                    continue
                self.occurrences.append(
                    Occurrence(
                        evaluation=self._evaluation,
                        number=envelope.number,
                        time=envelope.time,
                        trace_id=trace_id_of(envelope),
                        event=event,
                    )
                )

    def is_all(self, known: Known) -> bool:
        """Whether nothing is missing that has happened."""
        return self.last >= known.view.sequence and len(self.cases) >= _cases_of(known)


def _cases_of(known: Known) -> int:
    """How many must have been told. While it goes on nobody knows."""
    counts = known.view.cases
    return counts.passed + counts.failed if counts is not None and known.state.over else 0


async def _told(gateway: Gateway, address: Address, known: Known) -> _Told:
    """All of it, from wherever it lies. `events_trimmed` once nobody has its lifecycle any more."""
    deps = gateway.deps
    told = _Told(address.evaluation)
    messages = await deps.bus.history(address.tenant, address.evaluation)
    told.hear(messages)
    if messages and known.view.cases is not None:
        await _hear_cases(deps.bus, address, messages[0].sequence - 1, told)
    if told.is_all(known):
        return told
    async with gateway.readers:
        told = await _from_the_archive(deps, address, known)
    if told.last < known.view.sequence:
        raise ClientError("events_trimmed", "neither the log nor the archive has all of it")
    return told


async def _hear_cases(bus: EventBus, address: Address, after: int, told: _Told) -> None:
    """Those that the log has by now."""
    last = await bus.last(address.any_output)
    if last is None or last.sequence <= after:
        return
    source = bus.follow(after=after, filters=(address.any_output,), batch=BATCH)
    async with aclosing(source) as batches:
        async for batch in batches:
            told.hear(batch)
            if batch[-1].sequence >= last.sequence:
                return


async def _from_the_archive(deps: Deps, address: Address, known: Known) -> _Told:
    """From its submission on, until nothing is missing, or there is no more."""
    history, told = history_of(deps), _Told(address.evaluation)
    filters = (address.lifecycle,)
    if known.view.cases is not None:
        filters = (address.everything,)
    try:
        lineage = await history.lineage()
        begin = lineage.beginning
        if known.view.submitted_at is not None:
            begin = await history.before(lineage, known.view.submitted_at - SKEW)
        passages = history.read(lineage, begin, lineage.end, filters=filters, batch=BATCH)
        async with aclosing(passages):
            async for passage in passages:
                told.hear(passage.messages)
                if told.is_all(known):
                    break
    except FAILURES as error:
        raise await archive_problem(history, error) from error
    return told
