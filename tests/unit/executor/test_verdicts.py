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
from cloche_executor.claim import Standing, standing
from cloche_executor.sandbox import Exit, Usage
from cloche_executor.stopping import Stop, StopReason
from cloche_executor.verdicts import Cut, Ran, Verdict, judge, signal_of
from cloche_schemas.values import Limits

LIMITS = Limits(cpu_seconds=2)


def used(cpu_seconds: float) -> Usage:
    return Usage(cpu_seconds=cpu_seconds)


def verdict(exit_: Exit, cut: Cut | None = None) -> Verdict:
    return judge(Ran(seconds=1.0, exit=exit_, cut=cut), LIMITS)


@pytest.mark.parametrize(
    ("exit_", "outcome", "limit"),
    [
        (Exit(status=0), "succeeded", None),
        (Exit(status=0, usage=used(9)), "succeeded", None),
        (Exit(status=0, reached=("pids",)), "succeeded", None),
        (Exit(status=1), "failed", None),
        (Exit(status=1, reached=("pids", "scratch_bytes")), "failed", "pids"),
        (Exit(status=1, reached=("memory_bytes",)), "failed", None),
        (Exit(status=137), "failed", None),
        (Exit(status=137, out_of_memory=True), "out_of_memory", "memory_bytes"),
        (Exit(status=152), "timed_out", "cpu_seconds"),
        (Exit(status=153, reached=("file_bytes",)), "failed", "file_bytes"),
        (Exit(status=137, usage=used(2.5)), "timed_out", "cpu_seconds"),
        (Exit(status=137, usage=used(1.5)), "failed", None),
    ],
)
def test_an_end_by_itself_is_judged_by_its_evidence(
    exit_: Exit, outcome: str, limit: str | None
) -> None:
    seen = verdict(exit_)
    assert (seen.outcome, seen.limit) == (outcome, limit)
    expected = None if outcome == "succeeded" else "limit" if limit else "program"
    assert seen.domain == expected
    assert set(exit_.reached) <= set(seen.reached)
    assert limit is None or limit in seen.reached
    assert seen.exit_code == exit_.status


def test_a_cut_is_judged_by_its_reason_and_has_no_exit_code() -> None:
    assert verdict(Exit(status=137), "cancelled").outcome == "cancelled"
    late = verdict(Exit(status=137), "wall_seconds")
    assert (late.outcome, late.limit, late.exit_code, late.signal) == (
        "timed_out",
        "wall_seconds",
        None,
        9,
    )
    assert "wall time of 60 s" in late.detail
    assert "CPU time of 2 s" in verdict(Exit(status=137), "cpu_seconds").detail


def test_output_over_the_limit_is_told_and_ends_nothing() -> None:
    seen = judge(Ran(seconds=1.0, exit=Exit(status=0)), LIMITS, output_over=True)
    assert (seen.outcome, seen.reached, seen.limit) == ("succeeded", ("output_bytes",), None)


def test_only_real_signals_count_as_signals() -> None:
    assert (signal_of(139), signal_of(128), signal_of(255), signal_of(1)) == (11, None, None, None)
    assert verdict(Exit(status=139)).detail == "ended by SIGSEGV"


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
