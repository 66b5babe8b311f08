"""Rows, archive and store: how far they are behind, and what the log may forget."""

from cloche_observability.dashboards.board import Board, Graph, Query, Row
from cloche_observability.dashboards.promql import high, quantiles, rate

_ARCHIVED = '{ name = "archive output" && duration > 1s }'

STORAGE = Board(
    slug="storage",
    title="Cloche / Storage",
    about="From the log into PostgreSQL and S3, the calls to S3, and retention.",
    rows=(
        Row(
            "Behind",
            (
                Graph(
                    title="Oldest event that is not there yet",
                    unit="s",
                    queries=(
                        Query("max(cloche_projector_lag_seconds)", "in the rows"),
                        Query("max(cloche_storage_lag_seconds)", "in the archive"),
                    ),
                ),
                Graph(
                    title="Events that are not there yet",
                    unit="none",
                    queries=(
                        Query("max(cloche_projector_lag_events)", "in the rows"),
                        Query("max(cloche_storage_lag_events)", "in the archive"),
                    ),
                ),
                Graph(
                    title="Who is at it",
                    unit="none",
                    about="One of each; more are standing by.",
                    queries=(
                        Query("sum(cloche_projector_active)", "projectors"),
                        Query("sum(cloche_storage_active)", "writers of the archive"),
                    ),
                ),
                Graph(
                    title="From event to row",
                    unit="s",
                    traces='{ name = "project" && duration > 100ms }',
                    queries=quantiles("cloche_projector_event_to_row_seconds"),
                ),
                Graph(
                    title="From event to archive",
                    unit="s",
                    traces=_ARCHIVED,
                    queries=quantiles("cloche_storage_event_to_archive_seconds"),
                ),
                Graph(
                    title="From the end to its output in S3",
                    unit="s",
                    traces=_ARCHIVED,
                    queries=quantiles("cloche_storage_end_to_output_seconds"),
                ),
            ),
        ),
        Row(
            "Projector",
            (
                Graph(
                    title="Events and rows",
                    unit="ops",
                    queries=(
                        Query(rate("cloche_projector_events_total"), "events"),
                        Query(rate("cloche_projector_rows_total"), "rows"),
                    ),
                ),
                Graph(
                    title="Time of a batch",
                    unit="s",
                    traces='{ name = "project" && duration > 100ms }',
                    queries=quantiles("cloche_projector_batch_seconds"),
                ),
                Graph(
                    title="Checkpoints",
                    unit="none",
                    about="Sequences of the log: its end, the rows, the archive, and where it may be cut.",
                    queries=(
                        Query('max(cloche_stream_last_sequence{stream="EVALUATIONS"})', "log"),
                        Query("max(cloche_projector_checkpoint)", "rows"),
                        Query("max(cloche_projector_rebuilt)", "rows made anew"),
                        Query("max(cloche_storage_archived)", "archive"),
                        Query("max(cloche_storage_trim_bound)", "may be trimmed"),
                    ),
                ),
            ),
        ),
        Row(
            "S3",
            (
                Graph(
                    title="Calls",
                    unit="ops",
                    queries=(
                        Query(rate("cloche_s3_calls_total", "call, result"), "{{call}} {{result}}"),
                    ),
                ),
                Graph(
                    title="Time of a call",
                    unit="s",
                    queries=(high("cloche_s3_call_seconds", "call"),),
                ),
                Graph(
                    title="Written",
                    unit="Bps",
                    queries=(
                        Query(rate("cloche_storage_segment_bytes_total"), "segments"),
                        Query(rate("cloche_storage_output_bytes_total"), "outputs"),
                    ),
                ),
                Graph(
                    title="Segments and outputs",
                    unit="ops",
                    queries=(
                        Query(rate("cloche_storage_segments_total"), "segments"),
                        Query(rate("cloche_storage_outputs_total"), "outputs"),
                        Query(rate("cloche_storage_outputs_reread_total"), "read again"),
                    ),
                ),
            ),
        ),
        Row(
            "Retention",
            (
                Graph(
                    title="Since the last round",
                    unit="s",
                    queries=(
                        Query(
                            "time() - max(cloche_storage_retention_done_timestamp_seconds > 0)",
                            "ago",
                        ),
                    ),
                ),
                Graph(
                    title="Old enough, but still needed",
                    unit="none",
                    queries=(Query("max(cloche_storage_trim_lag_events)", "events"),),
                ),
                Graph(
                    title="Log in use",
                    unit="percentunit",
                    queries=(
                        Query("max(cloche_storage_log_filled_ratio)", "of its size"),
                        Query(
                            "sum(increase(cloche_storage_trimmed_early_total[1h]))",
                            "early in an hour",
                        ),
                    ),
                ),
                Graph(
                    title="Forgotten",
                    unit="none",
                    queries=(
                        Query(rate("cloche_storage_trimmed_events_total"), "events a second"),
                        Query(
                            rate("cloche_storage_forgotten_bytes_total", "class"),
                            "bytes: {{class}}",
                        ),
                        Query(
                            rate("cloche_storage_segments_rewritten_total"), "segments rewritten"
                        ),
                        Query(rate("cloche_storage_uploads_aborted_total"), "uploads given back"),
                    ),
                ),
            ),
        ),
    ),
)
