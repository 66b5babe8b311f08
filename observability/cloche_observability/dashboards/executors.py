"""Executors and sandboxes: room, starts, pools, ends."""

from cloche_observability.dashboards.board import Board, Graph, Query, Row
from cloche_observability.dashboards.promql import high, quantiles, rate, share

_STARTS = '{ name = "start sandbox" && duration > 500ms }'
_FAILED = '{ name = "run attempt" && status = error }'

EXECUTORS = Board(
    slug="executors",
    title="Cloche / Executors and sandboxes",
    about="How much room there is, how fast sandboxes start, and how attempts end.",
    rows=(
        Row(
            "Room",
            (
                Graph(
                    title="Slots",
                    unit="none",
                    queries=(
                        Query("sum(cloche_executor_slots)", "there"),
                        Query("sum(cloche_executor_slots_busy)", "busy"),
                    ),
                ),
                Graph(
                    title="Queued messages, by place",
                    unit="none",
                    queries=(
                        Query("sum by (place) (cloche_queue_depth)", "{{place}}"),
                        Query(rate("cloche_queue_released_total"), "released a second"),
                    ),
                ),
                Graph(
                    title="Queue, by engine and priority",
                    unit="none",
                    queries=(
                        Query(
                            "sum by (engine, priority) (cloche_queue_depth)",
                            "{{engine}} {{priority}}",
                        ),
                    ),
                ),
                Graph(
                    title="Longest wait now",
                    unit="s",
                    queries=(
                        Query(
                            "max by (engine, priority) (cloche_queue_oldest_seconds)",
                            "{{engine}} {{priority}}",
                        ),
                    ),
                ),
                Graph(
                    title="From queued to started, by priority",
                    unit="s",
                    traces='{ name = "dequeue" && duration > 1s }',
                    queries=(high("cloche_executor_wait_seconds", "priority"),),
                ),
                Graph(
                    title="From queued to started, by engine asked for",
                    unit="s",
                    traces='{ name = "dequeue" && duration > 1s }',
                    queries=(high("cloche_executor_wait_seconds", "engine"),),
                ),
            ),
        ),
        Row(
            "Sandboxes",
            (
                Graph(
                    title="Start, by engine",
                    unit="s",
                    traces=_STARTS,
                    queries=quantiles("cloche_executor_sandbox_start_seconds", "engine"),
                ),
                Graph(
                    title="Started ahead",
                    unit="percentunit",
                    about="Share of programs that found a sandbox waiting.",
                    traces="{ span.cloche.warm = false }",
                    queries=(
                        Query(
                            share(
                                rate("cloche_executor_pool_hits_total"),
                                f"({rate('cloche_executor_pool_hits_total')} or vector(0)) + "
                                f"({rate('cloche_executor_pool_misses_total')} or vector(0))",
                            )
                        ),
                    ),
                ),
                Graph(
                    title="Pool, by image",
                    unit="none",
                    queries=(
                        Query(
                            "sum by (engine, image) (cloche_executor_pool_size)",
                            "{{engine}} {{image}}",
                        ),
                    ),
                ),
                Graph(
                    title="Making a sandbox",
                    unit="s",
                    queries=(high("cloche_executor_pool_refill_seconds", "image"),),
                ),
                Graph(
                    title="Nobody's sandboxes removed",
                    unit="none",
                    queries=(
                        Query(
                            "sum(increase(cloche_executor_sandboxes_reaped_total[1h]))",
                            "in an hour",
                        ),
                    ),
                ),
                Graph(
                    title="Output of programs",
                    unit="Bps",
                    queries=(
                        Query(rate("cloche_executor_output_bytes_total", "stream"), "{{stream}}"),
                    ),
                ),
            ),
        ),
        Row(
            "Attempts",
            (
                Graph(
                    title="Ends",
                    unit="ops",
                    traces=_FAILED,
                    queries=(Query(rate("cloche_executor_attempts_total", "end"), "{{end}}"),),
                ),
                Graph(
                    title="Share that failed because of us",
                    unit="percentunit",
                    traces=_FAILED,
                    queries=(
                        Query(
                            share(
                                rate(
                                    "cloche_executor_attempts_total",
                                    where='domain="infrastructure"',
                                ),
                                rate("cloche_executor_attempts_total"),
                            )
                        ),
                    ),
                ),
                Graph(
                    title="Time of attempts, by engine",
                    unit="s",
                    about="From the claim to the event that ends it: what is not the program's is ours.",
                    traces='{ name = "run attempt" && duration > 10s }',
                    queries=(high("cloche_executor_attempt_seconds", "engine"),),
                ),
                Graph(
                    title="Time of programs",
                    unit="s",
                    traces='{ name = "run program" && duration > 10s }',
                    queries=quantiles("cloche_executor_run_seconds"),
                ),
                Graph(
                    title="Work that came again, leases lost",
                    unit="none",
                    traces="{ span.messaging.nats.deliveries > 1 }",
                    queries=(
                        Query("sum(increase(cloche_executor_redelivered_total[1h]))", "came again"),
                        Query(
                            "sum(increase(cloche_executor_leases_lost_total[1h]))", "leases lost"
                        ),
                        Query("sum(increase(cloche_executor_parked_total[1h]))", "put aside"),
                    ),
                ),
            ),
        ),
    ),
)
