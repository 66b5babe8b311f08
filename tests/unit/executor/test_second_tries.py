"""Programs that are run again when they fail, where the submission says so; the last try counts."""

import pytest
from cloche_executor.sandbox import Job
from cloche_executor.second_tries import second_try
from cloche_kit.memory import MemoryBus
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import AttemptFailed, EvaluationCompleted
from cloche_schemas.values import Limits, Outcome, RetryPolicy, Usage
from support.evaluations import Client
from support.fake_engine import FakeEngine, Write
from support.working import nothing_left, working

AGAIN = RetryPolicy(program_failures=True)


def ended(outcome: Outcome = "failed", **more: object) -> EvaluationCompleted:
    known = {"attempt": 1, "usage": Usage(wall_seconds=1.0), "domain": "program"}
    return EvaluationCompleted(outcome=outcome, **(known | more))  # type: ignore[arg-type]


@pytest.mark.parametrize("outcome", ["failed", "timed_out", "out_of_memory"])
def test_a_program_that_failed_is_tried_again(outcome: Outcome) -> None:
    ending = ended(outcome, domain="limit", detail="why")
    assert second_try(ending, AGAIN, max_attempts=2) == AttemptFailed(
        attempt=1, reason=outcome, detail="why", domain="limit"
    )


def test_without_another_word_the_exit_code_is_told() -> None:
    failed = second_try(ended(exit_code=3), AGAIN, max_attempts=2)
    assert isinstance(failed, AttemptFailed)
    assert (failed.detail, failed.domain) == ("exit code 3", "program")


@pytest.mark.parametrize("outcome", ["succeeded", "cancelled", "compile_failed"])
def test_what_would_end_the_same_way_again_counts_at_once(outcome: Outcome) -> None:
    assert second_try(ended(outcome), AGAIN, max_attempts=9) == ended(outcome)


def test_the_last_attempt_counts_and_so_does_one_that_no_sandbox_took() -> None:
    assert second_try(ended(), AGAIN, max_attempts=1) == ended()
    assert second_try(ended(usage=None), AGAIN, max_attempts=9) == ended(usage=None)


def test_nothing_is_tried_again_unasked() -> None:
    assert second_try(ended(), RetryPolicy(), max_attempts=9) == ended()
    lost = AttemptFailed(attempt=1, reason="executor_lost")
    assert second_try(lost, AGAIN, max_attempts=9) is lost


async def test_a_program_that_fails_once_is_run_again_and_its_attempts_do_not_mix(
    bus: MemoryBus, client: Client
) -> None:
    async def program(job: Job, write: Write) -> int:
        await write("stdout", b"attempt %d" % job.labels.attempt)
        return 3 if job.labels.attempt == 1 else 0

    spec = EvaluationSpec(code="x", retry=AGAIN)
    async with working(bus, FakeEngine(program)):
        address = await client.submit(spec=spec)
        failed = await client.failed(address)
        await client.requeue(address)
        end = await client.completed(address)
        assert await nothing_left(bus)
    assert (failed.reason, failed.detail, failed.domain) == ("failed", "exit code 3", "program")
    assert (end.outcome, end.attempt) == ("succeeded", 2)
    assert await client.output(address, attempt=1) == b"attempt 1"
    assert await client.output(address, attempt=2) == b"attempt 2"


async def test_the_last_verdict_of_a_program_that_always_fails_counts(
    bus: MemoryBus, client: Client
) -> None:
    async def program(_job: Job, _write: Write) -> int:
        return 7

    spec = EvaluationSpec(code="x", retry=AGAIN)
    async with working(bus, FakeEngine(program)):
        address = await client.submit(spec=spec, limits=Limits())
        for attempts in (1, 2):
            await client.reached_times(address, "AttemptFailed", attempts)
            await client.requeue(address)
        end = await client.completed(address)
    assert (end.outcome, end.exit_code, end.attempt) == ("failed", 7, 3)
    assert "EvaluationDeadLettered" not in await client.types(address)
