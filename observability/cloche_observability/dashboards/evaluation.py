"""One evaluation: its traces, and how it compares with the others of its time."""

from cloche_observability.dashboards.board import Board, Graph, Query, Row, Traces
from cloche_observability.dashboards.promql import quantiles

EVALUATION = Board(
    slug="evaluation",
    title="Cloche / One evaluation",
    about="Fill in the id of an evaluation. docs/observability.md says how to read its trace step by step.",
    asks=("evaluation",),
    rows=(
        Row(
            "Its trace",
            (
                Traces(
                    title="Traces of $evaluation",
                    query='{ span.cloche.evaluation.id = "$evaluation" }',
                    about="Click one: dequeue is waiting, start sandbox is ours, run program is the program itself.",
                ),
                Traces(
                    title="Attempts that failed",
                    query='{ span.cloche.evaluation.id = "$evaluation" && name = "run attempt" && status = error }',
                    width=12,
                ),
                Traces(
                    title="Who watched it",
                    query='{ span.cloche.evaluation.id = "$evaluation" && name = "stream events" }',
                    width=12,
                ),
            ),
        ),
        Row(
            "What others took at the same time",
            (
                Graph(
                    title="Waited for an executor",
                    unit="s",
                    traces='{ name = "dequeue" && duration > 1s }',
                    queries=quantiles("cloche_executor_wait_seconds"),
                ),
                Graph(
                    title="Start of the sandbox",
                    unit="s",
                    traces='{ name = "start sandbox" && duration > 500ms }',
                    queries=quantiles("cloche_executor_sandbox_start_seconds"),
                ),
                Graph(
                    title="The program itself",
                    unit="s",
                    traces='{ name = "run program" && duration > 10s }',
                    queries=quantiles("cloche_executor_run_seconds"),
                ),
                Graph(
                    title="An append to the log",
                    unit="s",
                    traces='{ name =~ "append .*" && duration > 100ms }',
                    queries=quantiles("cloche_log_append_seconds"),
                ),
                Graph(
                    title="Until it was in PostgreSQL",
                    unit="s",
                    traces='{ name = "project" && duration > 100ms }',
                    queries=quantiles("cloche_projector_event_to_row_seconds"),
                ),
                Graph(
                    title="Until its output was in S3",
                    unit="s",
                    traces='{ name = "archive output" && duration > 1s }',
                    queries=quantiles("cloche_storage_end_to_output_seconds"),
                ),
                Graph(
                    title="Who waits longest",
                    unit="s",
                    width=24,
                    queries=(
                        Query(
                            "max by (engine, priority) (cloche_queue_oldest_seconds)",
                            "{{engine}} {{priority}}",
                        ),
                    ),
                ),
            ),
        ),
    ),
)
