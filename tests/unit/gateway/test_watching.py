"""GET /v1/evaluations/{id}/events: in order, without gap or duplicate, resumable, and it ends when it should."""

import asyncio
import time
from contextlib import aclosing

import httpx2
import pytest
from cloche_gateway.read_models import Row
from cloche_gateway.silence import Silence
from cloche_kit.bus import Expectation
from cloche_schemas import codec
from cloche_schemas.events import EvaluationCompleted, OutputArchived
from cloche_schemas.subjects import Address
from support.gateway import Event, Stage, parse_events, read_events, stage_with
from support.waiting import wait_until


def path_of(address: Address) -> str:
    return f"/v1/evaluations/{address.evaluation}/events"


async def finished(stage: Stage) -> Address:
    """An evaluation that ran, printed twice and is over."""
    address = await stage.submit()
    await stage.start(address)
    await stage.print(address, b"one\n")
    await stage.print(address, b"two\n", stream="stderr")
    await stage.complete(address)
    return address


STORY = ["queued", "started", "output-chunk", "output-chunk", "completed", "end"]


async def test_a_finished_evaluation_is_told_from_the_beginning_to_its_end(stage: Stage) -> None:
    address = await finished(stage)
    await stage.append(address, OutputArchived(attempt=1))
    answer = await stage.client.get(path_of(address))
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    events = parse_events(answer.text)
    assert [event.name for event in events] == STORY
    epoch = (await stage.bus.state()).epoch
    assert [event.id for event in events[:-1]] == [f"{epoch}-{n}" for n in range(1, 6)]
    for event in events[:-1]:
        stored = await stage.bus.get(event.sequence)
        assert stored is not None
        assert event.data.encode() == stored.data


async def test_a_stream_is_neither_cached_nor_compressed_nor_buffered(stage: Stage) -> None:
    address = await finished(stage)
    answer = await stage.client.get(path_of(address), headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["cache-control"] == "no-cache, no-transform"
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["content-encoding"] == "identity"
    assert "content-length" not in answer.headers


async def test_other_evaluations_are_not_shown(stage: Stage) -> None:
    other = await stage.submit()
    address = await finished(stage)
    await stage.start(other)
    events = parse_events((await stage.client.get(path_of(address))).text)
    assert [event.name for event in events] == STORY


@pytest.mark.parametrize("seen", [1, 2, 3, 4])
async def test_a_client_goes_on_after_the_last_event_it_saw(stage: Stage, seen: int) -> None:
    address = await finished(stage)
    events = parse_events((await stage.client.get(path_of(address))).text)
    headers = {"Last-Event-ID": events[seen - 1].id}
    rest = parse_events((await stage.client.get(path_of(address), headers=headers)).text)
    assert rest == events[seen:]
    by_query = await stage.client.get(path_of(address), params={"after": events[seen - 1].id})
    assert parse_events(by_query.text) == rest


async def test_who_has_seen_the_end_is_told_not_to_come_back(stage: Stage) -> None:
    address = await finished(stage)
    await stage.append(address, OutputArchived(attempt=1))
    events = parse_events((await stage.client.get(path_of(address))).text)
    answer = await stage.client.get(path_of(address), headers={"Last-Event-ID": events[-2].id})
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    "id_", ["x", "1", "-1", "abc-", "abc--1", "abc-1x", "abc-007", "é-1", "a" * 200]
)
async def test_an_id_that_no_log_gave_is_refused(stage: Stage, id_: str) -> None:
    address = await finished(stage)
    answer = await stage.client.get(path_of(address), headers={b"Last-Event-ID": id_.encode()})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")
    assert answer.json()["errors"][0]["pointer"] == "/header/Last-Event-ID"


async def test_an_id_that_no_event_has_yet_is_refused(stage: Stage) -> None:
    address = await finished(stage)
    epoch = (await stage.bus.state()).epoch
    answer = await stage.client.get(path_of(address), headers={"Last-Event-ID": f"{epoch}-6"})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_cursor")


@pytest.mark.parametrize("id_", ["feed0-3", "feed0-999999", ""])
async def test_an_id_of_another_log_is_answered_from_the_beginning(stage: Stage, id_: str) -> None:
    address = await finished(stage)
    answer = await stage.client.get(path_of(address), headers={"Last-Event-ID": id_})
    assert [event.name for event in parse_events(answer.text)] == STORY


async def test_events_that_the_log_no_longer_holds_are_gone(stage: Stage) -> None:
    address = await finished(stage)
    row = await stage.project(address)
    trimmed = Address("main", "01900000-0000-7000-8000-00000000000f")
    stage.read_models.rows[trimmed] = Row(row.view, row.state, row.stream_sequence)
    answer = await stage.client.get(path_of(trimmed))
    assert (answer.status_code, answer.json()["code"]) == (410, "events_trimmed")


async def test_a_message_that_is_no_event_is_left_out(stage: Stage) -> None:
    address = await stage.submit()
    await stage.bus.append(address.log, b"{bad", msg_id="bad")
    await stage.bus.append(address.log, b'{"type":"cloche.evaluation.a\\nb.v1"}', msg_id="bad2")
    await stage.append(address, EvaluationCompleted(outcome="cancelled", attempt=0))
    events = parse_events((await stage.client.get(path_of(address))).text)
    assert [event.name for event in events] == ["queued", "completed", "end"]


async def test_a_last_message_that_is_no_event_keeps_nobody_from_watching(stage: Stage) -> None:
    address = await finished(stage)
    await stage.bus.append(address.log, b"{bad", msg_id="bad")
    events = parse_events((await stage.client.get(path_of(address))).text)
    assert [event.name for event in events] == STORY


async def test_json_over_several_lines_stays_one_event(stage: Stage) -> None:
    address = await stage.submit()
    (first,) = await stage.bus.history("main", address.evaluation)
    spread = first.data.replace(b",", b",\n").replace(b"queued.v1", b"completed.v1")
    await stage.bus.append(
        address.log, spread, msg_id="m", expect=Expectation(address.lifecycle, first.sequence)
    )
    events = parse_events((await stage.client.get(path_of(address))).text)
    assert [event.name for event in events] == ["queued", "completed", "end"]
    codec.decode_envelope(events[1].data.encode())


async def test_what_happens_while_somebody_watches_is_told_at_once(stage: Stage) -> None:
    address = await stage.submit()
    async with (
        stage.listening() as client,
        client.stream("GET", path_of(address)) as answer,
        aclosing(read_events(answer)) as events,
    ):
        assert (await anext(events)).name == "queued"
        await stage.start(address)
        assert (await anext(events)).name == "started"
        await stage.print(address, b"x")
        assert (await anext(events)).name == "output-chunk"
        await stage.complete(address)
        assert [event.name async for event in events] == ["completed", "end"]


async def test_many_watchers_share_one_reader_that_ends_with_the_last(stage: Stage) -> None:
    address = await stage.submit()

    async def watch(client: httpx2.AsyncClient) -> list[Event]:
        async with client.stream("GET", path_of(address)) as answer:
            return [event async for event in read_events(answer)]

    async with stage.listening() as client:
        watching = [asyncio.create_task(watch(client)) for _ in range(20)]
        await wait_until(lambda: stage.bus.followers == [()])
        await wait_until(lambda: len(stage.bus.followed) >= 21)
        await stage.start(address)
        await stage.complete(address)
        told = await asyncio.gather(*watching)
        assert [[event.name for event in events] for events in told] == [
            ["queued", "started", "completed", "end"]
        ] * 20
        await wait_until(lambda: stage.bus.followers == [])
        assert stage.bus.followed.count(()) == 1


async def test_nothing_is_lost_or_doubled_while_output_races_the_watchers(stage: Stage) -> None:
    address = await stage.submit()
    await stage.start(address)

    async def write() -> None:
        for n in range(200):
            await stage.print(address, b"%d\n" % n)
        await stage.complete(address)

    async def watch(client: httpx2.AsyncClient, delay: int) -> list[int]:
        for _ in range(delay):
            await asyncio.sleep(0)
        async with client.stream("GET", path_of(address)) as answer:
            return [event.sequence async for event in read_events(answer) if event.id]

    async with stage.listening() as client:
        writing = asyncio.create_task(write())
        seen = await asyncio.gather(*(watch(client, delay) for delay in range(0, 400, 20)))
        await writing
    assert seen == [list(range(1, 204))] * 20


async def test_a_watcher_is_pinged_while_nothing_happens() -> None:
    async with stage_with(ping_seconds=0.02) as stage:
        address = await stage.submit()
        async with stage.listening() as client, client.stream("GET", path_of(address)) as answer:
            pings = 0
            async for line in answer.aiter_lines():
                pings += line == ": ping"
                if pings == 3:
                    break


async def test_the_time_to_the_next_ping_begins_anew_with_what_is_told(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Silence] = []
    usual = Silence.heard

    def hear(silence: Silence) -> None:
        heard.append(silence)
        usual(silence)

    monkeypatch.setattr(Silence, "heard", hear)
    address = await stage.submit()
    async with (
        stage.listening() as client,
        client.stream("GET", path_of(address)) as answer,
        aclosing(read_events(answer)) as events,
    ):
        assert (await anext(events)).name == "queued"
        await wait_until(lambda: len(heard) == 1)
        await stage.start(address)
        assert (await anext(events)).name == "started"
        assert len(heard) == 2
        await stage.print(address, b"x")
        assert (await anext(events)).name == "output-chunk"
        assert len(heard) == 3
    assert len(set(map(id, heard))) == 1


async def test_a_client_that_leaves_is_forgotten(stage: Stage) -> None:
    address = await stage.submit()
    async with stage.listening() as client:
        async with client.stream("GET", path_of(address)) as answer:
            async with aclosing(read_events(answer)) as events:
                await anext(events)
            await wait_until(lambda: stage.bus.followers == [()])
        await wait_until(lambda: stage.bus.followers == [])


async def test_open_streams_end_at_once_when_the_gateway_stops(stage: Stage) -> None:
    address = await stage.submit()
    async with stage.listening() as client, client.stream("GET", path_of(address)) as answer:
        events = read_events(answer)
        assert (await anext(events)).name == "queued"
        await wait_until(lambda: stage.bus.followers == [()])
        begun = time.monotonic()
        stage.stop.set()
        last = [event async for event in events]
    assert last == [Event(name="reconnect", data="{}", retry="1000")]
    assert time.monotonic() - begun < 1.0


async def test_a_log_that_is_lost_ends_the_streams_to_be_resumed(stage: Stage) -> None:
    address = await stage.submit()
    async with stage.listening() as client, client.stream("GET", path_of(address)) as answer:
        events = read_events(answer)
        assert (await anext(events)).name == "queued"
        await wait_until(lambda: stage.bus.followers == [()])
        stage.bus.lose()
        assert [event.name async for event in events] == ["reconnect"]


async def test_a_log_that_is_away_is_a_problem_and_no_stream(stage: Stage) -> None:
    address = await stage.submit()
    stage.bus.available = False
    answer = await stage.client.get(path_of(address))
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
