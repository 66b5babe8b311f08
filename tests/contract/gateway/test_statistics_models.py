"""Statistics in every adapter of the read models."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from cloche_domain.durations import class_of
from cloche_gateway.read_models import ReadModelsUnavailable
from cloche_gateway.statistics_models import Stretches
from cloche_projector.connections import connect
from cloche_projector.layout import LIVE
from support.listed import Store, ended, store_of, waiting

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOUR = Stretches(NOON, NOON + timedelta(hours=1), 60)


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    postgres = request.param == "postgres"
    dsn = request.getfixturevalue("postgres_dsn") if postgres else None
    async with store_of(request.param, dsn) as made:
        yield made


async def test_what_ended_is_counted_by_time_and_by_language(store: Store) -> None:
    await store.put(ended(1, run=2.0))
    await store.put(ended(2, run=2.0, outcome="failed"))
    await store.put(ended(70, run=30.0, language="c"))
    await store.put(ended(3, outcome=None))
    await store.put(waiting(4))
    await store.put(ended(5), tenant="other")
    await store.put(ended(4000))
    found = await store.models.statistics("main", HOUR)
    assert {at: dict(t.outcomes) for at, t in found.by_time.items()} == {
        NOON: {"succeeded": 1, "failed": 1, "dead_lettered": 1},
        NOON + timedelta(minutes=1): {"succeeded": 1},
    }
    assert {language: dict(t.outcomes) for language, t in found.by_language.items()} == {
        "python": {"succeeded": 1, "failed": 1, "dead_lettered": 1},
        "c": {"succeeded": 1},
    }
    python = found.by_language["python"]
    assert (python.waited[class_of(1.0)], sum(python.waited)) == (3, 3)
    assert (python.ran[class_of(2.0)], sum(python.ran)) == (2, 2)
    assert sum(found.by_language["c"].ran) == 1
    assert found.by_language["c"].ran[class_of(30.0)] == 1
    later = Stretches(NOON + timedelta(hours=2), NOON + timedelta(hours=3), 900)
    nothing = await store.models.statistics("main", later)
    assert (nothing.by_time, nothing.by_language) == ({}, {})


@pytest.mark.parametrize("grain", [60, 900, 3600, 86_400])
async def test_every_grain_has_the_same_evaluations(store: Store, grain: int) -> None:
    for number in range(1, 9):
        await store.put(ended(number, run=float(number), language="c" if number % 2 else "go"))
    begin = datetime(2026, 11, 26, tzinfo=UTC)
    wish = Stretches(begin, begin + timedelta(days=1), grain)
    found = await store.models.statistics("main", wish)
    assert set(found.by_time) <= set(wish.all)
    assert sum(t.outcomes.total() for t in found.by_time.values()) == 8
    assert sum(t.outcomes.total() for t in found.by_language.values()) == 8
    assert sum(sum(t.ran) for t in found.by_time.values()) == 8


async def test_rows_of_an_older_version_have_not_been_counted(postgres_dsn: str) -> None:
    async with store_of("postgres", postgres_dsn) as store:
        async with connect(postgres_dsn, LIVE) as connection:
            await connection.execute("UPDATE checkpoints SET version = 1")
        with pytest.raises(ReadModelsUnavailable, match="still being made"):
            await store.models.statistics("main", HOUR)
