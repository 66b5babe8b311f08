"""What the projector counts. Labels are bounded: reasons are a fixed list."""

from prometheus_client import Counter, Gauge, Histogram

EVENTS = Counter("cloche_projector_events", "Messages of the log that were projected")
PARKED = Counter("cloche_projector_parked", "Messages put aside, by reason", ["reason"])
for _reason in (
    *("malformed", "misplaced", "unknown_type"),
    *("illegal", "out_of_order", "unstorable"),
):
    PARKED.labels(_reason)
ROWS = Counter("cloche_projector_rows", "Rows of evaluations written")
BATCH_SECONDS = Histogram(
    "cloche_projector_batch_seconds",
    "Time from a batch's arrival to its commit",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
CHECKPOINT = Gauge("cloche_projector_checkpoint", "Stream sequence up to which rows are committed")
LAG = Gauge("cloche_projector_lag_events", "Messages on the log that are not in the rows yet")
LAG_SECONDS = Gauge(
    "cloche_projector_lag_seconds", "Age of the oldest message that is not in the rows yet"
)
ROW_SECONDS = Histogram(
    "cloche_projector_event_to_row_seconds",
    "From the oldest event of a batch to the commit of its rows",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800),
)
ENDED = Counter(
    "cloche_projector_ended",
    "Evaluations that ended, by how and by whose failure it was",
    ["outcome", "domain"],
)
ENDED.labels("dead_lettered", "infrastructure")
ACTIVE = Gauge("cloche_projector_active", "1 while this process holds the projection")
REBUILT = Gauge("cloche_projector_rebuilt", "Stream sequence up to which rows were made anew")
