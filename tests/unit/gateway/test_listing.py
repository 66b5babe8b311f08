"""GET /v1/evaluations: filters, orders, search, and pages that are linked both ways."""

from datetime import datetime
from typing import Any

import pytest
from cloche_domain import Evaluation
from cloche_domain.words import words
from cloche_gateway.cursors import ListCursor, Seals
from cloche_gateway.filters import Filters, Listing, _filters
from cloche_gateway.read_models import Row
from cloche_schemas.subjects import Address
from cloche_schemas.values import Status
from cloche_schemas.views import EvaluationView
from support.gateway import Stage, assert_problem
from support.links import links
from support.listed import ended, id_of, waiting

PATH = "/v1/evaluations"


def put(stage: Stage, view: EvaluationView, text: str = "", tenant: str = "main") -> str:
    address = Address(tenant, view.id)
    stage.read_models.rows[address] = Row(view, Evaluation(), 1)
    stage.read_models.texts[address] = words(text)
    return view.id


async def ids(stage: Stage, url: str, **query: Any) -> list[str]:
    answer = await stage.client.get(url, params=query or None)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_pages_are_linked_both_ways_without_gap_or_overlap(stage: Stage) -> None:
    expected = [put(stage, waiting(number)) for number in range(1, 8)][::-1]
    put(stage, waiting(99), tenant="other")
    pages, url = [], f"{PATH}?limit=3&status=queued"
    while url:
        answer = await stage.client.get(url)
        page = answer.json()
        pages.append((url, [item["id"] for item in page["items"]]))
        found = links(answer)
        assert set(found) - {"first"} == {
            way for way in ("prev", "next") if page[f"{way}_cursor"] is not None
        }
        assert found["first"] == f"{PATH}?limit=3&status=queued"
        assert ("prev" in found) == (len(pages) > 1)
        url = found.get("next", "")
        assert not url or page["next_cursor"] in url
    assert [id_ for _, page in pages for id_ in page] == expected
    # Back again, from the last page to the first.
    url = pages[-1][0]
    for _, before in reversed(pages[:-1]):
        url = links(await stage.client.get(url))["prev"]
        assert await ids(stage, url) == before
    first = await stage.client.get(url)
    assert set(links(first)) == {"first", "next"}
    assert await ids(stage, links(first)["next"]) == pages[1][1]


async def test_what_fits_on_one_page_has_no_links(stage: Stage) -> None:
    put(stage, waiting(1))
    for url in (PATH, f"{PATH}?status=running"):
        answer = await stage.client.get(url)
        assert "link" not in answer.headers
        assert (answer.json()["next_cursor"], answer.json()["prev_cursor"]) == (None, None)


FILTERS = {
    "status": ("queued", "completed"),
    "outcome": ("failed", "succeeded"),
    "language": ("c", "python"),
    "engine": ("docker", "gvisor"),
    "label": ("a=1", "a"),
    "batch": (id_of(1), id_of(2)),
    "schedule": (id_of(1), id_of(2)),
    "since": ("2026-11-26T12:00:00Z", "2026-11-26T12:00:00+01:00"),
    "until": ("2027-11-26T12:00:00Z", "2027-11-27T12:00:00Z"),
    "q": ("word", "other"),
    "sort": ("finished", "duration"),
    "order": ("asc", "desc"),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_a_cursor_goes_with_its_filters_and_its_order(stage: Stage, name: str) -> None:
    for number in range(1, 4):
        put(stage, ended(number))
    answer = await stage.client.get(PATH, params={"limit": 1})
    plain = answer.json()["next_cursor"]
    assert (await stage.client.get(PATH, params={"cursor": plain})).status_code == 200
    one, other = FILTERS[name]
    with_one = await stage.client.get(PATH, params={name: one, "cursor": plain})
    assert_problem(with_one, 400, "invalid_cursor", "/query/cursor")
    sealed = await stage_cursor(stage, name, one)
    for query in ({"cursor": sealed}, {name: other, "cursor": sealed}):
        assert_problem(
            await stage.client.get(PATH, params=query), 400, "invalid_cursor", "/query/cursor"
        )
    good = await stage.client.get(PATH, params={name: one, "cursor": sealed})
    assert good.status_code == 200, good.text


async def stage_cursor(stage: Stage, name: str, value: str) -> str:
    """A cursor of a list with one filter, as the gateway seals it, to a place in the middle."""
    lists = {"status", "outcome", "language", "engine", "label"}
    wish: dict[str, Any] = {}
    filters = Filters()
    if name in {"sort", "order"}:
        wish[name] = value
    else:
        given: Any = [value] if name in lists else value
        if name in {"since", "until"}:
            given = datetime.fromisoformat(value)
        filters = await _filters(**{name: given})
    scope = Listing(filters=filters, **wish).scope("main")
    of = ended(2)
    at = {"finished": of.completed_at, "duration": 1.0}.get(wish.get("sort", ""), of.submitted_at)
    assert at is not None
    key = stage.settings.api_key.get_secret_value()
    return Seals(key).seal(ListCursor(at, of.id), scope)


async def test_a_cursor_of_another_tenant_is_none(stage: Stage) -> None:
    for number in range(1, 4):
        put(stage, waiting(number))
    cursor = (await stage.client.get(PATH, params={"limit": 1})).json()["next_cursor"]
    header = await stage.key(await stage.tenant())
    answer = await stage.client.get(PATH, params={"cursor": cursor}, headers=header)
    assert_problem(answer, 400, "invalid_cursor")


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "W10", "W10.x", "a" * 600, "é", "W10=."])
async def test_a_cursor_that_is_not_ours_is_refused(stage: Stage, cursor: str) -> None:
    answer = await stage.client.get(PATH, params={"cursor": cursor})
    assert_problem(answer, 400, "invalid_cursor", "/query/cursor")


async def test_filters_may_be_repeated_and_are_all_applied(stage: Stage) -> None:
    statuses: list[Status] = ["queued", "running", "scheduled"]
    for number, status in enumerate(statuses, start=1):
        put(stage, waiting(number, status=status, labels={"n": str(number), "a": "1"}))
    one, two, three = (id_of(number) for number in (1, 2, 3))
    assert await ids(stage, PATH, status=["queued", "running"]) == [two, one]
    assert await ids(stage, PATH, label=["a=1", "n=3"]) == [three]
    assert await ids(stage, PATH, label="n", order="asc") == [one, two, three]
    assert await ids(stage, PATH, label="n=3", status="queued") == []
    answer = await stage.client.get(PATH, params={"label": ["a=1", "n"], "limit": 2})
    assert "label=a%3D1&label=n&limit=2&cursor=" in links(answer)["next"]


async def test_text_is_looked_for_as_people_type_it(stage: Stage) -> None:
    one = put(stage, ended(1), "numpy.linalg.solve_many(A)")
    two = put(stage, waiting(2), "many solve")
    assert await ids(stage, PATH, q="solve many") == [two, one]
    assert await ids(stage, PATH, q="linalg.solve_many") == [one]
    assert await ids(stage, PATH, q="solve -linalg") == [two]
    assert await ids(stage, PATH, q="linalg or many", sort="finished") == [one]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"q": ""}, "/query/q"),
        ({"q": "-only"}, "/query/q"),
        ({"q": "x" * 257}, "/query/q"),
        ({"q": "./_"}, "/query/q"),
        ({"status": "none"}, "/query/status/0"),
        ({"outcome": ["failed", "x"]}, "/query/outcome/1"),
        ({"language": "A B"}, "/query/language/0"),
        ({"engine": "kvm"}, "/query/engine/0"),
        ({"label": "=x"}, "/query/label/0"),
        ({"label": ["a", "b\0"]}, "/query/label/1"),
        ({"label": ["a"] * 17}, "/query/label"),
        ({"batch": "x"}, "/query/batch"),
        ({"schedule": "x"}, "/query/schedule"),
        ({"since": "yesterday"}, "/query/since"),
        ({"since": "2026-11-26T12:00:00"}, "/query/since"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "/query/since"),
        ({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, "/query/until"),
        ({"sort": "size"}, "/query/sort"),
        ({"order": "up"}, "/query/order"),
        ({"limit": "0"}, "/query/limit"),
        ({"limit": "201"}, "/query/limit"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_its_place(
    stage: Stage, query: dict[str, Any], pointer: str
) -> None:
    answer = await stage.client.get(PATH, params=query)
    assert_problem(answer, 422, "invalid_parameter", pointer)


async def test_a_page_that_has_not_changed_is_not_sent_again(stage: Stage) -> None:
    put(stage, waiting(1))
    first = await stage.client.get(PATH)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    assert first.headers["cache-control"] == "private, no-cache"
    again = await stage.client.get(PATH, headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    put(stage, waiting(2))
    changed = await stage.client.get(PATH, headers={"If-None-Match": tag})
    assert (changed.status_code, len(changed.json()["items"])) == (200, 2)
