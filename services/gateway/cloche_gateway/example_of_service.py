"""Examples of what the service says of itself and of the platform, for the description of the API (examples.py)."""

from datetime import UTC, datetime

from cloche_schemas import health
from cloche_schemas.about import About

_NOON = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)

ABOUT = About(
    version="0.1.0",
    tenant="main",
    key="first-key",
    role="user",
    scopes=("read", "write"),
    trace_url="https://grafana.example/trace/{trace_id}",
)

HEALTH = health.PlatformHealth(
    status="degraded",
    at=_NOON,
    problems=("read_models: no answer within 2 s",),
    edges=(
        health.EdgeHealth(name="log", status="up", latency_seconds=0.002, breaker="closed"),
        health.EdgeHealth(
            name="read_models",
            status="down",
            detail="no answer within 2 s",
            breaker="open",
        ),
    ),
    services=(
        health.ServiceHealth(
            service="executor",
            status="up",
            instance="executor-1",
            heard_at=_NOON,
            silent_seconds=1.5,
        ),
    ),
    jobs=(health.JobHealth(name="dispatcher", held=True),),
    streams=(
        health.StreamHealth(
            name="EVALUATIONS",
            status="up",
            messages=1200,
            bytes=960_000,
            first_sequence=1,
            last_sequence=1200,
        ),
    ),
    consumers=(
        health.ConsumerHealth(
            stream="WORK", name="work-auto-normal", status="up", pending=3, lag_seconds=0.5
        ),
    ),
    projector=health.ReaderHealth(status="up", sequence=1198, lag=2, lag_seconds=0.03),
    archiver=health.ReaderHealth(status="up", sequence=1190, lag=10, lag_seconds=0.8),
)
