"""Reading one evaluation, and cursors: current, complete, and whatever part of the system is away."""

from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cloche_gateway.cursors import BadCursor, BatchCursor, EventCursor, ListCursor, Seals
from cloche_gateway.read_models import Row
from cloche_kit.bus import Stored
from cloche_schemas.events import EvaluationCompleted
from cloche_schemas.subjects import Address
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


list_cursors = st.builds(
    ListCursor,
    value=st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
    | st.floats(min_value=0, max_value=1e9),
    id=st.uuids().map(str),
    back=st.booleans(),
)


@given(list_cursors, st.binary(max_size=20))
def test_every_list_cursor_is_read_as_it_was_given(cursor: ListCursor, scope: bytes) -> None:
    seals = Seals("secret")
    assert seals.open(seals.seal(cursor, scope), scope) == cursor


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_no_text_breaks_the_reading_of_cursors(text: str) -> None:
    for kind in (BatchCursor, EventCursor):
        with suppress(BadCursor):
            assert kind.decode(text).encode() == text
    with pytest.raises(BadCursor):
        Seals("secret").open(text, b"")


@given(list_cursors, st.integers(min_value=0), st.characters())
def test_a_changed_list_cursor_is_refused(cursor: ListCursor, place: int, other: str) -> None:
    seals = Seals("secret")
    text = seals.seal(cursor, b"scope")
    place %= len(text)
    changed = text[:place] + other + text[place + 1 :]
    if changed != text:
        with pytest.raises(BadCursor):
            seals.open(changed, b"scope")
    for another in (seals.seal(cursor, b"other"), Seals("other").seal(cursor, b"scope")):
        with pytest.raises(BadCursor):
            seals.open(another, b"scope")
