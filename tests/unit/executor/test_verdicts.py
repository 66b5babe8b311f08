"""Which verdict an end is, and how an attempt stands by the log."""

import pytest
from cloche_domain import Evaluation
from cloche_domain.evaluation import (
    Absent,
    Cancelling,
    Completed,
    DeadLettered,
    Queued,
    RetryPending,
    Running,
    Scheduled,
    State,
)
from cloche_executor.attempt import Stop, StopReason, judge, signal_of
from cloche_executor.claim import Standing, standing
from cloche_executor.sandbox import Exit
from cloche_schemas.values import Limits

LIMITS = Limits(cpu_seconds=2)


@pytest.mark.parametrize(
    ("exit_", "outcome", "domain"),
    [
        (Exit(status=0), "succeeded", None),
        (Exit(status=0, cpu_seconds=9), "succeeded", None),
        (Exit(status=1), "failed", "program"),
        (Exit(status=137), "failed", "program"),
        (Exit(status=137, out_of_memory=True), "out_of_memory", "limit"),
        (Exit(status=152), "timed_out", "limit"),
        (Exit(status=137, cpu_seconds=2.5), "timed_out", "limit"),
        (Exit(status=137, cpu_seconds=1.5), "failed", "program"),
    ],
)
def test_an_end_by_itself_is_judged_by_its_evidence(
    exit_: Exit, outcome: str, domain: str | None
) -> None:
    assert judge(exit_, None, LIMITS)[:2] == (outcome, domain)


def test_a_cut_is_judged_by_its_reason() -> None:
    assert judge(Exit(status=137), "cancelled", LIMITS)[0] == "cancelled"
    assert judge(Exit(status=137), "deadline", LIMITS)[0] == "timed_out"


def test_only_real_signals_count_as_signals() -> None:
    assert (signal_of(139), signal_of(128), signal_of(255), signal_of(1)) == (11, None, None, None)
    assert judge(Exit(status=139), None, LIMITS)[2] == "ended by SIGSEGV"


@pytest.mark.parametrize(
    ("reasons", "reason", "urgent"),
    [
        (["cancelled"], "cancelled", False),
        (["cancelled", "stopping"], "stopping", True),
        (["lost", "stopping"], "lost", True),
        (["stopping", "cancelled"], "stopping", True),
    ],
)
def test_the_first_reason_to_stop_counts_unless_a_cancel_is_overtaken(
    reasons: list[StopReason], reason: str, urgent: bool
) -> None:
    stop = Stop()
    for one in reasons:
        stop.request(one)
    assert (stop.reason, stop.urgent.is_set(), stop.asked.is_set()) == (reason, urgent, True)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (Queued(2), "open"),
        (Queued(3), "over"),
        (Queued(1), "poison"),
        (Running(2, "e", "n"), "held"),
        (Cancelling(2, "e", "n"), "held"),
        (Running(3, "e", "n"), "over"),
        (RetryPending(2, "r"), "over"),
        (RetryPending(1, "r"), "poison"),
        (Completed("succeeded", 1), "over"),
        (DeadLettered(1), "over"),
        (Absent(), "poison"),
        (Scheduled(), "poison"),
    ],
)
def test_how_attempt_two_stands(state: State, expected: Standing) -> None:
    assert standing(Evaluation(number=1, state=state), 2) == expected
