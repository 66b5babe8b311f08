"""The API as its clients see it, and what was promised to them."""

from cloche_observability.dashboards.board import Board, Graph, Query, Row
from cloche_observability.dashboards.promql import high, quantiles, rate, share

_ERRORS = '{ resource.service.name = "cloche-gateway" && kind = server && status = error }'
_SLOW = '{ resource.service.name = "cloche-gateway" && kind = server && duration > 500ms }'

API = Board(
    slug="api",
    title="Cloche / API and objectives",
    about="Rate, errors and duration of every route; error budgets and how fast they burn.",
    rows=(
        Row(
            "Objectives",
            (
                Graph(
                    title="How fast the budgets burn",
                    unit="none",
                    about="1: the budget of 30 days lasts for 30 days. Pages at 14.4 (1 h) and 6 (6 h).",
                    queries=(
                        Query(
                            "cloche_slo:errors:ratio_rate1h / on (slo) cloche_slo:budget:ratio",
                            "{{slo}} 1 h",
                        ),
                        Query(
                            "cloche_slo:errors:ratio_rate6h / on (slo) cloche_slo:budget:ratio",
                            "{{slo}} 6 h",
                        ),
                    ),
                    width=12,
                ),
                Graph(
                    title="Share of bad events over three days",
                    unit="percentunit",
                    queries=(Query("cloche_slo:errors:ratio_rate3d", "{{slo}}"),),
                    width=12,
                ),
            ),
        ),
        Row(
            "Requests",
            (
                Graph(
                    title="By route",
                    unit="reqps",
                    queries=(
                        Query(
                            rate("cloche_http_requests_total", "method, route"),
                            "{{method}} {{route}}",
                        ),
                    ),
                ),
                Graph(
                    title="By status",
                    unit="reqps",
                    traces=_ERRORS,
                    queries=(Query(rate("cloche_http_requests_total", "status"), "{{status}}"),),
                ),
                Graph(
                    title="Errors of ours",
                    unit="percentunit",
                    traces=_ERRORS,
                    queries=(
                        Query(
                            share(
                                rate("cloche_http_requests_total", where='status=~"5.."'),
                                rate("cloche_http_requests_total"),
                            )
                        ),
                    ),
                ),
                Graph(
                    title="Duration",
                    unit="s",
                    about="Of an event stream, to its beginning.",
                    traces=_SLOW,
                    queries=quantiles("cloche_http_request_seconds"),
                ),
                Graph(
                    title="Duration, by route",
                    unit="s",
                    traces=_SLOW,
                    queries=(high("cloche_http_request_seconds", "route"),),
                ),
                Graph(
                    title="Being answered",
                    unit="none",
                    about="Open streams too.",
                    queries=(Query("sum(cloche_http_requests_in_flight)", "requests"),),
                ),
            ),
        ),
        Row(
            "Limits and overload",
            (
                Graph(
                    title="Refused for overload",
                    unit="reqps",
                    about="503. in_flight: too many requests wait for their answer; lag: the event loop is late.",
                    queries=(Query(rate("cloche_requests_shed_total", "reason"), "{{reason}}"),),
                ),
                Graph(
                    title="Waiting for their answer to begin",
                    unit="none",
                    about="Without open streams: what the bound CLOCHE_MAX_IN_FLIGHT is of.",
                    queries=(
                        Query("max by (instance) (cloche_http_requests_waiting)", "{{instance}}"),
                    ),
                ),
                Graph(
                    title="How late the event loop is",
                    unit="s",
                    about="At the last of four looks a second; the bound is CLOCHE_MAX_LAG_SECONDS.",
                    queries=(
                        Query("max by (instance) (cloche_event_loop_lag_seconds)", "{{instance}}"),
                    ),
                ),
                Graph(
                    title="Breakers",
                    unit="none",
                    about="0 closed, 1 half open, 2 open; the worst of all gateways.",
                    traces=_ERRORS,
                    queries=(
                        Query("max by (edge) (cloche_breaker_state)", "{{edge}}"),
                        Query(
                            "sum by (edge) (increase(cloche_breaker_opened_total[1h]))",
                            "{{edge}} opened in an hour",
                        ),
                    ),
                ),
                Graph(
                    title="Calls that a breaker turned away",
                    unit="ops",
                    queries=(Query(rate("cloche_breaker_turned_away_total", "edge"), "{{edge}}"),),
                ),
                Graph(
                    title="Over the rate limit of their key",
                    unit="reqps",
                    about="429, by class of route.",
                    queries=(Query(rate("cloche_rate_limited_total", "class"), "{{class}}"),),
                ),
                Graph(
                    title="Blocks taken from budgets",
                    unit="ops",
                    about="part: the end of a budget; failed: the log was away, and gateways grant by themselves.",
                    queries=(Query(rate("cloche_rate_leases_total", "result"), "{{result}}"),),
                ),
                Graph(
                    title="Keys refused",
                    unit="reqps",
                    about="401 for a key that is not good; 429, unseen, where its address had too many of them.",
                    queries=(
                        Query(rate("cloche_authentication_failed_total"), "not good"),
                        Query(rate("cloche_authentication_unseen_total"), "unseen"),
                    ),
                ),
            ),
        ),
        Row(
            "PostgreSQL",
            (
                Graph(
                    title="Queries",
                    unit="ops",
                    queries=(Query(rate("cloche_postgres_queries_total", "result"), "{{result}}"),),
                ),
                Graph(
                    title="Time of a query",
                    unit="s",
                    queries=quantiles("cloche_postgres_query_seconds"),
                ),
                Graph(
                    title="Connections",
                    unit="none",
                    queries=(
                        Query("sum by (state) (cloche_postgres_pool_connections)", "{{state}}"),
                        Query("sum(cloche_postgres_pool_most)", "most"),
                    ),
                ),
            ),
        ),
    ),
)
