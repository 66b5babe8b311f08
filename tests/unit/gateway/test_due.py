"""Evaluations for later: accepted with a time, queued when it has come, never before, never after a cancellation."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloche_domain import Completed, Evaluation, Queued, Scheduled, fold
from cloche_gateway.due import FURTHEST_SECONDS, LATE_SECONDS, LONGEST_WAIT, lateness
from cloche_gateway.scheduler import Backoff, Scheduler
from cloche_kit.bus import Stored
from cloche_kit.consume import Reject, RetryLater
from cloche_schemas import codec
from cloche_schemas.codec import Stamp
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import (
    AttemptFailed,
    EvaluationEvent,
    EvaluationQueued,
    EvaluationScheduled,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits
from support.gateway import HELLO, TENANT, Stage, assert_problem

PATH = "/v1/evaluations"


def said(times: dict[str, Any]) -> dict[str, Any]:
    """`times` as they are sent; a number for run_at is seconds from now."""
    run_at = times.get("run_at")
    if not isinstance(run_at, int | float):
        return times
    moment = datetime.now(UTC) + timedelta(seconds=run_at)
    return {**times, "run_at": moment.isoformat()}


async def scheduled(stage: Stage, seconds: float = 3600.0) -> tuple[Address, Stored]:
    answer = await stage.client.post(PATH, json={**HELLO, "delay_seconds": seconds})
    assert (answer.status_code, answer.json()["status"]) == (202, "scheduled"), answer.text
    address = Address(TENANT, answer.json()["id"])
    stored = await stage.bus.last(address.lifecycle)
    assert stored is not None
    return address, stored


def parts(stored: Stored) -> tuple[Envelope, EvaluationEvent]:
    envelope, event = codec.decode(stored.data)
    assert isinstance(event, EvaluationEvent)
    return envelope, event


def due_at(stored: Stored) -> datetime:
    event = parts(stored)[1]
    assert isinstance(event, EvaluationScheduled)
    return event.due_at


def scheduler(stage: Stage, now: datetime) -> Scheduler:
    return Scheduler(stage.deps.log, stage.deps.telemetry, Backoff(), clock=lambda: now)


async def evaluation_of(stage: Stage, address: Address) -> Evaluation:
    return fold((await stage.executor.read(address)).numbered)


async def view_of(stage: Stage, address: Address) -> dict[str, Any]:
    answer = await stage.client.get(f"{PATH}/{address.evaluation}")
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("field", ["run_at", "delay_seconds"])
async def test_it_is_accepted_to_run_later_and_shows_when(stage: Stage, field: str) -> None:
    value = {"run_at": "2027-01-01T12:00:00+02:00", "delay_seconds": 90.5}[field]
    before = datetime.now(UTC)
    answer = await stage.client.post(PATH, json={**HELLO, field: value})
    assert (answer.status_code, answer.json()["status"]) == (202, "scheduled")
    view = await view_of(stage, Address(TENANT, answer.json()["id"]))
    assert (view["status"], view["late_seconds"]) == ("scheduled", 0.0)
    due = datetime.fromisoformat(view["due_at"])
    if field == "run_at":
        assert due == datetime(2027, 1, 1, 10, tzinfo=UTC)
    else:
        assert timedelta(seconds=90.5) <= due - before < timedelta(seconds=95)


@pytest.mark.parametrize(
    ("times", "code", "pointer"),
    [
        ({"run_at": 60, "delay_seconds": 1}, "contradiction", "/delay_seconds"),
        ({"run_at": -70}, "invalid_due_time", "/run_at"),
        ({"run_at": FURTHEST_SECONDS + 60}, "invalid_due_time", "/run_at"),
        ({"run_at": "9999-12-31T23:59:59-12:00"}, "invalid_due_time", "/run_at"),
        ({"run_at": "0001-01-01T00:00:00+12:00"}, "invalid_due_time", "/run_at"),
        ({"delay_seconds": FURTHEST_SECONDS + 1}, "invalid_due_time", "/delay_seconds"),
        ({"delay_seconds": 1e300}, "invalid_due_time", "/delay_seconds"),
        ({"delay_seconds": -1}, "invalid_body", "/delay_seconds"),
        ({"run_at": "2026-12-24T18:00:00"}, "invalid_body", "/run_at"),
        ({"run_at": "tomorrow"}, "invalid_body", "/run_at"),
    ],
)
async def test_times_that_cannot_be_are_refused_with_the_place(
    stage: Stage, times: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await stage.client.post(PATH, json={**HELLO, **said(times)})
    assert_problem(answer, 422, code, pointer)
    assert await stage.length() == 0


@pytest.mark.parametrize("times", [{"run_at": -30}, {"delay_seconds": 0}])
async def test_a_time_that_has_just_passed_is_now(stage: Stage, times: dict[str, Any]) -> None:
    answer = await stage.client.post(PATH, json={**HELLO, **said(times)})
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")


async def test_before_it_is_due_the_event_is_to_come_again_and_nothing_happens(
    stage: Stage,
) -> None:
    address, stored = await scheduled(stage)
    for left, asked in ((1800.0, 1800.0), (0.001, 0.001), (LONGEST_WAIT + 1, LONGEST_WAIT)):
        early = due_at(stored) - timedelta(seconds=left)
        with pytest.raises(RetryLater) as later:
            await scheduler(stage, early).handle(stored, *parts(stored))
        assert later.value.delay_seconds == pytest.approx(asked)
    assert (await evaluation_of(stage, address)).state == Scheduled()


@pytest.mark.parametrize(("after", "late"), [(0.0, 0.0), (LATE_SECONDS, 0.0), (600.25, 600.25)])
async def test_when_it_is_due_it_is_queued_and_says_how_late(
    stage: Stage, after: float, late: float
) -> None:
    address, stored = await scheduled(stage)
    now = due_at(stored) + timedelta(seconds=after)
    await scheduler(stage, now).handle(stored, *parts(stored))
    event = (await stage.executor.read(address)).entries[-1].event
    assert event == EvaluationQueued(
        turns="all",
        attempt=1,
        spec_sequence=stored.sequence,
        due_at=due_at(stored),
        late_seconds=late,
    )
    view = await view_of(stage, address)
    assert (view["status"], view["late_seconds"], view["attempt"]) == ("queued", late, 1)
    assert datetime.fromisoformat(view["due_at"]) == due_at(stored)


async def test_redeliveries_and_two_schedulers_at_once_queue_it_once(stage: Stage) -> None:
    address, stored = await scheduled(stage)
    now = due_at(stored)
    await asyncio.gather(*(scheduler(stage, now).handle(stored, *parts(stored)) for _ in range(5)))
    await scheduler(stage, now).handle(stored, *parts(stored))
    assert (await evaluation_of(stage, address)).state == Queued(1)
    assert await stage.length() == stored.sequence + 1


async def test_cancelled_before_it_is_due_it_is_over_and_never_queued(stage: Stage) -> None:
    address, stored = await scheduled(stage)
    answer = await stage.client.post(f"{PATH}/{address.evaluation}/cancel", json={"reason": "no"})
    assert (answer.status_code, answer.json()["outcome"]) == (202, "cancelled")
    await scheduler(stage, due_at(stored)).handle(stored, *parts(stored))
    assert (await evaluation_of(stage, address)).state == Completed("cancelled", 0)
    again = await stage.client.post(f"{PATH}/{address.evaluation}/cancel")
    assert_problem(again, 409, "already_over")


async def test_the_next_attempt_of_what_was_scheduled_points_to_its_submission(
    stage: Stage,
) -> None:
    address, stored = await scheduled(stage)
    await scheduler(stage, due_at(stored)).handle(stored, *parts(stored))
    await stage.start(address)
    lost = AttemptFailed(attempt=1, reason="executor_lost")
    failed = await stage.bus.get(await stage.append(address, lost))
    assert failed is not None
    later = datetime.now(UTC) + timedelta(seconds=100)
    await scheduler(stage, later).handle(failed, *parts(failed))
    event = (await stage.executor.read(address)).entries[-1].event
    assert event == EvaluationQueued(attempt=2, spec_sequence=stored.sequence, turns="all")


async def test_a_history_older_than_the_event_is_waited_for(stage: Stage) -> None:
    _, stored = await scheduled(stage)
    newer = Stored(stored.subject, stored.sequence + 1, stored.time, stored.data)
    with pytest.raises(RetryLater):
        await scheduler(stage, due_at(stored)).handle(newer, *parts(stored))


async def test_one_that_cannot_follow_is_put_aside(stage: Stage) -> None:
    address = await stage.submit()
    event = EvaluationScheduled(
        spec=EvaluationSpec(code="1"), limits=Limits(), due_at=datetime(2026, 1, 1, tzinfo=UTC)
    )
    stamp = Stamp(id="x", source="/x", address=address, time=event.due_at, sequence=2)
    await stage.bus.append(address.log, codec.encode(event, stamp), msg_id="x")
    stored = await stage.bus.get(2)
    assert stored is not None
    with pytest.raises(Reject) as put_aside:
        await scheduler(stage, datetime.now(UTC)).handle(stored, *parts(stored))
    assert put_aside.value.reason == "illegal_transition"


def test_a_clock_that_runs_behind_makes_nothing_late() -> None:
    now = datetime.now(UTC)
    assert lateness(now + timedelta(seconds=1), now) == 0.0
