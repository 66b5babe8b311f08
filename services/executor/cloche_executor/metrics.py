"""What an executor counts. Labels have few values: never an id."""

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter(
    "cloche_executor_attempts",
    "Attempts that ended, by how and by whose failure it was",
    ["engine", "end", "domain"],
)
ATTEMPT_SECONDS = Histogram(
    "cloche_executor_attempt_seconds",
    "From the claim of an attempt to the event that ends it",
    ["engine"],
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600, 86400),
)
WAIT_SECONDS = Histogram(
    "cloche_executor_wait_seconds",
    "From queued to started, by what was asked for",
    ["engine", "priority"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
)
FIRST_OUTPUT_SECONDS = Histogram(
    "cloche_executor_first_output_seconds",
    "From queued to the first output on the log, without the program's own silence",
    ["engine"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200),
)
REDELIVERED = Counter(
    "cloche_executor_redelivered", "Work that had been delivered before, here or elsewhere"
)
SLOTS = Gauge("cloche_executor_slots", "Sandboxes that may run at once")
BUSY = Gauge("cloche_executor_slots_busy", "Sandboxes that run")
START_SECONDS = Histogram(
    "cloche_executor_sandbox_start_seconds",
    "From the order to the program's first instruction",
    ["engine"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
RUN_SECONDS = Histogram(
    "cloche_executor_run_seconds",
    "Wall time of programs",
    ["engine"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 3600, 86400),
)
OUTPUT_BYTES = Counter("cloche_executor_output_bytes", "Bytes that programs wrote", ["stream"])
PARKED = Counter("cloche_executor_parked", "Work messages that nobody could digest")
LOST = Counter("cloche_executor_leases_lost", "Sandboxes stopped because their lease was in doubt")
REAPED = Counter("cloche_executor_sandboxes_reaped", "Sandboxes that nobody owned")
POOL_HITS = Counter(
    "cloche_executor_pool_hits", "Sandboxes that had been started ahead", ["engine", "image"]
)
POOL_MISSES = Counter(
    "cloche_executor_pool_misses", "Sandboxes that somebody had to wait for", ["engine", "image"]
)
POOL_SIZE = Gauge(
    "cloche_executor_pool_size", "Sandboxes that wait for a program", ["engine", "image"]
)
REFILL_SECONDS = Histogram(
    "cloche_executor_pool_refill_seconds",
    "From the order for a sandbox to its waiting for a program",
    ["engine", "image"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
