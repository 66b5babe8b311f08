"""GET /v1/events where it cannot be answered: bad places, an archive that is damaged or away, and how it is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloche_kit.archive.index import manifest_key
from support.gateway import UNKNOWN, Stage, parse_events
from support.replaying import PATH, archived, lines_of, replayed, run, sequences

SSE = {"Accept": "text/event-stream"}


@pytest.fixture
async def told(stage: Stage) -> Stage:
    """Three evaluations, 15 events; twelve archived, three to a segment."""
    for _ in range(3):
        await run(stage)
    await archived(stage, 12)
    return stage


async def refused(stage: Stage, headers: Any = None, **params: Any) -> tuple[int, dict[str, Any]]:
    answer = await stage.client.get(PATH, params=params, headers=headers)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    problem: dict[str, Any] = answer.json()
    return answer.status_code, problem


@pytest.mark.parametrize(
    "text",
    [
        *("", "x", "-1", "1.5", "007", "abc-", "abc--1", "abc-1x", "abc-007", "é-1", "a" * 200),
        *("9" * 19, "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "yesterday"),
        *("2026-01-01T25:00:00Z", "0001-01-01T00:00:00+23:59", "2026-02-30T00:00:00Z", "BEGINNING"),
        *(
            "now",
            "null",
            "1e3",
            "2026-01-01T00:00:00+99:99",
            "\u0661",
            "zz-3",
            "ffffffffffffffffff-1",
        ),
    ],
)
async def test_what_is_no_place_is_refused_wherever_it_is_said(told: Stage, text: str) -> None:
    for name in ("from", "until"):
        status, problem = await refused(told, **{name: text})
        assert (status, problem["code"]) == (422, "invalid_position"), text
        assert problem["errors"][0]["pointer"] == f"/query/{name}"
    if text:
        status, problem = await refused(told, headers={b"Last-Event-ID": text.encode()})
        assert (status, problem["code"]) == (422, "invalid_position")
        assert problem["errors"][0]["pointer"] == "/header/Last-Event-ID"


async def test_places_of_the_future_are_refused(told: Stage) -> None:
    epoch = (await told.bus.state()).epoch
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    for text in (f"{epoch}-16", "17", soon):
        status, problem = await refused(told, **{"from": text})
        assert (status, problem["code"]) == (422, "invalid_position")
    for text in (f"{epoch}-16", "16"):
        status, problem = await refused(told, until=text)
        assert problem["errors"][0]["pointer"] == "/query/until"
    assert await replayed(told, **{"from": "16"}) == []


async def test_an_end_before_the_beginning_is_refused(told: Stage) -> None:
    status, problem = await refused(told, **{"from": "5", "until": "3"})
    assert (status, problem["errors"][0]["pointer"]) == (422, "/query/until")
    assert await replayed(told, **{"from": "5", "until": "4"}) == []
    status, problem = await refused(told, until="beginning")
    assert (status, problem["errors"][0]["pointer"]) == (422, "/query/until")


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"type": "complete"}, "/query/type/0"),
        ({"type": ["queued", "cloche.evaluation.queued.v1"]}, "/query/type/1"),
        ({"outcome": "good"}, "/query/outcome/0"),
        ({"outcome": "failed", "type": "queued"}, "/query/outcome"),
        ({"label": ["a=b", "=b"]}, "/query/label/1"),
        ({"label": ""}, "/query/label/0"),
        ({"follow": "perhaps"}, "/query/follow"),
        ({"output": "2"}, "/query/output"),
        ({"evaluation": "x"}, "/query/evaluation"),
        ({"tenant": "nobody"}, "/query/tenant"),
        ({"tenant": "*"}, "/query/tenant"),
    ],
)
async def test_filters_that_mean_nothing_are_refused(
    told: Stage, params: dict[str, Any], pointer: str
) -> None:
    status, problem = await refused(told, **params)
    assert (status, problem["errors"][0]["pointer"]) == (422, pointer)


async def test_an_evaluation_that_is_not_there_has_no_events(told: Stage) -> None:
    assert await replayed(told, evaluation=UNKNOWN) == []


async def test_what_was_trimmed_and_never_archived_is_gone_and_the_first_left_is_named(
    told: Stage,
) -> None:
    told.objects._objects.clear()
    told.bus.gone = {1, 2, 3, 4}
    epoch = (await told.bus.state()).epoch
    early = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    for start in ("beginning", "1", "4", f"{epoch}-0", f"{epoch}-3", early):
        for headers in ({}, SSE):
            status, problem = await refused(told, headers=headers, **{"from": start})
            assert (status, problem["code"]) == (410, "events_trimmed")
            assert (problem["first"], problem["from"]) == (5, f"{epoch}-4")
    assert sequences(await replayed(told, **{"from": f"{epoch}-4"})) == list(range(5, 16))
    assert sequences(await replayed(told, **{"from": "5"})) == list(range(5, 16))
    status, problem = await refused(told, **{"from": "5", "until": early})
    assert (status, problem["code"]) == (410, "events_trimmed")


async def test_a_cursor_of_a_log_that_nobody_has_is_gone_or_was_never_there(told: Stage) -> None:
    epoch = (await told.bus.state()).epoch
    earlier = f"{int(epoch, 16) - 1:x}"
    status, problem = await refused(told, **{"from": f"{earlier}-3"})
    assert (status, problem["code"], problem["from"]) == (410, "events_trimmed", f"{epoch}-0")
    assert problem["errors"][0]["pointer"] == "/query/from"
    status, problem = await refused(told, **{"from": "1", "until": f"{earlier}-3"})
    assert (status, problem["code"]) == (410, "events_trimmed")
    later = f"{int(epoch, 16) + 1:x}"
    for text in (f"{later}-3", "Zz-3"):
        status, problem = await refused(told, **{"from": text})
        assert (status, problem["code"]) == (422, "invalid_position")


async def spoil(stage: Stage, number: int, how: str) -> None:
    """Damage the `number`-th segment of the archive."""
    keys = [info.key async for info in stage.objects.list("archive/") if info.key.endswith("zst")]
    found = await stage.objects.get(keys[number])
    other = await stage.objects.get(keys[number - 1])
    assert found is not None
    assert other is not None
    match how:
        case "missing":
            await stage.objects.delete(keys[number])
        case "swapped":
            await stage.objects.put(keys[number], other[1])
        case "cut":
            await stage.objects.put(keys[number], found[1][:-9])
        case _:
            middle = len(found[1]) // 2
            data = found[1][:middle] + bytes([found[1][middle] ^ 1]) + found[1][middle + 1 :]
            await stage.objects.put(keys[number], data)


@pytest.mark.parametrize("how", ["missing", "swapped", "cut", "flipped"])
async def test_a_damaged_archive_is_a_problem_and_never_a_shorter_history(
    told: Stage, how: str
) -> None:
    told.bus.gone = set(range(1, 13))
    await spoil(told, 2, how)
    status, problem = await refused(told, **{"from": "7"})
    assert (status, problem["code"]) == (502, "archive_damaged")
    # Behind it everything is as it was, and before it everything is given.
    assert sequences(await replayed(told, **{"from": "10"})) == list(range(10, 16))
    *lines, last = lines_of(await told.client.get(PATH))
    assert sequences(lines) == [1, 2, 3, 4, 5, 6]
    assert (last["problem"]["code"], last["problem"]["status"]) == ("archive_damaged", 502)
    *events, end = parse_events((await told.client.get(PATH, headers=SSE)).text)
    assert [event.sequence for event in events] == [1, 2, 3, 4, 5, 6]
    assert end.name == "error"
    assert '"code":"archive_damaged"' in end.data


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"stream":1}'])
async def test_a_manifest_that_is_none_is_damage(told: Stage, data: bytes) -> None:
    epoch = (await told.bus.state()).epoch
    await told.objects.put(manifest_key("EVALUATIONS", epoch), data)
    status, problem = await refused(told)
    assert (status, problem["code"]) == (502, "archive_damaged")
    # Who asks for nothing of the archive does not depend on it.
    assert sequences(await replayed(told, **{"from": f"{epoch}-9"})) == list(range(10, 16))


async def test_while_s3_is_away_what_needs_it_is_refused_and_the_rest_is_told(told: Stage) -> None:
    epoch = (await told.bus.state()).epoch
    told.objects.down = True
    answer = await told.client.get(PATH)
    assert (answer.status_code, answer.json()["code"]) == (503, "archive_unavailable")
    assert answer.headers["retry-after"] == "2"
    assert "secret" not in answer.text
    assert sequences(await replayed(told, **{"from": f"{epoch}-3"})) == list(range(4, 16))
    told.bus.gone = set(range(1, 6))
    status, problem = await refused(told, **{"from": f"{epoch}-3"})
    assert (status, problem["code"]) == (503, "archive_unavailable")
    assert sequences(await replayed(told, **{"from": "6"})) == list(range(6, 16))


async def test_a_store_that_goes_away_while_it_is_read_ends_the_answer_with_a_problem(
    told: Stage,
) -> None:
    told.bus.gone = set(range(1, 13))
    get = told.objects.get

    async def going(key: str) -> object:
        told.objects.down = key.startswith("archive/") and "-00000000000000000012." in key
        return await get(key)

    told.objects.get = going  # type: ignore[assignment, method-assign]
    *lines, last = lines_of(await told.client.get(PATH))
    assert sequences(lines) == list(range(1, 10))
    assert last["problem"]["code"] == "archive_unavailable"


async def test_a_log_that_is_away_is_a_problem(told: Stage) -> None:
    told.bus.available = False
    status, problem = await refused(told)
    assert (status, problem["code"]) == (503, "unavailable")


async def test_labels_that_nobody_can_tell_are_a_problem(told: Stage) -> None:
    told.bus.gone = {11}
    told.read_models.down = True
    status, problem = await refused(told, **{"label": "a", "from": "12"})
    assert (status, problem["code"]) == (503, "unavailable")
