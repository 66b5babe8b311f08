"""Expressions that return nothing after the workload of the tests, each with its reason. All others return data."""

#: Of panels, by dashboard, panel and query.
PANELS: dict[str, str] = {
    "cloche-log / Not delivered yet / A": "shows only durables with something, and nothing waits",
    "cloche-log / Delivered and not acked / A": "the same: only what is held by somebody now",
}

#: What alerts read: failures of which the workload has none.
SELECTORS: dict[str, str] = {
    'cloche_http_requests_total{method="POST",route=~"/v1/(evaluations|batches)",status=~"5.."}': "no answer is a 5xx",
    'cloche_executor_attempts_total{domain="infrastructure"}': "no attempt failed because of us",
}
