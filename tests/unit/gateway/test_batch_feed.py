"""GET /v1/batches/{id}/events: what happens to its evaluations, how far it is, and an end when all of them are over."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import pytest
from cloche_schemas.batches import member_id
from cloche_schemas.events import (
    AttemptFailed,
    CancelRequested,
    EvaluationDeadLettered,
    EvaluationQueued,
    OutputArchived,
)
from cloche_schemas.subjects import Address
from support.gateway import (
    UNKNOWN,
    Event,
    Stage,
    assert_problem,
    parse_events,
    read_events,
    stage_with,
)
from support.replaying import archived, run
from support.waiting import wait_until

PATH = "/v1/batches"


async def submitted(stage: Stage, size: int = 3, headers: Any = None) -> str:
    body = {"evaluations": [{"code": f"print({n})"} for n in range(size)]}
    answer = await stage.client.post(PATH, json=body, headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.json()["links"]["events"] == f"{PATH}/{answer.json()['id']}/events"
    return str(answer.json()["id"])


def member(batch: str, index: int, tenant: str = "main") -> Address:
    return Address(tenant, member_id(batch, index))


async def ran(stage: Stage, batch: str, size: int = 3) -> None:
    """Each starts, prints and ends, one after another; what others do lies between."""
    for index in range(size):
        await run(stage)
        await stage.start(member(batch, index))
        await stage.print(member(batch, index), b"x")
        await stage.complete(member(batch, index), "failed" if index == 1 else "succeeded")


async def told(stage: Stage, batch: str, **headers: str) -> list[Event]:
    answer = await stage.client.get(f"{PATH}/{batch}/events", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    return parse_events(answer.text)


def events(of: list[Event]) -> list[Event]:
    """Those that lie on the log."""
    return [event for event in of if event.id]


def progress(of: list[Event]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(event.data) for event in of if event.name == "progress"]


async def test_a_batch_is_told_from_its_first_event_to_its_last_and_nothing_else(
    stage: Stage,
) -> None:
    await run(stage)
    batch = await submitted(stage)
    await ran(stage, batch)
    for index in range(3):
        await stage.append(member(batch, index), OutputArchived(attempt=1))
    found = await told(stage, batch)
    ids = {member_id(batch, index) for index in range(3)}
    assert [event.name for event in events(found)] == [
        *["queued"] * 3,
        *["started", "completed"] * 3,
    ]
    for event in events(found):
        stored = await stage.bus.get(event.sequence)
        assert stored is not None
        assert event.data.encode() == stored.data
        assert msgspec.json.decode(event.data)["subject"] in ids
    assert [event.name for event in found[-2:]] == ["progress", "end"]
    assert progress(found)[-1] == {
        "id": batch,
        "size": 3,
        "over": 3,
        "by_status": {"completed": 3},
        "by_outcome": {"succeeded": 2, "failed": 1},
    }


async def test_it_goes_on_behind_every_event_and_counts_what_came_before(stage: Stage) -> None:
    batch = await submitted(stage)
    await ran(stage, batch)
    whole = await told(stage, batch)
    mine = events(whole)
    for seen in range(1, len(mine)):
        rest = await told(stage, batch, **{"Last-Event-ID": mine[seen - 1].id})
        assert events(rest) == mine[seen:]
        assert progress(rest)[-1] == progress(whole)[-1]
        assert rest[-1].name == "end"
        by_query = await stage.client.get(
            f"{PATH}/{batch}/events", params={"after": mine[seen - 1].id}
        )
        assert parse_events(by_query.text) == rest
    # Ids are places of the log: one of an event that was not shown is as good.
    between = f"{mine[-1].id.rpartition('-')[0]}-{mine[-1].sequence - 1}"
    assert events(await told(stage, batch, **{"Last-Event-ID": between})) == mine[-1:]


async def test_who_has_seen_all_of_a_complete_batch_is_told_not_to_come_back(stage: Stage) -> None:
    batch = await submitted(stage)
    await ran(stage, batch)
    last = events(await told(stage, batch))[-1]
    await stage.append(member(batch, 2), OutputArchived(attempt=1))
    later = f"{last.id.rpartition('-')[0]}-{last.sequence + 1}"
    for id_ in (last.id, later):
        answer = await stage.client.get(f"{PATH}/{batch}/events", headers={"Last-Event-ID": id_})
        assert (answer.status_code, answer.content) == (204, b"")


async def test_every_status_and_the_end_of_what_is_given_up_are_counted(stage: Stage) -> None:
    batch = await submitted(stage, 5)
    for index in range(1, 5):
        await stage.start(member(batch, index))
    await stage.append(member(batch, 2), CancelRequested())
    await stage.append(member(batch, 3), AttemptFailed(attempt=1, reason="executor_lost"))
    await stage.append(member(batch, 4), AttemptFailed(attempt=1, reason="executor_lost"))
    await stage.append(member(batch, 4), EvaluationDeadLettered(attempts=1, reason="lost"))
    expected = {"queued": 1, "running": 1, "cancelling": 1, "retry_pending": 1, "dead_lettered": 1}
    async with following(stage, batch) as feed:
        counted: dict[str, Any] = {}
        while counted.get("by_status") != expected:
            event = await anext(feed)
            if event.name == "progress":
                counted = msgspec.json.decode(event.data)
        assert (counted["over"], counted["by_outcome"]) == (1, {})
        await stage.append(member(batch, 3), EvaluationQueued(attempt=2))
        await stage.start(member(batch, 3), attempt=2)
        for index in range(4):
            if index == 0:
                await stage.start(member(batch, 0))
            await stage.complete(member(batch, index), "cancelled" if index == 2 else "succeeded")
        rest = [event async for event in feed]
    assert rest[-1].name == "end"
    assert progress(rest)[-1]["by_status"] == {"completed": 4, "dead_lettered": 1}
    assert progress(rest)[-1]["by_outcome"] == {"succeeded": 3, "cancelled": 1}


@asynccontextmanager
async def following(
    stage: Stage, batch: str, **headers: str
) -> AsyncIterator[AsyncIterator[Event]]:
    """Events of an open feed."""
    path = f"{PATH}/{batch}/events"
    async with (
        stage.listening() as client,
        client.stream("GET", path, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        yield read_events(answer)


async def test_what_happens_while_somebody_watches_is_told_at_once(stage: Stage) -> None:
    batch = await submitted(stage, 2)
    async with following(stage, batch) as feed:
        assert [(await anext(feed)).name for _ in range(3)] == ["queued", "queued", "progress"]
        for index in (1, 0):
            await run(stage)
            await stage.start(member(batch, index))
            assert (await anext(feed)).name == "started"
            counted = msgspec.json.decode((await anext(feed)).data)
            assert counted["by_status"]["running"] == 1
            await stage.print(member(batch, index), b"not shown")
            await stage.complete(member(batch, index))
            assert (await anext(feed)).name == "completed"
            assert msgspec.json.decode((await anext(feed)).data)["over"] == 2 - index
        assert [event.name async for event in feed] == ["end"]
        await wait_until(lambda: stage.bus.followers == [])


async def test_silence_is_broken_and_moves_the_cursor_on() -> None:
    async with stage_with(ping_seconds=0.03) as stage:
        batch = await submitted(stage, 2)
        async with stage.listening() as client:
            path = f"{PATH}/{batch}/events"
            async with client.stream("GET", path) as answer:
                await run(stage)
                epoch = (await stage.bus.state()).epoch
                async for line in answer.aiter_lines():
                    if line == f"id: {epoch}-7":
                        break


async def test_an_open_feed_ends_when_the_gateway_stops_and_breaks_with_the_log(
    stage: Stage,
) -> None:
    batch = await submitted(stage, 2)
    async with following(stage, batch) as feed:
        await wait_until(lambda: stage.bus.followers == [()])
        stage.stop.set()
        assert [event.name async for event in feed][-1] == "reconnect"
    stage.stop.clear()
    async with following(stage, batch) as feed:
        await wait_until(lambda: stage.bus.followers == [()])
        stage.bus.lose()
        assert [event.name async for event in feed][-1] == "error"


async def test_it_is_told_whole_from_archive_and_log(stage: Stage) -> None:
    await run(stage)
    batch = await submitted(stage)
    await ran(stage, batch)
    whole = events(await told(stage, batch))
    for index in range(3):
        await stage.project(member(batch, index))
    await archived(stage, (await stage.bus.state()).last)
    for gone in (whole[0].sequence, whole[4].sequence, whole[-1].sequence):
        stage.bus.gone = set(range(1, gone + 1))
        assert events(await told(stage, batch)) == whole
        for seen in (0, 3, len(whole) - 2):
            rest = await told(stage, batch, **{"Last-Event-ID": whole[seen].id})
            assert events(rest) == whole[seen + 1 :]
        assert events(await told(stage, batch, **{"Last-Event-ID": "feed0-7"})) == whole
        ended = {"Last-Event-ID": whole[-1].id}
        assert (await stage.client.get(f"{PATH}/{batch}/events", headers=ended)).status_code == 204


async def test_an_end_that_was_seen_and_is_found_late_is_said_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await submitted(stage, 1)
    await ran(stage, batch, 1)
    last = events(await told(stage, batch))[-1]
    monkeypatch.setattr("cloche_gateway.batch_events.FIRST_SECONDS", 0.01)
    async with stage.gateway.readers:
        for _ in range(stage.settings.replay_readers - 1):
            await stage.gateway.readers.acquire()
        async with following(stage, batch, **{"Last-Event-ID": last.id}) as feed:
            for _ in range(stage.settings.replay_readers - 1):
                stage.gateway.readers.release()
            assert [event.name async for event in feed] == ["end"]


@pytest.mark.parametrize(
    ("id_", "status", "code"), [("x", 422, "invalid_id"), (UNKNOWN, 404, "not_found")]
)
async def test_what_is_no_batch(stage: Stage, id_: str, status: int, code: str) -> None:
    assert_problem(await stage.client.get(f"{PATH}/{id_}/events"), status, code)


async def test_cursors_that_no_log_gave_are_refused(stage: Stage) -> None:
    batch = await submitted(stage)
    epoch = (await stage.bus.state()).epoch
    for id_ in ("x", "1", f"{epoch}-99"):
        answer = await stage.client.get(f"{PATH}/{batch}/events", headers={"Last-Event-ID": id_})
        assert_problem(answer, 400, "invalid_cursor", "/header/Last-Event-ID")


async def test_another_tenant_finds_it_as_little_as_one_that_is_not_there(stage: Stage) -> None:
    batch, theirs = await submitted(stage), await stage.key(await stage.tenant())
    there = await stage.client.get(f"{PATH}/{batch}/events", headers=theirs)
    absent = await stage.client.get(f"{PATH}/{UNKNOWN}/events", headers=theirs)
    same = ("code", "title", "detail", "status")
    assert [assert_problem(there, 404, "not_found")[name] for name in same] == [
        assert_problem(absent, 404, "not_found")[name] for name in same
    ]
    nobody = {"Authorization": ""}
    answer = await stage.client.get(f"{PATH}/{batch}/events", headers=nobody)
    assert answer.status_code == 401


async def test_a_log_that_is_away_is_a_problem_and_no_stream(stage: Stage) -> None:
    batch = await submitted(stage)
    stage.bus.available = False
    assert_problem(await stage.client.get(f"{PATH}/{batch}/events"), 503, "unavailable")


async def test_what_neither_log_nor_archive_has_is_gone(stage: Stage) -> None:
    batch = await submitted(stage, 1)
    await ran(stage, batch, 1)
    await stage.project(member(batch, 0))
    stage.bus.gone = set(range(1, (await stage.bus.state()).last + 1))
    assert_problem(await stage.client.get(f"{PATH}/{batch}/events"), 410, "events_trimmed")


async def test_the_description_has_it(stage: Stage) -> None:
    document = (await stage.client.get("/openapi.json")).json()
    answers = document["paths"]["/v1/batches/{id}/events"]["get"]["responses"]
    assert set(answers) >= {"200", "204", "400", "401", "404", "410", "502", "503"}
    assert "BatchProgress" in document["components"]["schemas"]
