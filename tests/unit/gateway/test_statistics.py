"""GET /v1/statistics: what is counted, over which time, and what one may ask for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloche_domain import Evaluation
from cloche_gateway.problems import ClientError
from cloche_gateway.read_models import Row
from cloche_gateway.statistics import MOST_BUCKETS, stretches_of
from cloche_schemas.statistics import GRAINS, Statistics, Step
from cloche_schemas.subjects import Address
from cloche_schemas.views import EvaluationView
from msgspec import json
from support.gateway import Stage, assert_problem
from support.listed import NOON, ended, waiting

PATH = "/v1/statistics"
HOUR = {"since": "2026-11-26T12:00:00Z", "until": "2026-11-26T13:00:00Z"}


def put(stage: Stage, view: EvaluationView, tenant: str = "main") -> None:
    stage.read_models.rows[Address(tenant, view.id)] = Row(view, Evaluation(), 1)


async def asked(stage: Stage, **query: str) -> Statistics:
    answer = await stage.client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return json.decode(answer.content, type=Statistics)


async def test_counts_rates_and_percentiles_of_an_hour(stage: Stage) -> None:
    for number in range(1, 91):
        put(stage, ended(number, run=2.0 if number <= 80 else 40.0))
    for number in range(91, 101):
        put(stage, ended(number, outcome="failed", language="c"))
    put(stage, ended(101, outcome="cancelled"))
    put(stage, ended(102, outcome=None))
    put(stage, waiting(103))
    put(stage, ended(104), tenant="other")
    found = await asked(stage, **HOUR, step="15m")
    total = found.total
    assert (total.ended, total.dead_lettered) == (102, 1)
    assert total.by_outcome == {"succeeded": 90, "failed": 10, "cancelled": 1}
    assert total.success_rate == pytest.approx(0.9)
    assert total.per_second == pytest.approx(102 / 3600)
    assert (total.queue.count, total.run.count) == (102, 101)
    assert total.queue.p99 == pytest.approx(1.0, rel=0.05)
    assert total.run.p50 == pytest.approx(2.0, rel=0.05)
    assert total.run.p95 == pytest.approx(40.0, rel=0.05)
    assert [(one.language, one.ended, one.success_rate) for one in found.languages] == [
        ("python", 92, 1.0),
        ("c", 10, 0.0),
    ]
    assert [(one.at.minute, one.ended) for one in found.buckets] == [
        (0, 102),
        (15, 0),
        (30, 0),
        (45, 0),
    ]
    assert found.buckets[0].per_second == pytest.approx(102 / 900)
    nothing = found.buckets[1]
    assert (nothing.success_rate, nothing.run.p50, nothing.run.count) == (None, None, 0)


async def test_of_nothing_there_is_nothing(stage: Stage) -> None:
    found = await asked(stage)
    assert (found.total.ended, found.total.success_rate, found.languages) == (0, None, ())
    assert found.until - found.since >= timedelta(hours=24)
    assert found.step == "15m"


async def test_what_has_not_changed_is_not_sent_again(stage: Stage) -> None:
    put(stage, ended(1))
    tag = (await stage.client.get(PATH, params=HOUR)).headers["etag"]
    again = await stage.client.get(PATH, params=HOUR, headers={"If-None-Match": tag})
    assert again.status_code == 304
    put(stage, ended(2))
    assert (
        await stage.client.get(PATH, params=HOUR, headers={"If-None-Match": tag})
    ).status_code == 200


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"since": "2026-11-26T13:00:00Z", "until": "2026-11-26T12:00:00Z"}, "/query/until"),
        ({"since": "2026-11-26T12:00:00"}, "/query/since"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "/query/since"),
        ({"until": "9999-12-31T23:59:59Z"}, "/query/until"),
        ({"step": "5m"}, "/query/step"),
        (
            {"since": "2026-11-01T00:00:00Z", "until": "2026-11-26T12:00:00Z", "step": "1m"},
            "/query/step",
        ),
        ({"since": "2020-01-01T00:00:00Z", "until": "2026-11-26T12:00:00Z"}, "/query/step"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_its_place(
    stage: Stage, query: dict[str, Any], pointer: str
) -> None:
    answer = await stage.client.get(PATH, params=query)
    assert_problem(answer, 422, "invalid_parameter", pointer)


async def test_without_the_read_models_it_is_unavailable(stage: Stage) -> None:
    stage.read_models.down = True
    assert_problem(await stage.client.get(PATH), 503, "unavailable")


@pytest.mark.parametrize(
    ("length", "step"),
    [
        (timedelta(minutes=5), "1m"),
        (timedelta(hours=3), "1m"),
        (timedelta(hours=24), "15m"),
        (timedelta(days=7), "1h"),
        (timedelta(days=100), "1d"),
    ],
)
def test_a_step_follows_from_the_time(length: timedelta, step: Step) -> None:
    chosen, wish = stretches_of(NOON - length, NOON, None, NOON)
    assert chosen == step
    assert wish.since <= NOON - length < wish.since + timedelta(seconds=wish.grain)
    assert wish.until - timedelta(seconds=wish.grain) < NOON <= wish.until
    assert len(wish.all) <= 202


@pytest.mark.parametrize("step", GRAINS)
def test_no_answer_has_more_buckets_than_the_most(step: Step) -> None:
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    most = timedelta(seconds=GRAINS[step] * MOST_BUCKETS)
    assert len(stretches_of(begin, begin + most, step, NOON)[1].all) == MOST_BUCKETS
    with pytest.raises(ClientError):
        stretches_of(begin, begin + most + timedelta(seconds=1), step, NOON)
