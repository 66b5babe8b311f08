"""Reading one evaluation and the list: current, complete, and whatever part of the system is away."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cloche_domain import Evaluation
from cloche_gateway.cursors import BadCursor, EventCursor, PageCursor
from cloche_gateway.read_models import Row
from cloche_kit.bus import Stored
from cloche_schemas.events import EvaluationCompleted
from cloche_schemas.subjects import Address
from cloche_schemas.values import Status
from cloche_schemas.views import EvaluationView
from hypothesis import given
from hypothesis import strategies as st
from support.gateway import Stage

PATH = "/v1/evaluations"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def path_of(address: Address) -> str:
    return f"{PATH}/{address.evaluation}"


async def test_a_submission_can_be_read_before_the_projector_has_it(stage: Stage) -> None:
    address = await stage.submit(labels={"a": "b"})
    view = (await stage.client.get(path_of(address))).json()
    assert (view["id"], view["status"], view["sequence"]) == (address.evaluation, "queued", 1)
    assert view["labels"] == {"a": "b"}


async def test_a_row_that_is_behind_is_folded_on_from_the_log(stage: Stage) -> None:
    address = await stage.submit()
    await stage.project(address)
    await stage.start(address)
    assert (await stage.client.get(path_of(address))).json()["status"] == "running"
    await stage.complete(address)
    view = (await stage.client.get(path_of(address))).json()
    assert (view["status"], view["outcome"], view["exit_code"]) == ("completed", "succeeded", 0)


async def test_an_event_that_cannot_follow_hides_nothing_that_comes_after(stage: Stage) -> None:
    address = await stage.submit()
    await stage.append(address, EvaluationCompleted(outcome="succeeded", attempt=9))
    await stage.start(address)
    assert (await stage.client.get(path_of(address))).json()["status"] == "running"


async def test_a_row_that_is_current_is_answered_as_it_is(stage: Stage) -> None:
    address = await stage.submit()
    row = await stage.project(address)
    marked = EvaluationView(id=address.evaluation, status="queued", detail="from the row")
    stage.read_models.rows[address] = Row(marked, row.state, row.stream_sequence)
    assert (await stage.client.get(path_of(address))).json()["detail"] == "from the row"


async def test_without_postgresql_the_log_answers(stage: Stage) -> None:
    address = await stage.submit()
    stage.read_models.down = True
    assert (await stage.client.get(path_of(address))).status_code == 200


async def test_without_postgresql_an_unknown_id_may_still_exist(stage: Stage) -> None:
    stage.read_models.down = True
    for path in (f"{PATH}/{UUID(int=1)}", PATH):
        answer = await stage.client.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert "secret" not in answer.text


async def test_without_the_log_the_row_answers_and_only_the_row(stage: Stage) -> None:
    known, unknown = await stage.submit(), await stage.submit()
    await stage.project(known)
    stage.bus.available = False
    assert (await stage.client.get(path_of(known))).status_code == 200
    assert (await stage.client.get(path_of(unknown))).status_code == 503


async def test_a_history_older_than_the_evaluation_is_no_answer(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read from a follower that has not heard of it, while the leader has."""
    address = await stage.submit()

    async def nothing(*_args: object) -> list[Stored]:
        return []

    monkeypatch.setattr(stage.bus, "history", nothing)
    answer = await stage.client.get(path_of(address))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    answer = await stage.client.post(f"{path_of(address)}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert await stage.length() == 1


def add_row(stage: Stage, number: int, status: Status = "completed", tenant: str = "main") -> str:
    id_ = str(UUID(int=number))
    view = EvaluationView(id=id_, status=status, submitted_at=NOON + timedelta(seconds=number // 2))
    stage.read_models.rows[Address(tenant, id_)] = Row(view, Evaluation(), number)
    return id_


async def test_the_list_is_paged_from_the_newest_on_without_gap_or_overlap(stage: Stage) -> None:
    ids = [add_row(stage, number) for number in range(1, 8)]
    add_row(stage, 99, tenant="other")
    seen: list[str] = []
    url = f"{PATH}?limit=3"
    for left in (2, 1, 0):
        answer = await stage.client.get(url)
        page = answer.json()
        seen += [item["id"] for item in page["items"]]
        if left:
            url, _, relation = answer.headers["link"].partition(">; ")
            url = url.removeprefix("<")
            assert relation == 'rel="next"'
            assert page["next_cursor"] in url
    assert seen == ids[::-1]
    assert page["next_cursor"] is None
    assert "link" not in answer.headers


async def test_the_list_can_be_filtered_by_status_and_its_cursor_goes_with_the_filter(
    stage: Stage,
) -> None:
    for number in range(1, 5):
        add_row(stage, number, "running")
        add_row(stage, number + 10, "completed")
    answer = await stage.client.get(f"{PATH}?limit=3&status=running")
    assert {item["status"] for item in answer.json()["items"]} == {"running"}
    assert "status=running" in answer.headers["link"]
    cursor = answer.json()["next_cursor"]
    rest = await stage.client.get(f"{PATH}?limit=3&status=running&cursor={cursor}")
    assert [item["id"] for item in rest.json()["items"]] == [str(UUID(int=1))]
    for query in (f"cursor={cursor}", f"status=completed&cursor={cursor}"):
        other = await stage.client.get(f"{PATH}?{query}")
        assert (other.status_code, other.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "W10", "bnVsbA", "a" * 600, "é", "W10="])
async def test_a_cursor_that_is_not_ours_is_refused(stage: Stage, cursor: str) -> None:
    answer = await stage.client.get(PATH, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
    assert answer.json()["errors"][0]["pointer"] == "/query/cursor"


page_cursors = st.builds(
    PageCursor,
    submitted_at=st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    id=st.uuids().map(str),
    status=st.sampled_from([None, "queued", "running", "completed"]),
)


@given(page_cursors)
def test_every_page_cursor_is_read_as_it_was_given(cursor: PageCursor) -> None:
    assert PageCursor.decode(cursor.encode()) == cursor


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_no_text_breaks_the_reading_of_cursors(text: str) -> None:
    for kind in (PageCursor, EventCursor):
        with suppress(BadCursor):
            assert kind.decode(text).encode() == text


@given(page_cursors, st.integers(min_value=0), st.characters(codec="ascii"))
def test_a_changed_cursor_is_refused_or_means_what_it_says(
    cursor: PageCursor, place: int, other: str
) -> None:
    text = cursor.encode()
    place %= len(text)
    changed = text[:place] + other + text[place + 1 :]
    with suppress(BadCursor):
        assert PageCursor.decode(changed).encode() == changed
