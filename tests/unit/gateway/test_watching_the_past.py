"""GET /v1/evaluations/{id}/events once the stream has been trimmed: the same feed, its past from the archive."""

from contextlib import aclosing
from datetime import timedelta

import pytest
from cloche_gateway import evaluation_past
from cloche_gateway.read_models import Row
from cloche_schemas.events import OutputArchived
from cloche_schemas.subjects import Address
from msgspec.structs import replace
from support.archived import archive
from support.gateway import Event, Stage, parse_events, read_events
from support.recorded import BEGIN, Recorder, address_of, queued, started, story
from support.replaying import archived, run

STORY = ["queued", "started", "output-chunk", "output-chunk", "completed", "end"]


def path_of(address: Address) -> str:
    return f"/v1/evaluations/{address.evaluation}/events"


async def told(stage: Stage, address: Address, after: str = "") -> list[Event]:
    answer = await stage.client.get(path_of(address), headers={"Last-Event-ID": after})
    assert answer.status_code == 200, answer.text
    return parse_events(answer.text)


@pytest.fixture
async def middle(stage: Stage) -> Address:
    """The second of three evaluations: events 6 to 10 and where its output lies, 11; 13 of 16 are archived."""
    await run(stage)
    address = await run(stage)
    await stage.append(address, OutputArchived(attempt=1))
    await stage.project(address)
    await run(stage)
    await archived(stage, 13)
    return address


GONE = [
    *(set(range(1, last + 1)) for last in range(5, 14)),
    *({6, 7, 8, 9, 10, 11}, {6, 7}, {7}, {8}, {10}, {1, 6}, {6, 7, 8, 9, 10}),
]


@pytest.mark.parametrize("gone", GONE, ids=str)
async def test_it_is_told_whole_and_goes_on_after_each_event(
    stage: Stage, middle: Address, gone: set[int]
) -> None:
    whole = await told(stage, middle)
    assert [event.name for event in whole] == STORY
    stage.bus.gone = gone
    assert await told(stage, middle) == whole
    assert await told(stage, middle, "feed0-999999") == whole
    for seen in range(1, 5):
        assert await told(stage, middle, whole[seen - 1].id) == whole[seen:]
    for place in (10, 11, 12):
        epoch = (await stage.bus.state()).epoch
        answer = await stage.client.get(
            path_of(middle), headers={"Last-Event-ID": f"{epoch}-{place}"}
        )
        assert (answer.status_code, answer.content) == (204, b"")


async def test_what_runs_goes_on_live_from_an_archived_beginning(stage: Stage) -> None:
    await run(stage)
    address = await stage.submit()
    for _ in range(2):
        await stage.start(address)
        await stage.print(address, b"x")
    await stage.project(address)
    await archived(stage, 8)
    stage.bus.gone = {1, 2, 3, 4, 5, 6, 7}
    async with (
        stage.listening() as client,
        client.stream("GET", path_of(address)) as answer,
        aclosing(read_events(answer)) as events,
    ):
        assert [(await anext(events)).sequence for _ in range(5)] == [6, 7, 8, 9, 10]
        await stage.print(address, b"y")
        assert (await anext(events)).sequence == 11
        await stage.complete(address)
        assert [event.name async for event in events] == ["completed", "end"]


async def test_only_what_was_archived_since_its_submission_is_read(
    stage: Stage, middle: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_past, "SKEW", timedelta(0))
    stage.bus.gone = set(range(1, 12))
    reads: list[str] = []
    get = stage.objects.get

    async def counted(key: str) -> object:
        reads.append(key)
        return await get(key)

    stage.objects.get = counted  # type: ignore[assignment, method-assign]
    assert [event.name for event in await told(stage, middle)] == STORY
    # Three messages to a segment: the first holds nothing of it.
    assert not [key for key in reads if "-00000000000000000003." in key]


async def test_an_evaluation_of_a_former_log_is_told_from_its_archive(stage: Stage) -> None:
    address = address_of(1)
    old = Recorder().events(address, story(("stdout", b"old")))
    await archive(stage.objects, "a1", old)
    await archive(stage.objects, (await stage.bus.state()).epoch, [], follows="a1")
    row = await stage.project(await run(stage))
    view = replace(row.view, submitted_at=BEGIN)
    stage.read_models.rows[address] = Row(view, row.state, 4)
    whole = await told(stage, address)
    assert [event.id for event in whole[:-1]] == [f"a1-{n}" for n in range(1, 5)]
    for seen in range(1, 4):
        assert await told(stage, address, whole[seen - 1].id) == whole[seen:]
    answer = await stage.client.get(path_of(address), headers={"Last-Event-ID": "a1-4"})
    assert answer.status_code == 204


async def test_a_damaged_archive_is_a_problem(stage: Stage, middle: Address) -> None:
    stage.bus.gone = set(range(1, 12))
    keys = [info.key async for info in stage.objects.list("archive/") if info.key.endswith("zst")]
    await stage.objects.delete(keys[2])
    *events, last = await told(stage, middle)
    assert [event.sequence for event in events] == [6]
    assert (last.name, '"archive_damaged"' in last.data) == ("error", True)
    answer = await stage.client.get(path_of(middle), headers={"Last-Event-ID": events[0].id})
    assert (answer.status_code, answer.json()["code"]) == (502, "archive_damaged")


async def test_while_s3_is_away_only_what_needs_it_is_refused(
    stage: Stage, middle: Address
) -> None:
    stage.objects.down = True
    assert [event.name for event in await told(stage, middle)] == STORY
    stage.bus.gone = {1, 2, 3}
    assert [event.name for event in await told(stage, middle)] == STORY
    stage.bus.gone = {1, 2, 3, 4, 5, 6}
    answer = await stage.client.get(path_of(middle))
    assert (answer.status_code, answer.json()["code"]) == (503, "archive_unavailable")
    assert "retry-after" in answer.headers


async def test_what_neither_log_nor_archive_has_is_gone(stage: Stage, middle: Address) -> None:
    stage.objects._objects.clear()
    for gone in (set(range(1, 12)), {*range(1, 9)}):
        stage.bus.gone = gone
        answer = await stage.client.get(path_of(middle))
        assert (answer.status_code, answer.json()["code"]) == (410, "events_trimmed")


async def test_an_archive_without_its_end_is_no_whole_story(stage: Stage) -> None:
    address = address_of(1)
    await archive(stage.objects, "a1", Recorder().events(address, [queued(), started()]))
    await archive(stage.objects, (await stage.bus.state()).epoch, [], follows="a1")
    row = await stage.project(await run(stage))
    view = replace(row.view, submitted_at=BEGIN)
    stage.read_models.rows[address] = Row(view, row.state, 3)
    *events, last = await told(stage, address)
    assert [event.name for event in events] == ["queued", "started"]
    assert (last.name, '"events_trimmed"' in last.data) == ("error", True)


async def test_a_short_story_is_whole_too(stage: Stage) -> None:
    address = await stage.submit()
    await stage.client.post(f"/v1/evaluations/{address.evaluation}/cancel")
    await stage.project(address)
    await archived(stage, 2)
    for gone in ({1}, {1, 2}):
        stage.bus.gone = gone
        assert [e.name for e in await told(stage, address)] == ["queued", "completed", "end"]
