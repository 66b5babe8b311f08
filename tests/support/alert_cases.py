"""For each alert: series that are well at first and then are not, and what is told when. One sample a minute."""

from msgspec import Struct

GATEWAY = {"job": "cloche-gateway", "instance": "g:8080"}
_AT = 'job="cloche-gateway",instance="g:8080"'
NOBODY: dict[str, str] = {}


class Case(Struct, frozen=True, kw_only=True):
    """`labels`: of each alert that fires, without its severity."""

    alert: str
    series: dict[str, str]
    labels: tuple[dict[str, str], ...] = (NOBODY,)
    severities: tuple[str, ...]
    quiet: str = "10m"
    firing: str = "30m"
    about: str = ""

    @property
    def id(self) -> str:
        return f"{self.alert}-{self.about or self.severities[0]}"


def _page(alert: str, series: dict[str, str], *labels: dict[str, str], **more: str) -> Case:
    return Case(
        alert=alert, series=series, labels=labels or (NOBODY,), severities=("page",), **more
    )


def _ticket(alert: str, series: dict[str, str], *labels: dict[str, str], **more: str) -> Case:
    return Case(
        alert=alert, series=series, labels=labels or (NOBODY,), severities=("ticket",), **more
    )


def _late(metric: str, bound: str) -> dict[str, str]:
    """A histogram of which everything is in time for two hours; then a fifth is not."""
    return {
        f"{metric}_count{{{_AT}}}": "0+60x240",
        f'{metric}_bucket{{{_AT},le="{bound}"}}': "0+60x120 7248+48x120",
    }


_POST = f'cloche_http_requests_total{{{_AT},method="POST",route="/v1/evaluations"'

CASES = (
    _page(
        "ClocheServiceDown",
        {f"up{{{_AT}}}": "1x15 0x20"},
        GATEWAY,
    ),
    _page("ClocheServiceAlarm", {f"cloche_service_alarm{{{_AT}}}": "0x15 1x20"}, GATEWAY),
    _page("ClocheNatsDisconnected", {f"cloche_nats_connected{{{_AT}}}": "1x15 0x20"}, GATEWAY),
    _ticket(
        "ClocheJobsBroken",
        {f'cloche_gateway_jobs_broken_total{{{_AT},role="scheduler"}}': "0x15 0+1x20"},
        {"role": "scheduler"},
    ),
    _ticket(
        "ClocheSpansDropped",
        {f'cloche_spans_dropped_total{{{_AT},reason="queue_full"}}': "0x15 0+5x60"},
        {"reason": "queue_full"},
        quiet="25m",
        firing="45m",
    ),
    _page(
        "ClocheBreakerOpen",
        # Open, and half open at each probe.
        {f'cloche_breaker_state{{{_AT},edge="read_models"}}': "0x15 2 2 1 2 1 2 2 1 1 2 2x20"},
        {"instance": "g:8080", "edge": "read_models"},
        quiet="17m",
    ),
    _page(
        "ClocheRequestsShed",
        {f'cloche_requests_shed_total{{{_AT},reason="in_flight"}}': "0+1x15 15+60x25"},
        {"reason": "in_flight"},
        quiet="15m",
    ),
    _ticket(
        "ClocheKeysRefused",
        {
            f"cloche_authentication_failed_total{{{_AT}}}": "0+60x15 900+600x25",
            f"cloche_authentication_unseen_total{{{_AT}}}": "0x15 0+60x25",
        },
    ),
    _page(
        "ClocheAuditBehind",
        {
            f"cloche_audit_entries_waiting{{{_AT}}}": "9x15 40+20x25",
            f"cloche_audit_entries_written_total{{{_AT}}}": "0+60x15 900x25",
        },
        {"instance": "g:8080"},
        quiet="15m",
        about="stuck",
    ),
    _page(
        "ClocheAuditBehind",
        {
            f"cloche_audit_entries_waiting{{{_AT}}}": "9x15 6000x25",
            f"cloche_audit_entries_written_total{{{_AT}}}": "0+60x40",
        },
        {"instance": "g:8080"},
        quiet="16m",
        about="slow",
    ),
    _page(
        "ClocheAuditEntriesLost",
        {f"cloche_audit_entries_lost_total{{{_AT}}}": "0x25 7x20"},
        {"instance": "g:8080"},
        quiet="20m",
    ),
    _page(
        "ClocheStreamGone",
        {f'cloche_stream_present{{{_AT},stream="WORK"}}': "1x15 0x20"},
        {"stream": "WORK"},
    ),
    _page(
        "ClocheLogWentBack",
        {f'cloche_stream_last_sequence{{{_AT},stream="EVALUATIONS"}}': "0+10x15 40+1x20"},
        {"stream": "EVALUATIONS"},
        firing="20m",
    ),
    _page(
        "ClocheQuorumLost",
        {f'cloche_nats_advisories_total{{{_AT},kind="stream_quorum_lost"}}': "0x25 1x20"},
        {"kind": "stream_quorum_lost"},
        quiet="20m",
    ),
    _ticket(
        "ClocheReplicasBehind",
        {f'cloche_stream_replicas_behind{{{_AT},stream="EVALUATIONS"}}': "0x15 1x20"},
        {"stream": "EVALUATIONS"},
        quiet="18m",
    ),
    _ticket(
        "ClocheMaxDeliveries",
        {f'cloche_nats_advisories_total{{{_AT},kind="max_deliveries"}}': "0x25 1x20"},
        {"kind": "max_deliveries"},
        quiet="20m",
    ),
    _page(
        "ClocheLogNearlyFull",
        {
            f'cloche_stream_bytes{{{_AT},stream="EVALUATIONS"}}': "50x15 95x20",
            f'cloche_stream_max_bytes{{{_AT},stream="EVALUATIONS"}}': "100x40",
        },
        {"stream": "EVALUATIONS"},
        about="bytes",
    ),
    _page(
        "ClocheLogNearlyFull",
        {f'cloche_nats_advisories_total{{{_AT},kind="out_of_storage"}}': "0x25 1x20"},
        {"stream": "every"},
        quiet="20m",
        about="advisory",
    ),
    _page(
        "ClocheAppendsRefused",
        {
            f'cloche_log_appends_total{{{_AT},event="queued",result="appended"}}': "0+60x40",
            f'cloche_log_appends_total{{{_AT},event="queued",result="unavailable"}}': "0x15 0+6x25",
        },
    ),
    _ticket(
        "ClocheMessagesParked",
        {f'cloche_consume_parked_total{{{_AT},handler="h",reason="r"}}': "0x25 1x20"},
        {"job": "cloche-gateway"},
        quiet="20m",
        about="handlers",
    ),
    _ticket(
        "ClocheMessagesParked",
        {'cloche_executor_parked_total{job="cloche-executor",instance="e"}': "0x25 1x20"},
        {"job": "cloche-executor"},
        quiet="20m",
        about="executor",
    ),
    _ticket(
        "ClocheDeadLetters",
        {
            'cloche_projector_ended_total{job="p",outcome="dead_lettered",domain="infrastructure"}': "0x25 1x20",
            'cloche_projector_ended_total{job="p",outcome="failed",domain="program"}': "0+9x45",
        },
        quiet="20m",
    ),
    _page(
        "ClocheProjectionStopped",
        {
            'cloche_projector_active{instance="a"}': "1x15 0x20",
            'cloche_projector_active{instance="b"}': "0x35",
        },
        about="nobody-active",
    ),
    _page(
        "ClocheProjectionStopped",
        {'cloche_projector_active{instance="a"}': "1x15"},
        about="nobody-there",
    ),
    _page("ClocheArchivingStopped", {'cloche_storage_active{instance="a"}': "1x15 0x20"}),
    _page(
        "ClocheProjectionBehind",
        {'cloche_projector_lag_seconds{instance="a"}': "2x15 90x20"},
    ),
    _ticket("ClocheArchiveBehind", {'cloche_storage_lag_seconds{instance="a"}': "20x15 400x20"}),
    _ticket(
        "ClocheRetentionStopped",
        {'cloche_storage_retention_done_timestamp_seconds{instance="a"}': "1+60x30 1800x120"},
        quiet="60m",
        firing="110m",
    ),
    _ticket(
        "ClocheFollowersDropped",
        {f"cloche_gateway_watchers_dropped_total{{{_AT}}}": "0x15 0+5x20"},
    ),
    _page(
        "ClocheNoExecutors",
        {
            f'cloche_queue_depth{{{_AT},engine="auto",priority="high",place="work"}}': "3x40",
            'cloche_executor_slots{instance="e"}': "4x15 _x25",
        },
        firing="35m",
    ),
    _ticket(
        "ClocheQueueOld",
        {f'cloche_queue_oldest_seconds{{{_AT},engine="auto",priority="low"}}': "60x15 1000x20"},
        {"engine": "auto", "priority": "low"},
        quiet="18m",
    ),
    _page(
        "ClocheAttemptsFailing",
        {
            'cloche_executor_attempts_total{instance="e",end="succeeded",domain="none"}': "0+60x40",
            'cloche_executor_attempts_total{instance="e",end="sandbox_lost",domain="infrastructure"}': "0x15 0+9x25",
        },
    ),
    _ticket(
        "ClocheSandboxesSlow",
        {
            'cloche_executor_sandbox_start_seconds_bucket{engine="docker",le="1.0"}': "0+60x15 900x45",
            'cloche_executor_sandbox_start_seconds_bucket{engine="docker",le="5.0"}': "0+60x60",
            'cloche_executor_sandbox_start_seconds_bucket{engine="docker",le="+Inf"}': "0+60x60",
        },
        {"engine": "docker"},
        firing="45m",
    ),
    _ticket(
        "ClocheLeasesLost",
        {'cloche_executor_leases_lost_total{instance="e"}': "0x25 1x20"},
        quiet="20m",
    ),
    _page(
        "ClocheStoreFailing",
        {
            'cloche_s3_calls_total{call="get",result="ok"}': "0+60x40",
            'cloche_s3_calls_total{call="get",result="unavailable"}': "0x15 0+9x25",
        },
    ),
    _page(
        "ClochePostgresFailing",
        {
            f'cloche_postgres_queries_total{{{_AT},result="ok"}}': "0+60x40",
            f'cloche_postgres_queries_total{{{_AT},result="failed"}}': "0x15 0+9x25",
        },
    ),
    _ticket(
        "ClochePoolExhausted",
        {
            f'cloche_postgres_pool_connections{{{_AT},state="busy"}}': "2x15 8x20",
            f"cloche_postgres_pool_most{{{_AT}}}": "8x40",
        },
        {"instance": "g:8080"},
        quiet="18m",
    ),
    Case(
        alert="ClocheSubmissionsFailing",
        series={
            f'{_POST},status="202"}}': "0+60x300",
            f'{_POST},status="503"}}': "0x120 0+6x180",
        },
        labels=({"slo": "submission-availability"},),
        severities=("page", "ticket"),
        quiet="115m",
        firing="160m",
    ),
    Case(
        alert="ClocheSubmissionsFailing",
        # Four in a thousand: no page, but not for long.
        series={
            f'{_POST},status="202"}}': "0+1000x900",
            f'{_POST},status="503"}}': "0x120 0+4x780",
        },
        labels=({"slo": "submission-availability"},),
        severities=("ticket",),
        quiet="115m",
        firing="850m",
        about="slowly",
    ),
    *(
        Case(
            alert=alert,
            series=_late(metric, bound),
            labels=({"slo": slo},),
            severities=("page", "ticket"),
            quiet="115m",
            firing="200m",
        )
        for alert, metric, bound, slo in (
            ("ClocheStartsLate", "cloche_executor_wait_seconds", "5.0", "submit-to-start"),
            (
                "ClocheFirstOutputLate",
                "cloche_executor_first_output_seconds",
                "5.0",
                "submit-to-first-output",
            ),
            ("ClocheRowsLate", "cloche_projector_event_to_row_seconds", "5.0", "event-to-row"),
            (
                "ClocheArchiveLate",
                "cloche_storage_event_to_archive_seconds",
                "60.0",
                "event-to-archive",
            ),
        )
    ),
)
