"""What a gateway counts of PostgreSQL: queries, and the connections of its pool."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
from prometheus_client import Counter, Gauge, Histogram

QUERIES = Counter("cloche_postgres_queries", "Queries by what came of them", ["result"])
for _result in ("ok", "failed"):
    QUERIES.labels(_result)
QUERY_SECONDS = Histogram(
    "cloche_postgres_query_seconds",
    "Time of a query, the wait for a connection included",
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)
POOL = Gauge("cloche_postgres_pool_connections", "Connections of the pool by state", ["state"])
POOL_MOST = Gauge("cloche_postgres_pool_most", "Connections that the pool may have")


@contextmanager
def counted() -> Iterator[None]:
    """One query: any error is one of the store."""
    begun = time.perf_counter()
    try:
        yield
    except Exception:
        QUERIES.labels("failed").inc()
        raise
    QUERIES.labels("ok").inc()
    QUERY_SECONDS.observe(time.perf_counter() - begun)


@contextmanager
def shown(pool: "asyncpg.Pool[asyncpg.Record]", most: int) -> Iterator[None]:
    """Show the pool's connections while inside."""
    POOL_MOST.set(most)
    POOL.labels("idle").set_function(pool.get_idle_size)
    POOL.labels("busy").set_function(lambda: pool.get_size() - pool.get_idle_size())
    try:
        yield
    finally:
        POOL.clear()
