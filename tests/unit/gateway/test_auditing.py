"""What of a request goes into the audit log: all that may change something, all that was refused, and no secret."""

import pytest
from cloche_schemas.audit import AuditEntry
from starlette.types import Message
from support.auditing import audited, shown, verified
from support.gateway import HELLO, KEY, UNKNOWN, Stage, assert_problem, stage_with
from support.signing import send
from support.waiting import wait_until

PATH, KEYS, TENANTS = "/v1/evaluations", "/v1/keys", "/v1/tenants"


async def last_of(stage: Stage) -> AuditEntry:
    return (await audited(stage))[-1]


async def test_a_submission_is_told_with_who_what_and_from_where(stage: Stage) -> None:
    headers = {"X-Request-Id": "my-request", "X-Forwarded-For": "203.0.113.7"}
    answer = await stage.client.post(PATH, json=HELLO, headers=headers)
    entry = await last_of(stage)
    assert shown(entry, "action", "outcome", "status", "code") == {
        "action": "POST /v1/evaluations",
        "outcome": "allowed",
        "status": 202,
        "code": "",
    }
    assert (entry.tenant, entry.key, entry.claimed) == ("main", "first-key", "")
    assert entry.target == answer.headers["location"]
    assert (entry.address, entry.forwarded_for) == ("127.0.0.1", "203.0.113.7")
    assert (entry.request_id, len(entry.trace_id)) == ("my-request", 32)
    assert not entry.signed


async def test_a_write_that_is_refused_says_why(stage: Stage) -> None:
    await stage.client.post(PATH, json=HELLO | {"language": "perl"})
    entry = await last_of(stage)
    assert shown(entry, "outcome", "status", "code", "target") == {
        "outcome": "refused",
        "status": 422,
        "code": "unknown_language",
        "target": PATH,
    }


async def test_a_write_that_we_could_not_do_is_told_too(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(stage.bus, "append", broken)
    assert (await stage.client.post(PATH, json=HELLO)).status_code == 500
    entry = await last_of(stage)
    assert shown(entry, "action", "outcome", "status", "key") == {
        "action": "POST /v1/evaluations",
        "outcome": "failed",
        "status": 0,
        "key": "first-key",
    }


async def test_reads_are_told_if_they_are_refused_or_about_keys(stage: Stage) -> None:
    header = await stage.key(scopes=["write"])
    before = len(await audited(stage))
    for path in (PATH, "/v1", "/v1/languages", "/openapi.json", "/livez", "/docs"):
        await stage.client.get(path)
    assert len(await audited(stage)) == before
    await stage.client.get(PATH, headers=header)
    await stage.client.get(f"{PATH}/{UNKNOWN}")
    await stage.client.get(KEYS)
    await stage.client.get("/v1/audit")
    found = (await audited(stage))[before:]
    assert [(one.action, one.status) for one in found] == [
        ("GET /v1/evaluations", 403),
        ("GET /v1/evaluations/{id}", 404),
        ("GET /v1/keys", 200),
        ("GET /v1/audit", 200),
    ]
    assert found[0].key == header["Authorization"].split("_")[1]
    assert found[1].target == f"{PATH}/{UNKNOWN}"


async def test_who_does_not_prove_itself_is_named_as_it_called_itself(stage: Stage) -> None:
    key = (await stage.key())["Authorization"].removeprefix("Bearer ")
    id_ = key.split("_")[1]
    wrong = f"cloche_{id_}_{'0' * 48}"
    for authorization in (f"Bearer {wrong}", "Bearer nonsense"):
        await stage.client.get("/v1", headers={"Authorization": authorization})
    first, second = (await audited(stage))[-2:]
    assert (first.key, first.claimed, first.code) == ("", id_, "unauthorized")
    assert (second.key, second.claimed, second.tenant) == ("", "", "")


async def test_signed_requests_say_so_and_refused_signatures_why(stage: Stage) -> None:
    made = await stage.client.post(KEYS, json={"name": "x", "require_signature": True})
    key = made.json()["api_key"]
    await send(stage.client, key, "POST", PATH, HELLO)
    await send(stage.client, key, "POST", PATH, HELLO, Signature="sig1=:" + "A" * 43 + "=:")
    allowed, refused = (await audited(stage))[-2:]
    assert (allowed.key, allowed.signed, allowed.outcome) == (key.split("_")[1], True, "allowed")
    assert (refused.key, refused.claimed) == ("", key.split("_")[1])
    assert (refused.code, refused.signed) == ("signature_invalid", False)


async def test_a_change_of_keys_or_tenants_is_on_the_log_before_its_answer(stage: Stage) -> None:
    log = stage.bus.ledgers.audit

    async def written() -> int:
        return (await log.state()).last

    before = await written()
    made = await stage.client.post(KEYS, json={"name": "x"})
    assert await written() > before
    path = made.headers["location"]
    for method, where, body in (
        ("PATCH", path, {"name": "y"}),
        ("POST", f"{path}/rotate", {}),
        ("DELETE", f"{path}/secrets/current", None),
        ("DELETE", path, None),
        ("POST", TENANTS, {"name": "z"}),
        ("PATCH", f"{TENANTS}/main", {"max_queued": 5}),
    ):
        before = await written()
        answer = await stage.client.request(method, where, json=body)
        assert answer.is_success, answer.text
        assert await written() == before + 1, (method, where)
    first = next(one for one in await audited(stage) if one.action == "POST /v1/keys")
    assert first.target == path
    assert (await verified(log)).sound


async def test_a_change_that_cannot_be_written_down_is_not_answered_as_done() -> None:
    async with stage_with(audit_seconds=0.05) as stage:
        made = await stage.client.post(KEYS, json={"name": "before"})
        path = made.headers["location"]
        stage.bus.available = False
        # Done, and not written down: nobody is told that it is done.
        answer = await stage.client.delete(path)
        assert_problem(answer, 503, "audit_unavailable")
        assert answer.headers["retry-after"] == "2"
        # From now on it is not begun.
        await wait_until(lambda: stage.gateway.audit.trouble)
        length = (await stage.access.state()).last
        assert_problem(await stage.client.post(KEYS, json={"name": "x"}), 503, "audit_unavailable")
        assert (await stage.access.state()).last == length
        # Reading goes on.
        assert (await stage.client.get(KEYS)).status_code == 200
        stage.bus.available = True
        await wait_until(lambda: not stage.gateway.audit.trouble)
        assert (await stage.client.post(KEYS, json={"name": "x"})).status_code == 201
        found = [(one.action, one.status) for one in await audited(stage)]
        # What was done while it could not be written is in it after all, and what was refused.
        assert ("DELETE /v1/keys/{key}", 200) in found
        assert ("POST unmatched", 503) in found


async def test_no_query_and_no_key_gets_into_an_entry(stage: Stage) -> None:
    key = (await stage.key())["Authorization"].removeprefix("Bearer ")
    secret = key.rpartition("_")[2]
    await stage.client.delete(f"{KEYS}/{key}")
    await stage.client.get(f"/v1?api_key={key}", headers={"Authorization": "Bearer x"})
    headers = {"X-Forwarded-For": key}
    await stage.client.post(PATH, json=HELLO, headers=headers)
    for entry in await audited(stage):
        assert secret not in repr(entry)
        assert KEY not in repr(entry)
    found = [one for one in await audited(stage) if one.action == "DELETE /v1/keys/{key}"]
    assert found[-1].target == f"{KEYS}/cloche_{key.split('_')[1]}_…"


async def test_what_has_no_route_is_told_without_a_template(stage: Stage) -> None:
    await stage.client.post("/v1/nowhere", json={})
    await stage.client.put(PATH, json={})
    first, second = (await audited(stage))[-2:]
    assert (first.action, first.status) == ("POST unmatched", 404)
    assert second.status == 405


async def test_a_client_that_leaves_before_its_answer_is_told_as_failed(
    stage: Stage,
) -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def nobody(_message: Message) -> None:
        return

    scope = {
        "type": "http",
        "method": "POST",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "headers": [
            (b"authorization", f"Bearer {KEY}".encode()),
            (b"content-type", b"application/json"),
        ],
        "client": ("198.51.100.1", 1),
        "server": ("cloche", 80),
        "scheme": "http",
        "http_version": "1.1",
    }
    await stage.app(scope, receive, nobody)
    entry = await last_of(stage)
    assert (entry.outcome, entry.address) == ("failed", "198.51.100.1")


@pytest.mark.parametrize("status", [200, 404])
async def test_other_paths_are_nobody_s_business(stage: Stage, status: int) -> None:
    path = "/livez" if status == 200 else "/admin"
    answer = await stage.client.get(path)
    assert answer.status_code == status
    assert await audited(stage) == []
