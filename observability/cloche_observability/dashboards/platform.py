"""The first look: does it work, is there a queue, what goes wrong."""

from cloche_observability.dashboards.board import Board, Graph, Query, Row
from cloche_observability.dashboards.promql import quantiles, rate

_FAILED = "{ span.cloche.end != nil && status = error }"

PLATFORM = Board(
    slug="platform",
    title="Cloche / Platform",
    about="Start here: whether everything is there, how much waits, how evaluations end.",
    rows=(
        Row(
            "Now",
            (
                Graph(
                    title="Services that answer",
                    unit="none",
                    kind="stat",
                    width=6,
                    queries=(Query('sum by (job) (up{job=~"cloche-.+"})', "{{job}}"),),
                ),
                Graph(
                    title="Alarms",
                    unit="none",
                    kind="stat",
                    width=6,
                    about="Services that say that only a human can help; /livez of each says why.",
                    queries=(Query("sum(cloche_service_alarm)"),),
                ),
                Graph(
                    title="Waiting",
                    unit="none",
                    kind="stat",
                    width=6,
                    queries=(Query('max(cloche_evaluations_open{status="queued"})'),),
                ),
                Graph(
                    title="Builds",
                    unit="none",
                    kind="stat",
                    width=6,
                    queries=(
                        Query(
                            "count by (service, version, revision) (cloche_build_info)",
                            "{{service}} {{version}} {{revision}}",
                        ),
                    ),
                ),
            ),
        ),
        Row(
            "Evaluations",
            (
                Graph(
                    title="Submitted, by where they went",
                    unit="ops",
                    about="held: beyond the tenant's share, released in turn.",
                    traces='{ span.http.route = "/v1/evaluations" && span.http.request.method = "POST" }',
                    queries=(Query(rate("cloche_gateway_admitted_total", "place"), "{{place}}"),),
                ),
                Graph(
                    title="Ended, by outcome",
                    unit="ops",
                    traces=_FAILED,
                    queries=(
                        Query(rate("cloche_projector_ended_total", "outcome"), "{{outcome}}"),
                    ),
                ),
                Graph(
                    title="Ended, by whose failure it was",
                    unit="ops",
                    about="infrastructure is ours.",
                    traces=_FAILED,
                    queries=(Query(rate("cloche_projector_ended_total", "domain"), "{{domain}}"),),
                ),
                Graph(
                    title="Open, by status",
                    unit="none",
                    queries=(Query("max by (status) (cloche_evaluations_open)", "{{status}}"),),
                ),
                Graph(
                    title="From queued to started",
                    unit="s",
                    traces='{ name = "dequeue" && duration > 1s }',
                    queries=quantiles("cloche_executor_wait_seconds"),
                ),
                Graph(
                    title="From queued to first output",
                    unit="s",
                    about="Without the time in which the program had nothing to say.",
                    traces='{ name = "run attempt" && duration > 2s }',
                    queries=quantiles("cloche_executor_first_output_seconds"),
                ),
            ),
        ),
        Row(
            "Processes",
            (
                Graph(
                    title="Memory",
                    unit="bytes",
                    queries=(
                        Query(
                            'max by (job, instance) (process_resident_memory_bytes{job=~"cloche-.+"})',
                            "{{job}} {{instance}}",
                        ),
                    ),
                ),
                Graph(
                    title="Processor time",
                    unit="percentunit",
                    about="1 is one processor.",
                    queries=(
                        Query(
                            rate("process_cpu_seconds_total", "job, instance", 'job=~"cloche-.+"'),
                            "{{job}} {{instance}}",
                        ),
                    ),
                ),
                Graph(
                    title="Spans sent and lost",
                    unit="ops",
                    queries=(
                        Query(rate("cloche_spans_exported_total"), "sent"),
                        Query(rate("cloche_spans_dropped_total", "reason"), "lost: {{reason}}"),
                    ),
                ),
                Graph(
                    title="Jobs of gateways that broke",
                    unit="none",
                    queries=(
                        Query(
                            "sum by (role) (increase(cloche_gateway_jobs_broken_total[1h]))",
                            "{{role}}",
                        ),
                    ),
                ),
                Graph(
                    title="Schedules served",
                    unit="ops",
                    queries=(
                        Query(rate("cloche_gateway_schedules_fired_total", "result"), "{{result}}"),
                        Query(rate("cloche_gateway_schedules_missed_total"), "missed"),
                    ),
                ),
            ),
        ),
    ),
)
