"""Service level objectives: what is promised, how it is measured, and the rules of Prometheus that follow.

An objective is a share of good events over 30 days; what it leaves over is the error budget. Alerts go by how fast the
budget burns, each in two windows: the long one says that it matters, the short one that it goes on (Site Reliability
Workbook, "Alerting on SLOs").
"""

from collections.abc import Iterator

from msgspec import Struct

PAGES = ((14.4, "5m", "1h"), (6.0, "30m", "6h"))
TICKETS = ((3.0, "2h", "1d"), (1.0, "6h", "3d"))
WINDOWS = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
HEAD = "# Made by python -m cloche_observability from slos.py: change it there.\n"


class Slo(Struct, frozen=True, kw_only=True):
    """`bad` and `all`: expressions of PromQL per second over the window WINDOW."""

    name: str
    alert: str
    objective: float
    promise: str
    bad: str
    all: str

    @property
    def budget(self) -> float:
        return round(1 - self.objective, 6)


def _within(metric: str, seconds: str) -> dict[str, str]:
    """Of a histogram: what took longer is bad. `seconds` is one of its bounds, as it is scraped."""
    return {
        "bad": f"sum(rate({metric}_count[WINDOW])) - "
        f'sum(rate({metric}_bucket{{le="{seconds}"}}[WINDOW]))',
        "all": f"sum(rate({metric}_count[WINDOW]))",
    }


_SUBMISSIONS = 'method="POST",route=~"/v1/(evaluations|batches)"'

SLOS = (
    Slo(
        name="submission-availability",
        alert="ClocheSubmissionsFailing",
        objective=0.999,
        promise="of submissions are not answered with a 5xx",
        bad=f'(sum(rate(cloche_http_requests_total{{{_SUBMISSIONS},status=~"5.."}}[WINDOW])) or vector(0))',
        all=f"sum(rate(cloche_http_requests_total{{{_SUBMISSIONS}}}[WINDOW]))",
    ),
    Slo(
        name="submit-to-start",
        alert="ClocheStartsLate",
        objective=0.99,
        promise="of attempts start within 5 s of being queued",
        **_within("cloche_executor_wait_seconds", "5.0"),
    ),
    Slo(
        name="submit-to-first-output",
        alert="ClocheFirstOutputLate",
        objective=0.99,
        promise="of attempts have their first output on the log within 5 s, the program's own silence left out",
        **_within("cloche_executor_first_output_seconds", "5.0"),
    ),
    Slo(
        name="event-to-row",
        alert="ClocheRowsLate",
        objective=0.999,
        promise="of batches of events are in PostgreSQL within 5 s of their oldest event",
        **_within("cloche_projector_event_to_row_seconds", "5.0"),
    ),
    Slo(
        name="event-to-archive",
        alert="ClocheArchiveLate",
        objective=0.99,
        promise="of segments are in S3 within 60 s of their first event",
        **_within("cloche_storage_event_to_archive_seconds", "60.0"),
    ),
)


def rules() -> str:
    """The rule file: recorded ratios of every window, budgets, and an alert of two severities for each objective."""
    return HEAD + "\n".join(["groups:", *_recorded(), *_alerts()]) + "\n"


def _recorded() -> Iterator[str]:
    for slo in SLOS:
        yield f"  - name: slo-{slo.name}"
        yield "    rules:"
        for window in WINDOWS:
            bad, all_ = (text.replace("WINDOW", window) for text in (slo.bad, slo.all))
            yield f"      - record: cloche_slo:errors:ratio_rate{window}"
            yield f"        expr: ({bad}) / ({all_} > 0)"
            yield f"        labels: {{slo: {slo.name}}}"
        yield "      - record: cloche_slo:budget:ratio"
        yield f"        expr: vector({slo.budget:g})"
        yield f"        labels: {{slo: {slo.name}}}"


def _alerts() -> Iterator[str]:
    yield "  - name: slo-alerts"
    yield "    rules:"
    for slo in SLOS:
        for severity, speeds in (("page", PAGES), ("ticket", TICKETS)):
            yield f"      - alert: {slo.alert}"
            yield "        expr: >-"
            yield "          " + " or ".join(_burns(slo, *speed) for speed in speeds)
            yield f"        labels: {{severity: {severity}}}"
            yield "        annotations:"
            told = f"{slo.objective:.1%} {slo.promise}"
            yield f'          summary: "The error budget of {slo.name} burns too fast: {told}"'
            yield f"          runbook: docs/runbooks/{slo.alert}.md"


def _burns(slo: Slo, speed: float, short: str, long: str) -> str:
    most = f"{speed * slo.budget:g}"
    both = (f'cloche_slo:errors:ratio_rate{w}{{slo="{slo.name}"}} > {most}' for w in (short, long))
    return f"({' and '.join(both)})"
