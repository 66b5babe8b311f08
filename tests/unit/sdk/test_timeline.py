"""`cloche timeline`: spans as lines. Of a real gateway they are in test_dead_letters.py."""

from datetime import UTC, datetime, timedelta

from cloche.commands.timeline import waterfall
from cloche_schemas.timeline import Timeline, TimelineSpan

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def span(
    id_: str, begun: float, took: float | None, parent: str | None = None, *, failed: bool = False
) -> TimelineSpan:
    start = NOON + timedelta(seconds=begun)
    return TimelineSpan(
        id=id_,
        parent=parent,
        name="evaluation" if parent is None else "run attempt",
        kind="internal",
        started_at=start,
        ended_at=None if took is None else start + timedelta(seconds=took),
        failed=failed,
        end="executor_lost" if failed else "",
    )


def test_spans_stand_where_they_lie_in_the_whole() -> None:
    spans = (
        span("a", 0, None),
        span("b", 0, 5, "a", failed=True),
        span("c", 5, 5, "a"),
        span("d", 10, 0, "c"),
    )
    whole, failed, second, moment = waterfall(Timeline(spans=spans), 10)
    assert whole == "    0.000          …  evaluation                  ━━━━━━━━━━"
    assert failed == "    0.000      5.000    run attempt               ━━━━━ executor_lost"
    assert second == "    5.000      5.000    run attempt                    ━━━━━"
    assert moment == "   10.000      0.000      run attempt                      ·"
    assert list(waterfall(Timeline(), 10)) == []


def test_what_has_only_begun_is_a_dot() -> None:
    (line,) = waterfall(Timeline(spans=(span("a", 0, None),)), 10)
    assert line.endswith("evaluation                  ·")
