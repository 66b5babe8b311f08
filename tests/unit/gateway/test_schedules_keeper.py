"""What is due by a schedule is submitted: once, also by two, late after an outage, and never while it is paused."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cloche_gateway import schedules_keeper
from cloche_gateway.problems import ClientError
from cloche_gateway.schedules_keeper import LOOK_SECONDS, Keeper, evaluation_of, keep
from cloche_kit.bus import BusUnavailable
from cloche_kit.objects import ObjectsUnavailable
from cloche_schemas import codec
from cloche_schemas.events import EvaluationQueued
from cloche_schemas.subjects import Address
from msgspec.structs import replace
from support.gateway import HELLO, TENANT, Stage, settings_with
from support.waiting import wait_until

PATH = "/v1/schedules"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Kept:
    """A schedule, its keeper, and the clock of both."""

    def __init__(self, stage: Stage, id_: str) -> None:
        self.stage = stage
        self.id = id_
        self.keeper = Keeper(stage.deps, stage.book, stage.settings, stage.gateway.admission)

    async def at(self, minutes: float) -> float:
        """What the keeper does then; the seconds that it would wait."""
        self.stage.book.now = lambda: NOON + timedelta(minutes=minutes)
        while (pause := await self.keeper.serve()) == 0.0:
            pass
        return pause

    async def view(self) -> dict[str, Any]:
        found: dict[str, Any] = (await self.stage.client.get(f"{PATH}/{self.id}")).json()
        return found

    async def submitted(self) -> list[EvaluationQueued]:
        """Every evaluation of the log, in order."""
        events = []
        for sequence in range(1, await self.stage.length() + 1):
            stored = await self.stage.bus.get(sequence)
            assert stored is not None
            event = codec.decode(stored.data)[1]
            assert isinstance(event, EvaluationQueued)
            events.append(event)
        return events


async def kept(stage: Stage, **fields: Any) -> Kept:
    stage.book.now = lambda: NOON
    wish = {"name": "x", "cron": "@every 10m", "evaluation": HELLO, **fields}
    answer = await stage.client.post(PATH, json=wish)
    assert answer.status_code == 201, answer.text
    return Kept(stage, answer.json()["id"])


async def test_it_is_submitted_when_it_is_due_and_not_before(stage: Stage) -> None:
    one = await kept(stage)
    assert await one.at(9.9) == pytest.approx(6.0)
    assert await one.submitted() == []
    await one.at(10)
    (event,) = await one.submitted()
    due = NOON + timedelta(minutes=10)
    assert (event.due_at, event.late_seconds, event.origin.schedule) == (due, 0.0, one.id)
    view = await one.view()
    id_ = evaluation_of(one.id, due)
    assert (view["last_due"], view["last_evaluation"]) == ("2026-11-24T12:10:00Z", id_)
    assert (view["next_due"], view["missed"]) == ("2026-11-24T12:20:00Z", 0)
    shown = (await stage.client.get(f"/v1/evaluations/{id_}")).json()
    assert (shown["schedule"], shown["due_at"]) == (one.id, "2026-11-24T12:10:00Z")
    await one.at(20)
    assert len(await one.submitted()) == 2


async def test_what_was_missed_is_served_once_late_and_counted(stage: Stage) -> None:
    one = await kept(stage)
    await one.at(47.5)
    (event,) = await one.submitted()
    assert (event.due_at, event.late_seconds) == (NOON + timedelta(minutes=40), 450.0)
    view = await one.view()
    assert (view["missed"], view["last_late_seconds"]) == (3, 450.0)
    assert view["next_due"] == "2026-11-24T12:50:00Z"
    await one.at(49.9)
    assert len(await one.submitted()) == 1


async def test_what_was_due_while_it_was_paused_is_not_missed(stage: Stage) -> None:
    one = await kept(stage)
    await stage.client.post(f"{PATH}/{one.id}/pause")
    assert await one.at(35) == LOOK_SECONDS
    await stage.client.post(f"{PATH}/{one.id}/resume")
    assert await one.at(36) == LOOK_SECONDS
    assert await one.submitted() == []
    await one.at(40)
    assert [event.late_seconds for event in await one.submitted()] == [0.0]
    assert (await one.view())["missed"] == 0


async def test_deleted_it_is_submitted_no_more(stage: Stage) -> None:
    one = await kept(stage)
    await stage.client.delete(f"{PATH}/{one.id}")
    await one.at(10)
    assert await one.submitted() == []


async def test_one_that_fell_between_submitting_and_recording_it_submits_it_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await kept(stage)

    async def fall(*_: object) -> None:
        raise BusUnavailable("killed")

    with monkeypatch.context() as patch:
        patch.setattr(stage.book, "change", fall)
        with pytest.raises(BusUnavailable):
            await one.at(10)
    assert (await one.view())["last_due"] is None
    await one.at(10.01)
    assert len(await one.submitted()) == 1
    assert (await one.view())["last_due"] == "2026-11-24T12:10:00Z"


async def test_two_at_once_submit_it_once(stage: Stage) -> None:
    one = await kept(stage)
    stage.book.now = lambda: NOON + timedelta(minutes=10)
    second = Keeper(stage.deps, stage.book, stage.settings, stage.gateway.admission)
    await asyncio.gather(one.keeper.serve(), second.serve())
    assert len(await one.submitted()) == 1
    assert (await one.view())["missed"] == 0


async def test_two_due_times_have_ids_of_their_own_that_are_uuids() -> None:
    ids = {evaluation_of(name, NOON + timedelta(minutes=n)) for name in "ab" for n in range(50)}
    assert len(ids) == 100
    for id_ in ids:
        assert (UUID(id_).version, UUID(id_).variant) == (8, "specified in RFC 4122")
        Address(TENANT, id_)


async def test_what_may_no_longer_be_submitted_is_told_and_the_next_time_comes(
    stage: Stage,
) -> None:
    one = await kept(stage, evaluation={**HELLO, "limits": {"pids": 500}})
    one.keeper = Keeper(
        stage.deps, stage.book, settings_with(max_pids=100), stage.gateway.admission
    )
    await one.at(10)
    assert await one.submitted() == []
    view = await one.view()
    assert "pids may be at most 100" in view["problem"]
    assert (view["last_evaluation"], view["next_due"]) == (None, "2026-11-24T12:20:00Z")
    one.keeper = Keeper(stage.deps, stage.book, stage.settings, stage.gateway.admission)
    await one.at(20)
    assert len(await one.submitted()) == 1
    assert (await one.view())["problem"] == ""


async def test_what_cannot_be_submitted_just_now_is_tried_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await kept(stage)

    def full(*_: object, **__: object) -> None:
        raise ClientError("unavailable", "full")

    with monkeypatch.context() as patch:
        patch.setattr(schedules_keeper, "prepared", full)
        assert await one.at(10) == schedules_keeper.AGAIN_SECONDS
    assert (await one.view())["last_due"] is None
    await one.at(10.1)
    (event,) = await one.submitted()
    assert event.late_seconds == 6.0


async def test_while_the_store_is_away_what_names_a_blob_is_tried_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await kept(stage)

    async def away(*_: object) -> None:
        raise ObjectsUnavailable("away")

    with monkeypatch.context() as patch:
        patch.setattr(schedules_keeper, "look", away)
        assert await one.at(10) == schedules_keeper.AGAIN_SECONDS
    assert (await one.view())["last_due"] is None
    await one.at(10.1)
    assert len(await one.submitted()) == 1


async def test_one_that_nobody_can_serve_keeps_nobody_else_waiting(stage: Stage) -> None:
    broken = await kept(stage)
    await stage.book.change(TENANT, broken.id, lambda one: replace(one, timezone="Yugoslavia"))
    assert "no time zone" in (await broken.view())["problem"]
    other = await kept(stage)
    await other.at(10)
    assert [event.origin.schedule for event in await other.submitted()] == [other.id]


async def test_the_one_that_leads_serves_until_it_is_told_to_stop(stage: Stage) -> None:
    one = await kept(stage)
    stop = asyncio.Event()
    task = asyncio.create_task(
        keep(stage.deps, stage.book, stage.settings, stage.gateway.admission, stop=stop)
    )
    stage.book.now = lambda: NOON + timedelta(minutes=10)
    # Nothing but the news of a change makes it look again.
    stage.book.changed.set()

    async def done() -> bool:
        return len(await one.submitted()) == 1

    await wait_until(done)
    stop.set()
    async with asyncio.timeout(5):
        await task
