"""Dead letters: listed, read and thrown away, each tenant its own."""

import base64

import pytest
from cloche_gateway import letter_pages
from cloche_kit.bus import Stored
from support.gateway import TENANT, Stage, assert_problem
from support.letters import PATH, given_up, put_aside
from support.links import links, there_and_back
from support.submitting import JSON

STRANGER = "00000000-0000-7000-8000-000000000001"
LOG = f"evaluations.{TENANT}.{STRANGER}.lifecycle.log"


async def ids(stage: Stage, query: str = "", **more: object) -> list[str]:
    answer = await stage.client.get(f"{PATH}{query}", **more)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def test_both_kinds_are_listed_with_why_where_and_by_whom(stage: Stage) -> None:
    address, evaluation = await given_up(stage)
    message = await put_aside(stage, LOG, b"{not json")
    items = (await stage.client.get(PATH)).json()["items"]
    assert [one["id"] for one in items] == [evaluation, message]
    assert [one["kind"] for one in items] == ["evaluation", "message"]
    assert [one["evaluation"] for one in items] == [address.evaluation, STRANGER]
    assert (items[0]["reason"], items[0]["deliveries"]) == ("executor_lost", 3)
    assert (items[1]["handler"], items[1]["reason"], items[1]["subject"]) == (
        "projector",
        "malformed",
        LOG,
    )
    assert items[1]["size"] == 9
    assert items[0]["payload"] is None


async def test_one_is_read_with_its_payload_as_json_or_in_base64(stage: Stage) -> None:
    _, evaluation = await given_up(stage)
    message = await put_aside(stage, LOG, b"\xff{not json")
    found = (await stage.client.get(f"{PATH}/{evaluation}")).json()
    assert found["payload"]["data"]["spec"]["code"] == "print('hello')"
    assert found["payload_base64"] is None
    found = (await stage.client.get(f"{PATH}/{message}")).json()
    assert found["payload"] is None
    assert base64.b64decode(found["payload_base64"]) == b"\xff{not json"


@pytest.mark.parametrize("data", [b"[" * 100_000, b'{"a": 1e999}', b"", b'"\xff"'])
async def test_whatever_the_payload_is_it_can_be_read(stage: Stage, data: bytes) -> None:
    letter = await put_aside(stage, LOG, data)
    found = (await stage.client.get(f"{PATH}/{letter}")).json()
    assert base64.b64decode(found["payload_base64"]) == data


async def test_of_a_message_too_large_to_be_put_aside_the_log_has_the_payload(
    stage: Stage,
) -> None:
    letter = await put_aside(stage, LOG, b'{"large": true}')
    (parked,) = await stage.bus.parked()
    stored = parked.stored
    stage.bus.letters._letters.clear()
    stage.bus.letters._known.clear()
    note = Stored(stored.subject, stored.sequence, stored.time, b"")
    await stage.bus.park(note, handler="projector", reason="malformed")
    assert (await stage.client.get(f"{PATH}/{letter}")).json()["payload"] == {"large": True}


async def test_filters_narrow_the_list(stage: Stage) -> None:
    _, evaluation = await given_up(stage)
    first = await put_aside(stage, LOG, b"1", reason="malformed")
    second = await put_aside(stage, LOG, b"2", reason="illegal")
    assert await ids(stage, "?kind=evaluation") == [evaluation]
    assert await ids(stage, "?kind=message") == [first, second]
    assert await ids(stage, "?reason=illegal") == [second]
    assert await ids(stage, "?handler=projector") == [first, second]
    assert await ids(stage, "?handler=proj") == []
    moment = (await stage.client.get(f"{PATH}/{second}")).json()["parked_at"]
    assert await ids(stage, f"?since={moment.replace('+', '%2B')}") == [second]
    assert await ids(stage, "?since=2000-01-01T00:00:00Z&kind=evaluation") == [evaluation]


async def test_pages_lead_both_ways_with_the_same_filter(stage: Stage) -> None:
    wanted = [await put_aside(stage, LOG, b"%d" % n) for n in range(70)]
    await put_aside(stage, LOG, b"x", reason="other")
    pages = await there_and_back(stage.client, f"{PATH}?limit=30&reason=malformed")
    assert pages == [wanted[:30], wanted[30:60], wanted[60:]]
    # Two owners' letters together, every one alone, and what ends with a page.
    await given_up(stage)
    for limit in (1, 8, 24, 72):
        pages = await there_and_back(stage.client, f"{PATH}?limit={limit}")
        assert [len(page) for page in pages] == [limit] * (72 // limit)
    cursor = (await stage.client.get(f"{PATH}?limit=1")).json()["next_cursor"]
    answer = await stage.client.get(f"{PATH}?limit=1&reason=other&cursor={cursor}")
    assert_problem(answer, 400, "invalid_cursor", "/query/cursor")


async def test_the_way_back_is_found_over_what_was_thrown_away(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most places of the log hold nothing any more, or what nobody asked for."""
    monkeypatch.setattr(letter_pages, "STRETCH", 8)
    letters = [await put_aside(stage, LOG, b"%d" % n) for n in range(160)]
    late = [await put_aside(stage, LOG, b"x%d" % n, reason="late") for n in range(40)]
    for letter in letters[2:100]:
        assert (await stage.client.delete(f"{PATH}/{letter}")).status_code == 200
    kept = [*letters[:2], *letters[100:]]
    pages = await there_and_back(stage.client, f"{PATH}?limit=200")
    assert pages == [kept + late]
    pages = await there_and_back(stage.client, f"{PATH}?limit=45")
    assert [letter for page in pages for letter in page] == kept + late
    pages = await there_and_back(stage.client, f"{PATH}?limit=30&reason=late")
    assert pages == [late[:30], late[30:]]


async def test_a_request_going_back_looks_at_so_many_and_leads_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letter_pages, "STRETCH", 32)
    monkeypatch.setattr(letter_pages, "MOST_LOOKED_AT", 64)
    wanted = [await put_aside(stage, LOG, b"a", reason="rare")]
    for n in range(200):
        await put_aside(stage, LOG, b"%d" % n)
    wanted.append(await put_aside(stage, LOG, b"z", reason="rare"))
    path, found, pages = f"{PATH}?reason=rare&limit=1", [], 0
    forwards = path
    while forwards:
        answer = await stage.client.get(forwards)
        back, forwards = links(answer).get("prev", ""), links(answer).get("next", "")
        found += [one["id"] for one in answer.json()["items"]]
    assert found == wanted
    while back:
        answer = await stage.client.get(back)
        back, pages = links(answer).get("prev", ""), pages + 1
        items = [one["id"] for one in answer.json()["items"]]
    assert items == wanted[:1]
    assert 3 <= pages <= 5


async def test_what_is_done_to_many_does_not_go_back(stage: Stage) -> None:
    for n in range(3):
        await put_aside(stage, LOG, b"%d" % n)
    first = (await stage.client.get(f"{PATH}?limit=1")).json()
    second = (await stage.client.get(f"{PATH}?limit=1&cursor={first['next_cursor']}")).json()
    answer = await stage.client.post(f"{PATH}/purge", json={"cursor": second["prev_cursor"]})
    assert_problem(answer, 400, "invalid_cursor", "/cursor")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?limit=0", 422, "invalid_parameter"),
        ("?limit=201", 422, "invalid_parameter"),
        ("?kind=letter", 422, "invalid_parameter"),
        ("?since=yesterday", 422, "invalid_parameter"),
        ("?since=2026-01-01T00:00:00", 422, "invalid_parameter"),
        ("?cursor=x", 400, "invalid_cursor"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    stage: Stage, query: str, status: int, code: str
) -> None:
    assert_problem(await stage.client.get(f"{PATH}{query}"), status, code)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"limit": 0}, "/limit"),
        ({"limit": 201}, "/limit"),
        ({"kind": "x"}, "/kind"),
        ({"since": "2026-01-01T00:00:00"}, "/since"),
        ({"state": "x"}, "/state"),
        ([], ""),
    ],
)
@pytest.mark.parametrize("verb", ["requeue", "purge"])
async def test_a_wrong_selection_touches_nothing(
    stage: Stage, body: object, pointer: str, verb: str
) -> None:
    letter = await put_aside(stage, LOG, b"1")
    answer = await stage.client.post(f"{PATH}/{verb}", json=body)
    problem = assert_problem(answer, 422, "invalid_body")
    assert problem["errors"][0]["pointer"] == pointer
    answer = await stage.client.post(f"{PATH}/{verb}", json={"cursor": "nonsense"})
    assert_problem(answer, 400, "invalid_cursor", "/cursor")
    answer = await stage.client.post(f"{PATH}/{verb}", content=b"{", headers=JSON)
    assert_problem(answer, 400, "malformed_json")
    assert await ids(stage) == [letter]


async def test_one_is_thrown_away_and_the_log_keeps_what_happened(stage: Stage) -> None:
    first = await put_aside(stage, LOG, b"1")
    second = await put_aside(stage, LOG, b"2")
    before = await stage.length()
    answer = await stage.client.delete(f"{PATH}/{first}")
    assert (answer.status_code, answer.json()["id"]) == (200, first)
    assert await ids(stage) == [second]
    assert_problem(await stage.client.delete(f"{PATH}/{first}"), 404, "not_found")
    assert_problem(await stage.client.get(f"{PATH}/{first}"), 404, "not_found")
    assert await stage.length() == before


async def test_those_of_a_filter_are_thrown_away_so_many_at_a_time(stage: Stage) -> None:
    _, evaluation = await given_up(stage)
    for number in range(5):
        await put_aside(stage, LOG, b"%d" % number)
    body = {"kind": "message", "limit": 3}
    answer = (await stage.client.post(f"{PATH}/purge", json=body)).json()
    assert answer["purged"] == 3
    body["cursor"] = answer["next_cursor"]
    answer = (await stage.client.post(f"{PATH}/purge", json=body)).json()
    assert answer == {"purged": 2, "next_cursor": None}
    assert await ids(stage) == [evaluation]


async def test_a_tenant_sees_and_touches_its_own_alone(stage: Stage) -> None:
    tenant = await stage.tenant()
    theirs = await stage.key(tenant, role="operator")
    _, mine = await given_up(stage)
    other = await put_aside(stage, f"evaluations.{tenant}.{STRANGER}.lifecycle.log", b"2")
    garbage = await put_aside(stage, "evaluations.what.ever", b"3")
    assert await ids(stage, headers=theirs) == [other]
    assert await ids(stage) == [mine, garbage]
    for letter in (mine, garbage, "nothing", "projector-1-1"):
        for method, path in (
            ("GET", f"{PATH}/{letter}"),
            ("DELETE", f"{PATH}/{letter}"),
            ("POST", f"{PATH}/{letter}/requeue"),
        ):
            answer = await stage.client.request(method, path, headers=theirs)
            assert_problem(answer, 404, "not_found")
    answer = await stage.client.post(f"{PATH}/purge", json={}, headers=theirs)
    assert answer.json()["purged"] == 1
    assert await ids(stage) == [mine, garbage]


async def test_what_belongs_to_nobody_is_for_those_who_run_the_system(stage: Stage) -> None:
    _, mine = await given_up(stage)
    garbage = await put_aside(stage, "evaluations.what.ever", b"3")
    user = await stage.key(role="user")
    assert await ids(stage, headers=user) == [mine]
    assert_problem(await stage.client.get(f"{PATH}/{garbage}", headers=user), 404, "not_found")
    assert await ids(stage, headers=await stage.key(role="operator")) == [mine, garbage]


async def test_a_key_without_the_scope_touches_nothing(stage: Stage) -> None:
    _, letter = await given_up(stage)
    user = await stage.key(role="user")
    for method, path in (
        ("DELETE", f"{PATH}/{letter}"),
        ("POST", f"{PATH}/{letter}/requeue"),
        ("POST", f"{PATH}/requeue"),
        ("POST", f"{PATH}/purge"),
    ):
        answer = await stage.client.request(method, path, headers=user, content=b"{}")
        assert assert_problem(answer, 403, "forbidden")["required_scope"] == "operate"
    assert_problem(await stage.client.get(PATH, headers={"Authorization": ""}), 401, "unauthorized")
    assert await ids(stage) == [letter]
