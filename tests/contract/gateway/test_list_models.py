"""Lists in every adapter of the read models: each filter, each order, and pages that meet without gap or overlap."""

import random
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, get_args

import pytest
from cloche_domain.words import parse
from cloche_gateway import list_models, read_models
from cloche_gateway.filters import Filters, Listing, Order, Sort
from cloche_gateway.read_models import PostgresReadModels, ReadModelsUnavailable
from cloche_projector.connections import connect
from cloche_projector.layout import LIVE
from cloche_schemas.values import BatchPlace
from msgspec.structs import replace
from support.listed import NOON, Store, ended, id_of, store_of, waiting

BATCH, SCHEDULE = id_of(1000), id_of(1001)


@pytest.fixture(params=["memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    postgres = request.param == "postgres"
    dsn = request.getfixturevalue("postgres_dsn") if postgres else None
    async with store_of(request.param, dsn) as made:
        yield made


async def numbers(store: Store, tenant: str = "main", **wish: Any) -> list[int]:
    """The evaluations of a page by their numbers."""
    found = await store.models.page(tenant, Listing(**wish))
    return [int(one.view.id.replace("-", ""), 16) for one in found]


async def filtered(store: Store, **filters: Any) -> list[int]:
    return sorted(await numbers(store, limit=100, filters=Filters(**filters)))


async def test_each_filter_narrows_the_list(store: Store) -> None:
    place = BatchPlace(id=BATCH, index=0, size=1)
    await store.put(ended(1, language="c", engine="docker", labels={"a": "1", "b": "=x"}))
    await store.put(ended(2, outcome="failed", engine_requested="gvisor", engine="gvisor"))
    await store.put(waiting(3, engine_requested="gvisor", labels={"a": "2"}, batch=place))
    await store.put(waiting(4, schedule=SCHEDULE, labels={'"a\\': "é'%"}))
    await store.put(ended(5, outcome=None))
    await store.put(ended(6), tenant="other")
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [1, 2, 3, 4, 5]),
        ({"status": ("queued",)}, [3, 4]),
        ({"status": ("queued", "dead_lettered")}, [3, 4, 5]),
        ({"outcome": ("succeeded", "failed")}, [1, 2]),
        ({"outcome": ("failed",), "status": ("queued",)}, []),
        ({"language": ("c",)}, [1]),
        ({"language": ("python", "c")}, [1, 2, 3, 4, 5]),
        ({"engine": ("gvisor",)}, [2, 3]),
        ({"engine": ("docker", "auto")}, [1, 4, 5]),
        ({"labels": (("a", None),)}, [1, 3]),
        ({"labels": (("a", "1"),)}, [1]),
        ({"labels": (("a", "1"), ("b", "=x"))}, [1]),
        ({"labels": (("a", "1"), ("b", "x"))}, []),
        ({"labels": (('"a\\', "é'%"),)}, [4]),
        ({"labels": (("c", None),)}, []),
        ({"batch": BATCH}, [3]),
        ({"schedule": SCHEDULE}, [4]),
        ({"since": NOON + timedelta(seconds=3)}, [3, 4, 5]),
        ({"until": NOON + timedelta(seconds=3)}, [1, 2]),
        ({"since": NOON + timedelta(seconds=2), "until": NOON + timedelta(seconds=3)}, [2]),
    ]
    for filters, expected in cases:
        assert await filtered(store, **filters) == expected, filters


@pytest.mark.parametrize("common", [1, list_models.COMMON])
async def test_a_text_is_found_by_words_phrases_and_without(
    store: Store, common: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looked up first, or looked at along the order: the same is found."""
    monkeypatch.setattr(list_models, "COMMON", common)
    await store.put(ended(1), "import numpy.linalg\nsolve_many(A)\n1e5 0x1F 3d v1.2")
    await store.put(waiting(2), "many solve; model m-7")
    await store.put(waiting(3), "solve_many(B) for model m-8, café")
    await store.put(waiting(4), "solve_many", tenant="other")
    cases = [
        ("solve_many", [1, 3]),
        ("solve many", [1, 2, 3]),
        ('"many solve"', [2]),
        ("SOLVE -numpy", [2, 3]),
        ("linalg or m-8", [1, 3]),
        ("m-7 or numpy -solve", [2]),
        ("CAFÉ", [3]),
        ("v1.2 1e5 0x1f 3d", [1]),
        ("1 2", []),
        ("lin", []),
        ("main", []),
        ("nothing", []),
    ]
    for query, expected in cases:
        assert await filtered(store, text=parse(query)) == expected, query
    both = Filters(text=parse("solve"), status=("queued",))
    assert await numbers(store, filters=both) == [3, 2]
    assert await numbers(store, "other", filters=Filters(text=parse("solve"))) == [4]
    solve = Filters(text=parse("solve"))
    whole = await store.models.page("main", Listing(filters=solve))
    after = (whole[0].value, whole[0].view.id)
    assert await numbers(store, filters=solve, after=after, limit=1) == [2]


async def test_lists_are_sorted_by_when_they_came_when_they_ended_and_how_long_they_ran(
    store: Store,
) -> None:
    await store.put(ended(1, run=50.0))
    await store.put(ended(2, run=1.0))
    await store.put(ended(3, run=5.0))
    await store.put(waiting(4))
    await store.put(ended(5, outcome=None, run=2.0))
    expected: dict[tuple[Sort, Order], list[int]] = {
        ("created", "desc"): [5, 4, 3, 2, 1],
        ("created", "asc"): [1, 2, 3, 4, 5],
        ("finished", "desc"): [1, 3, 5, 2],
        ("finished", "asc"): [2, 5, 3, 1],
        # What was given up has no verdict, so nothing ran up to one.
        ("duration", "desc"): [1, 3, 2],
        ("duration", "asc"): [2, 3, 1],
    }
    for (sort, order), found in expected.items():
        assert await numbers(store, sort=sort, order=order) == found, (sort, order)
    page = await store.models.page("main", Listing(sort="duration"))
    assert [one.value for one in page] == [50.0, 5.0, 1.0]
    assert all(one.view.attempts == () for one in page)


@pytest.mark.parametrize("sort", get_args(Sort))
async def test_pages_meet_in_both_directions_also_where_values_are_the_same(
    store: Store, sort: Sort
) -> None:
    dice = random.Random(3)  # noqa: S311
    for number in range(1, 26):
        same = NOON + timedelta(seconds=number // 4)
        view = ended(number, run=dice.choice([1.0, 1.0 / 3, 7.25]))
        await store.put(replace(view, submitted_at=same, completed_at=same))
    for order in get_args(Order):
        whole = await store.models.page("main", Listing(sort=sort, order=order, limit=100))
        assert len(whole) == 25
        for at, one in enumerate(whole):
            after = (one.value, one.view.id)
            wish = Listing(sort=sort, order=order, limit=4, after=after)
            assert await store.models.page("main", wish) == whole[at + 1 : at + 5]
            back = await store.models.page("main", replace(wish, back=True))
            assert back == whole[max(at - 4, 0) : at][::-1]


async def test_rows_of_an_older_version_are_not_searched_but_listed(postgres_dsn: str) -> None:
    """They lack what is searched for, and would be found wanting without a word."""
    async with store_of("postgres", postgres_dsn) as store:
        await store.put(ended(1, labels={"a": "1"}), "word")
        async with connect(postgres_dsn, LIVE) as connection:
            await connection.execute("UPDATE checkpoints SET version = 1")
        assert await filtered(store, status=("completed",)) == [1]
        assert await numbers(store, sort="finished") == [1]
        wishes: list[dict[str, Any]] = [
            {"filters": Filters(labels=(("a", None),))},
            {"filters": Filters(engine=("auto",))},
            {"filters": Filters(schedule=SCHEDULE)},
            {"filters": Filters(text=parse("word"))},
            {"sort": "duration"},
        ]
        for wish in wishes:
            with pytest.raises(ReadModelsUnavailable, match="still being made"):
                await numbers(store, **wish)


async def test_searches_leave_connections_to_others(
    postgres_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_models, "COMMAND_SECONDS", 0.2)
    async with store_of("postgres", postgres_dsn) as store:
        await store.put(waiting(1), "word")
        assert isinstance(store.models, PostgresReadModels)
        for _ in range(read_models.SEARCHES):
            await store.models._searches.acquire()
        assert await numbers(store) == [1]
        for wish in (Filters(text=parse("word")), Filters(status=("queued",))):
            with pytest.raises(ReadModelsUnavailable):
                await numbers(store, filters=wish)
        store.models._searches.release()
        assert await filtered(store, text=parse("word")) == [1]


async def test_the_index_of_words_keeps_tenants_apart(postgres_dsn: str) -> None:
    """However often others use a word, who looks for it reads none of theirs."""
    async with store_of("postgres", postgres_dsn) as store:
        for number in range(1, 40):
            await store.put(waiting(number), "common", tenant="other")
        await store.put(waiting(50), "common")
        async with connect(postgres_dsn, LIVE) as connection:
            await connection.execute("SET enable_seqscan = off")
            plan = "\n".join(
                row[0]
                for row in await connection.fetch(
                    "EXPLAIN (ANALYZE, COSTS off, TIMING off, SUMMARY off, BUFFERS off) SELECT * FROM texts "
                    "WHERE words @@ (websearch_to_tsquery('simple', 'common') && '''@main'''::tsquery)"
                )
            )
        assert "Bitmap Index Scan on texts_words" in plan
        assert "rows=1" in plan.split("Bitmap Index Scan")[1], plan
        assert await filtered(store, text=parse("common")) == [50]
