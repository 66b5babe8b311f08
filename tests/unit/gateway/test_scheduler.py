"""What follows a failed attempt: after its back-off, once, whoever is asked how often."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from cloche_domain import Completed, DeadLettered, Evaluation, Queued, fold
from cloche_gateway.scheduler import Backoff, Scheduler, next_attempt_at, schedule
from cloche_kit.bus import Stored
from cloche_kit.consume import Reject, RetryLater
from cloche_schemas import codec
from cloche_schemas.codec import Stamp
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import (
    AttemptFailed,
    CancelRequested,
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationEvent,
    EvaluationQueued,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import RetryPolicy
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from support.gateway import Stage, stage_with
from support.waiting import wait_until

LOST = AttemptFailed(attempt=1, reason="executor_lost")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def failed(stage: Stage, *, cancel: bool = False) -> tuple[Address, Stored]:
    address = await stage.submit()
    await stage.start(address)
    if cancel:
        await stage.append(address, CancelRequested())
    stored = await stage.bus.get(await stage.append(address, LOST))
    assert stored is not None
    return address, stored


def parts(stored: Stored) -> tuple[Envelope, EvaluationEvent]:
    envelope, event = codec.decode(stored.data)
    assert isinstance(event, EvaluationEvent)
    return envelope, event


def scheduler(stage: Stage, ahead: float = 100.0) -> Scheduler:
    """One whose clock is `ahead` seconds after now."""
    return Scheduler(
        stage.deps.log,
        stage.deps.telemetry,
        Backoff(),
        clock=lambda: datetime.now(UTC) + timedelta(seconds=ahead),
    )


async def evaluation_of(stage: Stage, address: Address) -> Evaluation:
    return fold((await stage.executor.read(address)).numbered)


async def test_the_next_attempt_points_to_the_submission_and_stays_in_its_trace(
    stage: Stage,
) -> None:
    address, stored = await failed(stage)
    await scheduler(stage).handle(stored, *parts(stored))
    entry = (await stage.executor.read(address)).entries[-1]
    assert entry.event == EvaluationQueued(attempt=2, spec_sequence=1)
    assert entry.envelope.traceparent is not None
    trace_id = entry.envelope.traceparent.split("-")[1]
    assert parts(stored)[0].traceparent is not None
    assert trace_id in str(parts(stored)[0].traceparent)


async def test_before_the_back_off_is_over_the_event_is_to_come_again(stage: Stage) -> None:
    address, stored = await failed(stage)
    envelope, event = parts(stored)
    due = next_attempt_at(envelope.time, address.evaluation, 1, Backoff())
    early = (due - datetime.now(UTC)).total_seconds() - 0.25
    with pytest.raises(RetryLater) as later:
        await scheduler(stage, early).handle(stored, envelope, event)
    assert 0.0 < later.value.delay_seconds <= 0.25
    assert await stage.length() == stored.sequence


async def test_a_clock_that_runs_ahead_elsewhere_costs_no_more_than_the_cap(stage: Stage) -> None:
    _, stored = await failed(stage)
    with pytest.raises(RetryLater) as later:
        await scheduler(stage, -86_400).handle(stored, *parts(stored))
    assert later.value.delay_seconds == 60.0


async def test_redeliveries_and_two_schedulers_at_once_append_one_attempt(stage: Stage) -> None:
    address, stored = await failed(stage)
    await asyncio.gather(*(scheduler(stage).handle(stored, *parts(stored)) for _ in range(5)))
    await scheduler(stage).handle(stored, *parts(stored))
    assert (await evaluation_of(stage, address)).state == Queued(2)
    assert await stage.length() == stored.sequence + 1


async def test_after_the_last_attempt_comes_the_dead_letter_without_delay() -> None:
    async with stage_with(max_attempts=1) as stage:
        address, stored = await failed(stage)
        await scheduler(stage, -10).handle(stored, *parts(stored))
        assert (await evaluation_of(stage, address)).state == DeadLettered(1)


@pytest.mark.parametrize(
    ("detail", "said"),
    [("no daemon answers", "executor_lost: no daemon answers"), ("", "executor_lost")],
)
async def test_the_dead_letter_says_what_the_matter_was(detail: str, said: str) -> None:
    async with stage_with(max_attempts=1) as stage:
        address = await stage.submit()
        await stage.start(address)
        lost = replace(LOST, detail=detail)
        stored = await stage.bus.get(await stage.append(address, lost))
        assert stored is not None
        await scheduler(stage).handle(stored, *parts(stored))
        view = (await stage.client.get(f"/v1/evaluations/{address.evaluation}")).json()
        assert (view["status"], view["detail"]) == ("dead_lettered", said)
        end = (await stage.executor.read(address)).entries[-1].event
        assert isinstance(end, EvaluationDeadLettered)
        assert end.reason == "executor_lost"


async def test_what_was_to_be_cancelled_is_cancelled_without_delay(stage: Stage) -> None:
    address, stored = await failed(stage, cancel=True)
    await scheduler(stage, -10).handle(stored, *parts(stored))
    assert (await evaluation_of(stage, address)).state == Completed("cancelled", 0)


async def test_other_events_are_nothing_to_it(stage: Stage) -> None:
    address = await stage.submit()
    stored = await stage.bus.get(await stage.start(address))
    assert stored is not None
    await scheduler(stage).handle(stored, *parts(stored))
    assert await stage.length() == stored.sequence


async def test_a_history_older_than_the_event_is_waited_for(stage: Stage) -> None:
    _, stored = await failed(stage)
    newer = Stored(stored.subject, stored.sequence + 1, stored.time, stored.data)
    with pytest.raises(RetryLater):
        await scheduler(stage).handle(newer, *parts(stored))


async def test_a_failure_that_cannot_follow_is_put_aside(stage: Stage) -> None:
    address = await stage.submit()
    stamp = Stamp(id="forged", source="/x", address=address, time=NOON, sequence=2)
    await stage.bus.append(address.log, codec.encode(LOST, stamp), msg_id="forged")
    stored = await stage.bus.get(2)
    assert stored is not None
    with pytest.raises(Reject) as put_aside:
        await scheduler(stage).handle(stored, *parts(stored))
    assert put_aside.value.reason == "illegal_transition"


async def test_a_failure_of_what_has_lost_its_beginning_is_nothing_to_do(stage: Stage) -> None:
    """It was seen to before, and is delivered again after the evaluation is over and partly trimmed."""
    address, stored = await failed(stage)
    await scheduler(stage).handle(stored, *parts(stored))
    await stage.append(address, EvaluationCompleted(outcome="cancelled", attempt=0))
    await stage.bus.trim(stored.sequence - 1)
    length = await stage.length()
    await scheduler(stage).handle(stored, *parts(stored))
    assert await stage.length() == length


async def test_the_wait_is_that_of_the_submissions_own_policy() -> None:
    async with stage_with(retry_base_seconds=60) as stage:
        asked = {"base_seconds": 0.001, "cap_seconds": 0.001}
        address = await stage.submit(retry=asked)
        await stage.start(address)
        stored = await stage.bus.get(await stage.append(address, LOST))
        assert stored is not None
        await scheduler(stage, 0.01).handle(stored, *parts(stored))
        assert (await evaluation_of(stage, address)).state == Queued(2)


async def test_the_wait_of_an_event_without_a_policy_is_the_servers() -> None:
    old = EvaluationSpec(code="x")
    assert Backoff(2.0, 9.0).of(old) == Backoff(2.0, 9.0)
    assert Backoff(2.0, 9.0).of(None) == Backoff(2.0, 9.0)
    mine = replace(old, retry=RetryPolicy(base_seconds=1.0))
    assert Backoff(2.0, 9.0).of(mine) == Backoff(1.0, 9.0)


async def given_up(stage: Stage) -> tuple[Address, Stored]:
    """An evaluation after its last attempt, and the event that says so."""
    address, stored = await failed(stage)
    await scheduler(stage).handle(stored, *parts(stored))
    last = await stage.bus.last(address.log)
    assert last is not None
    return address, last


async def test_what_is_given_up_becomes_one_dead_letter_that_carries_the_submission() -> None:
    async with stage_with(max_attempts=1) as stage:
        address, last = await given_up(stage)
        for _ in range(3):
            # Redelivered, or told to another gateway.
            await scheduler(stage).handle(last, *parts(last))
        (letter,) = await stage.bus.parked()
        assert (letter.handler, letter.reason, letter.deliveries) == (
            "attempts",
            "executor_lost",
            1,
        )
        _, event = codec.decode(letter.stored.data)
        assert isinstance(event, EvaluationQueued)
        assert event.spec is not None
        assert letter.stored.subject.startswith(address.prefix)


async def test_a_dead_letter_waits_for_a_history_that_has_its_event() -> None:
    async with stage_with(max_attempts=1) as stage:
        _, last = await given_up(stage)
        newer = Stored(last.subject, last.sequence + 1, last.time, last.data)
        with pytest.raises(RetryLater):
            await scheduler(stage).handle(newer, *parts(last))
        assert await stage.bus.parked() == []


async def test_a_forged_end_is_put_aside_and_makes_no_dead_letter_of_the_evaluation(
    stage: Stage,
) -> None:
    address = await stage.submit()
    await stage.start(address)
    stamp = Stamp(id="forged", source="/x", address=address, time=NOON, sequence=3)
    end = EvaluationDeadLettered(attempts=1, reason="x")
    await stage.bus.append(address.log, codec.encode(end, stamp), msg_id="forged")
    stored = await stage.bus.get(3)
    assert stored is not None
    with pytest.raises(Reject) as put_aside:
        await scheduler(stage).handle(stored, *parts(stored))
    assert put_aside.value.reason == "illegal_transition"


async def test_the_hosted_loop_requeues_what_fails(stage: Stage) -> None:
    stop = asyncio.Event()
    loop = asyncio.create_task(schedule(stage.deps, Backoff(base=0.01, cap=0.01), stop=stop))
    address, _ = await failed(stage)

    async def queued_again() -> bool:
        return (await evaluation_of(stage, address)).state == Queued(2)

    await wait_until(queued_again)
    stop.set()
    await loop


ids = st.uuids().map(str)
backoffs = st.builds(
    Backoff,
    base=st.floats(min_value=0.001, max_value=100),
    cap=st.floats(min_value=0.001, max_value=1000),
)


@given(ids, st.integers(min_value=1, max_value=10_000), backoffs)
def test_a_delay_is_within_its_ceiling_and_the_same_for_everybody(
    id_: str, attempt: int, backoff: Backoff
) -> None:
    due = next_attempt_at(NOON, id_, attempt, backoff)
    ceiling = min(backoff.cap, backoff.base * 2.0 ** min(attempt - 1, 60))
    assert 0 <= (due - NOON).total_seconds() <= ceiling + 1e-6
    assert next_attempt_at(NOON, id_, attempt, backoff) == due


def test_delays_spread_over_the_whole_of_their_ceiling() -> None:
    delays = [
        (next_attempt_at(NOON, f"e{n}", 3, Backoff()) - NOON).total_seconds() for n in range(400)
    ]
    assert min(delays) < 0.4
    assert max(delays) > 3.6
    assert 1.7 < sum(delays) / 400 < 2.3
