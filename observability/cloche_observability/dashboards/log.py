"""The log and those who read it: appends, streams, durables, handlers, feeds."""

from cloche_observability.dashboards.board import Board, Graph, Query, Row
from cloche_observability.dashboards.promql import high, quantiles, rate

_APPENDS = '{ name =~ "append .*" && duration > 100ms }'

LOG = Board(
    slug="log",
    title="Cloche / Log and consumers",
    about="What NATS holds and how far everybody is behind. Streams and durables are the server's: max over gateways.",
    rows=(
        Row(
            "Appends",
            (
                Graph(
                    title="By event",
                    unit="ops",
                    traces=_APPENDS,
                    queries=(Query(rate("cloche_log_appends_total", "event"), "{{event}}"),),
                ),
                Graph(
                    title="By what the log said",
                    unit="ops",
                    about="A conflict is a decision that is made again; unavailable is a log that does not answer.",
                    traces=_APPENDS,
                    queries=(Query(rate("cloche_log_appends_total", "result"), "{{result}}"),),
                ),
                Graph(
                    title="Time to the answer",
                    unit="s",
                    traces=_APPENDS,
                    queries=quantiles("cloche_log_append_seconds"),
                ),
            ),
        ),
        Row(
            "Streams",
            (
                Graph(
                    title="There",
                    unit="none",
                    queries=(Query("max by (stream) (cloche_stream_present)", "{{stream}}"),),
                ),
                Graph(
                    title="Messages",
                    unit="none",
                    queries=(Query("max by (stream) (cloche_stream_messages)", "{{stream}}"),),
                ),
                Graph(
                    title="Share of its size in use",
                    unit="percentunit",
                    queries=(
                        Query(
                            "max by (stream) (cloche_stream_bytes) / "
                            "max by (stream) (cloche_stream_max_bytes)",
                            "{{stream}}",
                        ),
                    ),
                ),
                Graph(
                    title="Replicas that are not current",
                    unit="none",
                    queries=(
                        Query("max by (stream) (cloche_stream_replicas_behind)", "{{stream}}"),
                    ),
                ),
                Graph(
                    title="Advisories",
                    unit="none",
                    queries=(
                        Query(
                            "max by (kind) (increase(cloche_nats_advisories_total[1h]))", "{{kind}}"
                        ),
                    ),
                ),
                Graph(
                    title="Connections to NATS",
                    unit="none",
                    queries=(
                        Query("sum by (job) (cloche_nats_connected)", "{{job}} connected"),
                        Query(
                            "sum by (job) (increase(cloche_nats_disconnects_total[1h]))",
                            "{{job}} lost in an hour",
                        ),
                        Query(
                            rate("cloche_nats_unanswered_total", "reason"), "unanswered: {{reason}}"
                        ),
                    ),
                ),
            ),
        ),
        Row(
            "Consumers",
            (
                Graph(
                    title="Not delivered yet",
                    unit="none",
                    queries=(
                        Query("max by (durable) (cloche_durable_pending) > 0", "{{durable}}"),
                        Query("sum(max by (durable) (cloche_durable_pending))", "all"),
                    ),
                ),
                Graph(
                    title="Delivered and not acked",
                    unit="none",
                    queries=(
                        Query("max by (durable) (cloche_durable_unacked) > 0", "{{durable}}"),
                        Query("sum(max by (durable) (cloche_durable_unacked))", "all"),
                    ),
                ),
                Graph(
                    title="Came again",
                    unit="none",
                    traces="{ span.messaging.nats.deliveries > 1 }",
                    queries=(
                        Query("sum(max by (durable) (cloche_durable_redelivered))", "held now"),
                        Query(rate("cloche_consume_redelivered_total", "handler"), "{{handler}}"),
                    ),
                ),
                Graph(
                    title="Handled",
                    unit="ops",
                    queries=(
                        Query(
                            rate("cloche_consume_events_total", "handler, result"),
                            "{{handler}} {{result}}",
                        ),
                        Query(rate("cloche_consume_pulls_total", "result"), "pulls: {{result}}"),
                    ),
                ),
                Graph(
                    title="Time in a handler",
                    unit="s",
                    queries=(high("cloche_consume_seconds", "handler"),),
                ),
                Graph(
                    title="Put aside",
                    unit="none",
                    about="Dead letters: cloche dlq ls.",
                    queries=(
                        Query("sum(increase(cloche_consume_parked_total[1h]))", "by handlers"),
                        Query(
                            "sum(increase(cloche_projector_parked_total[1h]))", "by the projector"
                        ),
                        Query("sum(increase(cloche_storage_parked_total[1h]))", "by storage"),
                    ),
                ),
            ),
        ),
        Row(
            "Feeds",
            (
                Graph(
                    title="Clients that follow",
                    unit="none",
                    traces='{ name = "stream events" }',
                    queries=(Query("sum(cloche_gateway_watchers)", "followers"),),
                ),
                Graph(
                    title="Cut off because they read too slowly",
                    unit="none",
                    queries=(
                        Query(
                            "sum(increase(cloche_gateway_watchers_dropped_total[1h]))", "in an hour"
                        ),
                    ),
                ),
                Graph(
                    title="WebSockets",
                    unit="none",
                    about="Open connections: each may have many subscriptions.",
                    queries=(Query("sum(cloche_gateway_websockets)", "open"),),
                ),
                Graph(
                    title="WebSockets that ended, by close code",
                    unit="ops",
                    about="1012: the gateway stopped; 1013: too slow; 1011: something broke on our side.",
                    queries=(
                        Query(rate("cloche_gateway_websockets_closed_total", "code"), "{{code}}"),
                    ),
                ),
            ),
        ),
        Row(
            "Audit log",
            (
                Graph(
                    title="Entries written",
                    unit="ops",
                    queries=(Query(rate("cloche_audit_entries_written_total"), "written"),),
                ),
                Graph(
                    title="Entries that wait",
                    unit="none",
                    about="For 50 ms as a rule. Beyond CLOCHE_AUDIT_ENTRIES they are lost.",
                    queries=(
                        Query("max by (instance) (cloche_audit_entries_waiting)", "{{instance}}"),
                    ),
                ),
                Graph(
                    title="Entries lost",
                    unit="none",
                    queries=(
                        Query("sum(increase(cloche_audit_entries_lost_total[1h]))", "in an hour"),
                    ),
                ),
            ),
        ),
    ),
)
