"""``/v1/audit``: searched by pages, taken away as lines, and verified; for administrators alone."""

from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from cloche_gateway import audit_reading
from cloche_schemas.audit import AuditEntry
from cloche_schemas.audit_chain import verify_lines
from support.auditing import audited
from support.gateway import HELLO, Stage, assert_problem

AUDIT, PATH, KEYS = "/v1/audit", "/v1/evaluations", "/v1/keys"


async def some(stage: Stage) -> dict[str, Any]:
    """A tenant with a key, submissions of both tenants, a refusal, and what is known of them."""
    tenant = await stage.tenant()
    header = await stage.key(tenant)
    key = header["Authorization"].split("_")[1]
    ours = [await stage.submit() for _ in range(3)]
    theirs = [
        (await stage.client.post(PATH, json=HELLO, headers=header)).json()["id"] for _ in range(2)
    ]
    await stage.client.get(KEYS, headers=header)
    await audited(stage)
    return {"tenant": tenant, "key": key, "ours": ours, "theirs": theirs, "header": header}


async def pages(stage: Stage, **query: Any) -> list[AuditEntry]:
    """Every entry that fits, by as many pages as it takes."""
    found: list[AuditEntry] = []
    cursor = None
    for _ in range(100):
        given = query | ({} if cursor is None else {"cursor": cursor})
        answer = await stage.client.get(AUDIT, params=given)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= query.get("limit", 50)
        found += msgspec.convert(page["items"], list[AuditEntry])
        cursor = page["next_cursor"]
        assert ("link" in answer.headers) == (cursor is not None)
        if cursor is None:
            return found
    raise AssertionError("the pages have no end")


async def test_the_newest_entry_comes_first(stage: Stage) -> None:
    await some(stage)
    written = await audited(stage)
    found = [one for one in await pages(stage) if not one.action.startswith("audit.")]
    # What reads the log is in it, too.
    found = [one for one in found if one.action != "GET /v1/audit"]
    assert found == written[::-1]


async def test_entries_are_found_by_who_what_where_and_when(stage: Stage) -> None:
    known = await some(stage)
    written = await audited(stage)

    async def targets(**query: Any) -> list[str]:
        return [one.target for one in await pages(stage, **query)]

    theirs = [f"{PATH}/{id_}" for id_ in known["theirs"][::-1]]
    submitted = {"action": "POST /v1/evaluations"}
    assert await targets(tenant=known["tenant"], outcome="allowed") == theirs
    assert await targets(key=known["key"], **submitted) == theirs
    assert await targets(key=known["key"], outcome="refused") == [KEYS]
    assert await targets(target=theirs[0]) == [theirs[0]]
    assert len(await targets(target=PATH)) == 5
    assert len(await targets(address="127.0.0.1", **submitted)) == 5
    assert await targets(address="203.0.113.1") == []
    assert await targets(request_id=written[-1].request_id) == [KEYS]
    third = written[2].at.isoformat()
    since = await pages(stage, since=third, **submitted)
    assert {one.at >= written[2].at for one in since} == {True}
    before = await pages(stage, until=third)
    assert [one.at for one in before if not one.action.startswith("audit.")] == [
        one.at for one in written[1::-1]
    ]


async def test_a_key_that_was_named_and_not_proved_is_found(stage: Stage) -> None:
    known = await some(stage)
    wrong = f"Bearer cloche_{known['key']}_{'0' * 48}"
    await stage.client.get("/v1", headers={"Authorization": wrong})
    await audited(stage)
    [found] = await pages(stage, key=known["key"], action="GET /v1")
    assert (found.claimed, found.key) == (known["key"], "")


@pytest.mark.parametrize("limit", [1, 3])
async def test_pages_follow_one_another_without_gap_or_repeat(
    stage: Stage, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_reading, "WINDOW", 2)
    monkeypatch.setattr(audit_reading, "MOST_WINDOWS", 2)
    await some(stage)
    for n in range(12):
        await stage.client.post(KEYS, json={"name": f"k{n}"})
    written = [one for one in await audited(stage) if one.action == "POST /v1/keys"]
    assert await pages(stage, action="POST /v1/keys", limit=limit) == written[::-1]


async def test_a_cursor_goes_with_its_filter(stage: Stage) -> None:
    await some(stage)
    page = (await stage.client.get(AUDIT, params={"limit": 1})).json()
    for query in ({"tenant": "main", "cursor": page["next_cursor"]}, {"cursor": "nonsense"}):
        answer = await stage.client.get(AUDIT, params=query)
        assert_problem(answer, 400, "invalid_cursor", "/query/cursor")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/query/limit"),
        ("limit=201", "/query/limit"),
        ("outcome=done", "/query/outcome"),
        ("since=yesterday", "/query/since"),
        ("until=2026-11-26T12:00:00", "/query/until"),
    ],
)
async def test_what_makes_no_sense_is_refused(stage: Stage, query: str, pointer: str) -> None:
    answer = await stage.client.get(f"{AUDIT}?{query}")
    assert_problem(answer, 422, "invalid_parameter", pointer)


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_times_out_of_reason_are_just_times(stage: Stage, time: str) -> None:
    await some(stage)
    for name in ("since", "until"):
        for where in (AUDIT, f"{AUDIT}/export"):
            answer = await stage.client.get(where, params={name: time})
            assert answer.status_code == 200, answer.text


async def exported(stage: Stage, **query: Any) -> list[bytes]:
    answer = await stage.client.get(f"{AUDIT}/export", params=query)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    lines = answer.content.splitlines()
    assert lines[-1] == b'{"end":true}'
    return lines


async def test_an_export_is_everything_in_order_and_verifies_by_itself(stage: Stage) -> None:
    await some(stage)
    written = await audited(stage)
    lines = await exported(stage)
    entries = [msgspec.json.decode(line, type=AuditEntry) for line in lines[:-1]]
    assert [one for one in entries if not one.action.startswith("audit.")] == written
    report = verify_lines(lines)
    assert (report.sound, report.entries) == (True, len(entries))
    spoiled = [line.replace(b'"status":202', b'"status":201') for line in lines]
    assert not verify_lines(spoiled).sound


async def test_an_export_may_be_of_a_part(stage: Stage) -> None:
    known = await some(stage)
    lines = await exported(stage, tenant=known["tenant"], outcome="allowed")
    found = [msgspec.json.decode(line, type=AuditEntry).target for line in lines[:-1]]
    assert found == [f"{PATH}/{id_}" for id_ in known["theirs"]]


async def test_an_export_that_breaks_off_says_so(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await some(stage)
    log = stage.bus.ledgers.audit
    read = log.read

    async def breaks(first: int, most: int) -> Any:
        if first > 1:
            stage.bus.available = False
        return await read(first, most)

    monkeypatch.setattr(audit_reading, "WINDOW", 1)
    monkeypatch.setattr(log, "read", breaks)
    lines = (await stage.client.get(f"{AUDIT}/export")).content.splitlines()
    assert msgspec.json.decode(lines[-1])["problem"]["code"] == "unavailable"


async def test_while_the_log_is_away_nothing_is_exported(stage: Stage) -> None:
    stage.bus.available = False
    for where in (AUDIT, f"{AUDIT}/export", f"{AUDIT}/verify"):
        assert_problem(await stage.client.get(where), 503, "unavailable")


async def test_an_untouched_log_is_sound_and_a_touched_one_names_the_first_break(
    stage: Stage,
) -> None:
    await some(stage)
    await audited(stage)
    report = (await stage.client.get(f"{AUDIT}/verify")).json()
    assert (report["sound"], report["breaks"], report["lost"]) == (True, [], 0)
    messages = stage.bus.ledgers.audit.messages  # type: ignore[attr-defined]
    stored = messages._messages[1]
    messages._messages[1] = msgspec.structs.replace(
        stored, data=stored.data.replace(b'"outcome":"allowed"', b'"outcome":"refused"', 1)
    )
    touched = (await stage.client.get(f"{AUDIT}/verify")).json()
    assert not touched["sound"]
    assert (touched["breaks"][0]["kind"], touched["breaks"][0]["sequence"]) == ("edited", 2)


async def test_a_head_that_was_kept_shows_what_was_cut_off(stage: Stage) -> None:
    await some(stage)
    await audited(stage)
    [head] = (await stage.client.get(f"{AUDIT}/verify")).json()["heads"]
    text = f"{head['writer']}-{head['number']}-{head['digest']}"
    where = f"{AUDIT}/verify?head={quote(text)}"
    assert (await stage.client.get(where)).json()["sound"]
    later = text.replace(f"-{head['number']}-", f"-{head['number'] + 100}-")
    report = (await stage.client.get(f"{AUDIT}/verify?head={later}")).json()
    assert [one["kind"] for one in report["breaks"]] == ["truncated"]
    other = text[:-1] + ("0" if text[-1] != "0" else "1")
    report = (await stage.client.get(f"{AUDIT}/verify?head={other}")).json()
    assert [one["kind"] for one in report["breaks"]] == ["rewritten"]


async def test_a_head_that_is_none_is_refused(stage: Stage) -> None:
    answer = await stage.client.get(f"{AUDIT}/verify?head=x")
    assert_problem(answer, 422, "invalid_parameter", "/query/head/0")


@pytest.mark.parametrize("where", [AUDIT, f"{AUDIT}/export", f"{AUDIT}/verify"])
@pytest.mark.parametrize("role", ["user", "operator"])
async def test_only_administrators_read_it(stage: Stage, where: str, role: str) -> None:
    header = await stage.key(role=role)
    assert_problem(await stage.client.get(where, headers=header), 403, "forbidden")


async def test_what_is_no_message_is_left_out_and_named_by_verification(stage: Stage) -> None:
    await some(stage)
    await stage.bus.ledgers.audit.append("audit.foreign", b"{}", msg_id="foreign")
    assert await pages(stage)
    lines = await exported(stage)
    assert verify_lines(lines).sound
    report = (await stage.client.get(f"{AUDIT}/verify")).json()
    assert report["breaks"][0]["kind"] == "malformed"
