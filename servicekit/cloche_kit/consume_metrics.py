"""What the consume loop counts. Labels have few values: handlers are named in code, reasons and results are fixed."""

from prometheus_client import Counter, Histogram

EVENTS = Counter("cloche_consume_events", "Events by what became of them", ["handler", "result"])
PULLS = Counter("cloche_consume_pulls", "Pulls by what they brought", ["handler", "result"])
PARKED = Counter("cloche_consume_parked", "Events put aside, by reason", ["handler", "reason"])
REDELIVERED = Counter(
    "cloche_consume_redelivered", "Events that had been delivered before", ["handler"]
)
SECONDS = Histogram(
    "cloche_consume_seconds",
    "Time in the handler for one event",
    ["handler"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def begin(handler: str) -> None:
    """Show what has not happened yet as 0, so that its first time is an increase."""
    for result in ("handled", "retried", "skipped", "parked"):
        EVENTS.labels(handler, result)
    for reason in ("malformed", "unknown_type", "rejected", "failed"):
        PARKED.labels(handler, reason)
    REDELIVERED.labels(handler)
