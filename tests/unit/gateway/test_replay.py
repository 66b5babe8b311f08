"""GET /v1/events: a tenant's history from any place, whole and in order, wherever it lies by now."""

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from cloche_schemas.events import OutputArchived
from support.archived import archive, messages_of
from support.gateway import Stage, parse_events
from support.recorded import Recorder, address_of, story
from support.replaying import PATH, archived, lines_of, replayed, run, sequences, types

SSE = {"Accept": "text/event-stream"}


@pytest.fixture
async def told(stage: Stage) -> Stage:
    """Two evaluations of main, one of another tenant between them: 15 events, ten of them archived."""
    await run(stage)
    await run(stage, await stage.tenant())
    await run(stage)
    await archived(stage, 10)
    return stage


MINE = [1, 2, 3, 4, 5, 11, 12, 13, 14, 15]


async def test_everything_of_the_tenant_comes_as_it_lies_on_the_log(told: Stage) -> None:
    answer = await told.client.get(PATH)
    *lines, last = lines_of(answer)
    epoch = (await told.bus.state()).epoch
    assert sequences(lines) == MINE
    assert last == {"cursor": f"{epoch}-15", "end": True}
    for line, text in zip(lines, answer.content.split(b"\n"), strict=False):
        stored = await told.bus.get(int(line["cursor"].rpartition("-")[2]))
        assert stored is not None
        assert text == b'{"cursor":"%s","event":%s}' % (line["cursor"].encode(), stored.data)
    assert answer.headers["cache-control"] == "no-cache, no-transform"


async def test_as_server_sent_events_it_has_the_frames_of_the_feed(told: Stage) -> None:
    answer = await told.client.get(PATH, headers=SSE)
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    *events, last = parse_events(answer.text)
    assert [event.sequence for event in events] == MINE
    assert (last.name, last.sequence) == ("end", 15)
    address = (await messages_of(told.bus))[0].subject.split(".")[2]
    feed = await told.client.get(f"/v1/evaluations/{address}/events")
    assert parse_events(feed.text)[:-1] == events[:5]


@pytest.mark.parametrize(
    "gone",
    [*(set(range(1, seam)) for seam in range(1, 12)), {2, 3}, {4, 7, 8}, {1, 2, 5, 9, 10}],
    ids=str,
)
async def test_from_each_place_the_rest_comes_whatever_the_stream_has_forgotten(
    told: Stage, gone: set[int]
) -> None:
    epoch = (await told.bus.state()).epoch
    log = await messages_of(told.bus)
    told.bus.gone = gone
    for place in range(16):
        rest = [sequence for sequence in MINE if sequence > place]
        cursor = f"{epoch}-{place}"
        assert sequences(await replayed(told, **{"from": cursor})) == rest
        assert sequences(await replayed(told, **{"from": str(place + 1)})) == rest
        by_header = await replayed(told, headers={"Last-Event-ID": cursor}, **{"from": "garbage"})
        assert sequences(by_header) == rest
        if place < 15:
            time = log[place].time.isoformat()
            assert sequences(await replayed(told, **{"from": time})) == rest
        until = await replayed(told, until=cursor)
        assert sequences(until) == [sequence for sequence in MINE if sequence <= place]
        assert until == await replayed(told, until=str(place))


async def test_a_time_may_be_said_in_every_way_of_rfc_3339(told: Stage) -> None:
    third = (await messages_of(told.bus))[2].time
    utc = third.replace(tzinfo=None).isoformat()
    east = (third + timedelta(hours=2)).replace(tzinfo=None).isoformat()
    for text in (f"{utc}Z", f"{utc.lower()}z", f"{utc}999+00:00", f"{east}+02:00"):
        found = sequences(await replayed(told, **{"from": text}))
        assert found == [n for n in MINE if n > 2], text
    # An offset whose + nobody has escaped.
    answer = await told.client.get(f"{PATH}?from={quote(east, safe='')}+02:00")
    assert sequences(lines_of(answer)) == [n for n in MINE if n > 2]
    assert await replayed(told, **{"from": (datetime.now(UTC)).isoformat()}) == []


async def test_ranges_of_time_tile(told: Stage) -> None:
    middle = (await messages_of(told.bus))[3].time.isoformat()
    early, late = await replayed(told, until=middle), await replayed(told, **{"from": middle})
    assert sequences(early) + sequences(late) == MINE
    future = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert sequences(await replayed(told, until=future)) == MINE


async def test_tenants_never_see_each_other(told: Stage) -> None:
    other = next(t.tenant for t in told.keyring.tenants() if t.tenant != "main")
    key = await told.key(other)
    admin_there = await told.key(other, role="admin")
    theirs = [6, 7, 8, 9, 10]
    mine = (await messages_of(told.bus))[0].subject.split(".")[2]
    for gone in (set(), {1, 2, 3, 6, 7}):
        told.bus.gone = gone
        assert sequences(await replayed(told, headers=key)) == theirs
        assert await replayed(told, headers=key, evaluation=mine) == []
        assert sequences(await replayed(told, tenant=other)) == theirs
        assert sequences(await replayed(told, headers=admin_there, tenant="main")) == MINE
        assert sequences(await replayed(told, headers=key, tenant=other)) == theirs
        refused = await told.client.get(PATH, headers=key, params={"tenant": "main"})
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
        absent = await told.client.get(PATH, headers=key, params={"tenant": "nobody"})
        assert absent.json()["detail"] == refused.json()["detail"]


async def test_without_a_key_that_reads_nothing_is_told(told: Stage) -> None:
    none = await told.client.get(PATH, headers={"Authorization": ""})
    assert none.status_code == 401
    writer = await told.key(scopes=["write"])
    answer = await told.client.get(PATH, headers=writer)
    assert (answer.status_code, answer.json()["required_scope"]) == (403, "read")


async def test_an_empty_log_has_a_whole_history_of_nothing(stage: Stage) -> None:
    answer = await stage.client.get(PATH)
    epoch = (await stage.bus.state()).epoch
    assert lines_of(answer) == [{"cursor": f"{epoch}-0", "end": True}]
    assert await replayed(stage, **{"from": f"{epoch}-0"}) == []


async def test_what_is_no_event_is_left_out_and_spread_json_takes_one_line(stage: Stage) -> None:
    address = await run(stage)
    await stage.bus.append(address.log, b"{bad", msg_id="bad")
    first = await stage.bus.get(1)
    assert first is not None
    await stage.bus.append(address.log, first.data.replace(b",", b",\n"), msg_id="spread")
    lines = await replayed(stage)
    assert sequences(lines) == [1, 2, 3, 4, 5, 7]
    assert lines[0]["event"] == lines[-1]["event"]


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("*/*", "application/x-ndjson"),
        ("", "application/x-ndjson"),
        ("application/*", "application/x-ndjson"),
        ("text/*", "text/event-stream; charset=utf-8"),
        ("text/event-stream, application/x-ndjson;q=0.9", "text/event-stream; charset=utf-8"),
        ("application/x-ndjson;q=0.2, */*;q=0.5", "text/event-stream; charset=utf-8"),
        ("text/event-stream;q=0, */*", "application/x-ndjson"),
        ("application/json", None),
        ("text/event-stream;q=x", None),
    ],
)
async def test_the_form_is_negotiated(stage: Stage, accept: str, media_type: str | None) -> None:
    answer = await stage.client.get(PATH, headers={"Accept": accept})
    if media_type is None:
        assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")
    else:
        assert answer.headers["content-type"] == media_type


async def test_a_cursor_of_an_archived_log_leads_through_its_rest_into_the_present_one(
    told: Stage,
) -> None:
    old = Recorder().events(address_of(1), story(("stdout", b"old")))
    await archive(told.objects, "a1", old)
    for follows in ("", "a1"):
        epoch = await archived(told, 10, follows=follows)
        now = [f"{epoch}-{n}" for n in MINE]
        for place in range(5):
            lines = await replayed(told, **{"from": f"a1-{place}"})
            before = [f"a1-{n}" for n in range(place + 1, 5)]
            assert [line["cursor"] for line in lines] == before + now
        # The old log went on beyond its archive: that is lost, and nothing else is.
        assert [line["cursor"] for line in await replayed(told, **{"from": "a1-99"})] == now
    whole = await replayed(told)
    assert [line["cursor"] for line in whole] == [f"a1-{n}" for n in range(1, 5)] + now
    assert types(await replayed(told, until="a1-2")) == ["queued", "started"]
    assert types(await replayed(told, until="a1-9", type="completed")) == ["completed"]


async def test_each_object_of_the_archive_is_read_once(told: Stage) -> None:
    reads: list[str] = []

    get = told.objects.get

    async def counted(key: str) -> object:
        reads.append(key)
        return await get(key)

    told.objects.get = counted  # type: ignore[assignment, method-assign]
    told.bus.gone = set(range(1, 11))
    assert sequences(await replayed(told)) == MINE
    segments = [key for key in reads if key.endswith(".zst")]
    assert len(segments) == len(set(segments)) == 4


async def test_where_the_output_lies_is_an_event_as_well(stage: Stage) -> None:
    address = await run(stage)
    await stage.append(address, OutputArchived(attempt=1))
    assert types(await replayed(stage, type="output-archived")) == ["output-archived"]
