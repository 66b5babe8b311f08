"""Ended evaluations are counted, each once for each stretch of time, and it does not matter how they come."""

from datetime import UTC, datetime, timedelta

from cloche_domain.durations import class_of
from cloche_projector.tallies import Key, beginning, columns, counted
from cloche_schemas.statistics import GRAINS
from cloche_schemas.values import Outcome
from cloche_schemas.views import AttemptView, EvaluationView

NOON = datetime(2026, 11, 26, 12, 34, 56, 789, tzinfo=UTC)


def ended(
    number: int, outcome: Outcome | None = "succeeded", tenant: str = "main"
) -> tuple[Key, EvaluationView]:
    attempt = AttemptView(
        number=1,
        queued_at=NOON - timedelta(seconds=3),
        started_at=NOON - timedelta(seconds=2),
        ended_at=NOON,
        outcome=outcome,
        reason=None if outcome else "executor_lost",
    )
    view = EvaluationView(
        id=str(number),
        status="completed" if outcome else "dead_lettered",
        outcome=outcome,
        attempts=(attempt,),
        completed_at=NOON,
    )
    return (tenant, view.id), view


def test_each_is_counted_in_every_grain_with_how_long_it_took() -> None:
    found = counted(dict([ended(1), ended(2), ended(3, "failed"), ended(4, tenant="other")]))
    assert len(found) == 3 * len(GRAINS)
    minute = {(p.tenant, p.outcome): t for p, t in found.items() if p.grain == 60}
    assert {place: tally.ended for place, tally in minute.items()} == {
        ("main", "succeeded"): 2,
        ("main", "failed"): 1,
        ("other", "succeeded"): 1,
    }
    both = minute["main", "succeeded"]
    assert (both.waited[class_of(1.0)], sum(both.waited)) == (2, 2)
    assert (both.ran[class_of(2.0)], sum(both.ran)) == (2, 2)


def test_what_was_given_up_counts_without_a_run() -> None:
    ((place, tally),) = [
        one for one in counted(dict([ended(1, None)])).items() if one[0].grain == 3600
    ]
    assert (place.outcome, place.at.isoformat()) == (
        "dead_lettered",
        "2026-11-26T12:00:00+00:00",
    )
    assert (tally.ended, sum(tally.waited), tally.ran) == (1, 1, [])


def test_a_stretch_begins_where_its_length_divides_time() -> None:
    assert beginning(NOON, 60) == datetime(2026, 11, 26, 12, 34, tzinfo=UTC)
    assert beginning(NOON, 900) == datetime(2026, 11, 26, 12, 30, tzinfo=UTC)
    assert beginning(NOON, 86_400) == datetime(2026, 11, 26, tzinfo=UTC)


def test_the_statement_takes_a_column_for_each_field() -> None:
    found = columns(dict([ended(1)]))
    assert {len(column) for column in found} == {len(GRAINS)}
    assert found[6][0].startswith("{0,")
    assert columns({}) == ()
