"""Tenants and keys: who may make them, what a key may do, and that no tenant sees another's."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloche_schemas.subjects import Address
from support.gateway import HELLO, UNKNOWN, Stage, assert_problem

PATH = "/v1/evaluations"
KEYS, TENANTS = "/v1/keys", "/v1/tenants"


async def test_a_key_is_shown_once_and_its_digest_alone_is_kept(stage: Stage) -> None:
    made = (await stage.client.post(KEYS, json={"name": "ci"})).json()
    assert re.fullmatch(r"cloche_[a-z2-7]{12}_[0-9a-f]{48}", made["api_key"])
    secret = made["api_key"].rpartition("_")[2]
    listed = (await stage.client.get(KEYS)).json()["items"]
    assert listed == [made["key"]]
    assert listed[0] | {"created_at": ""} == {
        "id": made["api_key"].split("_")[1],
        "tenant": "main",
        "name": "ci",
        "role": "user",
        "scopes": ["read", "write"],
        "status": "active",
        "created_at": "",
        "created_by": "first-key",
        "expires_at": None,
        "revoked_at": None,
        "last_used_at": None,
        "require_signature": False,
        "rotated_at": None,
        "previous": None,
    }
    stored = await stage.access.get(1)
    assert stored is not None
    assert secret not in stored.data.decode()
    assert secret not in repr(stage.keyring.key(listed[0]["id"]))


async def test_a_key_is_good_until_it_is_revoked(stage: Stage) -> None:
    header = await stage.key()
    about = (await stage.client.get("/v1", headers=header)).json()
    assert (about["role"], about["scopes"]) == ("user", ["read", "write"])
    gone = await stage.client.delete(f"{KEYS}/{about['key']}")
    assert (gone.status_code, gone.json()["status"]) == (200, "revoked")
    answer = await stage.client.get("/v1", headers=header)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    again = await stage.client.delete(f"{KEYS}/{about['key']}")
    assert again.json() == gone.json()
    assert (await stage.access.state()).last == 2


async def test_a_key_ends_when_it_expires(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    header = await stage.key(expires_seconds=60)
    assert (await stage.client.get("/v1", headers=header)).status_code == 200
    later = datetime.now(UTC) + timedelta(seconds=61)
    monkeypatch.setattr(stage.keyring, "_clock", lambda: later)
    assert (await stage.client.get("/v1", headers=header)).status_code == 401
    (listed,) = (await stage.client.get(KEYS)).json()["items"]
    assert listed["status"] == "expired"


@pytest.mark.parametrize(
    "text",
    [
        "cloche_aaaaaaaaaaaa_" + "0" * 48,
        "cloche_" + "0" * 48,
        "x" * 10_000,
        "cloche_aaaaaaaaaaaa_" + "0" * 48 + "\u00e9",
        "",
    ],
)
async def test_what_no_key_looks_like_or_nobody_has_is_refused(stage: Stage, text: str) -> None:
    header = {b"Authorization": f"Bearer {text}".encode()}
    answer = await stage.client.get("/v1", headers=header)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorized")


async def test_the_secret_of_one_key_does_not_open_another(stage: Stage) -> None:
    first, second = [(await stage.key())["Authorization"] for _ in range(2)]
    mixed = first.rpartition("_")[0] + "_" + second.rpartition("_")[2]
    assert (await stage.client.get("/v1", headers={"Authorization": mixed})).status_code == 401


async def asked(stage: Stage, header: dict[str, str]) -> dict[str, int]:
    """What a key is answered, by what it asks for."""
    address = await stage.submit()
    path = f"{PATH}/{address.evaluation}"
    answers = {
        "list": await stage.client.get(PATH, headers=header),
        "get": await stage.client.get(path, headers=header),
        "output": await stage.client.get(f"{path}/output", headers=header),
        "submit": await stage.client.post(PATH, json=HELLO, headers=header),
        "cancel": await stage.client.post(f"{path}/cancel", headers=header),
        "keys": await stage.client.get(KEYS, headers=header),
        "new key": await stage.client.post(KEYS, json={"name": "x"}, headers=header),
        "revoke": await stage.client.delete(f"{KEYS}/aaaaaaaaaaaa", headers=header),
        "tenants": await stage.client.get(TENANTS, headers=header),
        "new tenant": await stage.client.post(TENANTS, json={"name": "x"}, headers=header),
    }
    for answer in answers.values():
        if answer.status_code == 403:
            problem = answer.json()
            assert (problem["code"], problem["required_scope"] in {"read", "write", "admin"}) == (
                "forbidden",
                True,
            )
    return {name: answer.status_code for name, answer in answers.items()}


READS = {"list": 200, "get": 200, "output": 200}
WRITES = {"submit": 202, "cancel": 202}
RULES = {"keys": 200, "new key": 201, "revoke": 404, "tenants": 200, "new tenant": 201}


@pytest.mark.parametrize(
    ("fields", "allowed"),
    [
        ({"role": "user"}, READS | WRITES),
        ({"role": "operator"}, READS | WRITES),
        ({"role": "admin"}, READS | WRITES | RULES),
        ({"role": "user", "scopes": ["read"]}, READS),
        ({"role": "admin", "scopes": ["write"]}, WRITES),
        ({"role": "admin", "scopes": ["admin"]}, RULES),
        ({"role": "user", "scopes": []}, {}),
    ],
)
async def test_a_key_may_do_what_its_scopes_say_and_nothing_else(
    stage: Stage, fields: dict[str, Any], allowed: dict[str, int]
) -> None:
    header = await stage.key(**fields)
    found = await asked(stage, header)
    refused = {name: 403 for name in READS | WRITES | RULES if name not in allowed}
    assert found == refused | allowed


async def test_what_is_refused_appends_nothing(stage: Stage) -> None:
    header = await stage.key(scopes=["read"])
    before = (await stage.length(), (await stage.access.state()).last)
    for path in (PATH, KEYS, TENANTS):
        assert (await stage.client.post(path, json=HELLO, headers=header)).status_code == 403
    assert (await stage.length(), (await stage.access.state()).last) == before


@pytest.mark.parametrize(
    ("path", "body", "code", "pointer"),
    [
        (KEYS, {}, "invalid_body", "/name"),
        (KEYS, {"name": ""}, "invalid_body", "/name"),
        (KEYS, {"name": "a\nb"}, "invalid_body", "/name"),
        (KEYS, {"name": "x" * 65}, "invalid_body", "/name"),
        (KEYS, {"name": "x", "role": "root"}, "invalid_body", "/role"),
        (KEYS, {"name": "x", "id": "aaaaaaaaaaaa"}, "invalid_body", "/id"),
        (KEYS, {"name": "x", "tenant": "Main"}, "invalid_body", "/tenant"),
        (KEYS, {"name": "x", "tenant": "nobody"}, "unknown_tenant", "/tenant"),
        (KEYS, {"name": "x", "scopes": ["admin"]}, "contradiction", "/scopes"),
        (KEYS, {"name": "x", "scopes": ["all"]}, "invalid_body", "/scopes/0"),
        (KEYS, {"name": "x", "expires_seconds": 0}, "invalid_body", "/expires_seconds"),
        (KEYS, {"name": "x", "expires_seconds": 1e12}, "invalid_body", "/expires_seconds"),
        (TENANTS, {"name": "x", "tenant": "mine"}, "invalid_body", "/tenant"),
        (TENANTS, {"name": ""}, "invalid_body", "/name"),
    ],
)
async def test_bodies_that_make_no_sense_are_refused_with_the_place(
    stage: Stage, path: str, body: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await stage.client.post(path, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, code)
    assert problem["errors"][0]["pointer"] == pointer
    assert (await stage.access.state()).last == 0


async def test_a_tenant_has_a_token_that_the_server_made(stage: Stage) -> None:
    tenant = await stage.tenant("Research, 2nd floor")
    assert re.fullmatch(r"t[a-z2-7]{16}", tenant)
    listed = (await stage.client.get(TENANTS)).json()["items"]
    assert [(one["tenant"], one["name"]) for one in listed] == [
        ("main", "main"),
        (tenant, "Research, 2nd floor"),
    ]
    header = await stage.key(tenant)
    assert (await stage.client.get("/v1", headers=header)).json()["tenant"] == tenant
    keys = (await stage.client.get(KEYS, params={"tenant": tenant})).json()["items"]
    assert [one["tenant"] for one in keys] == [tenant]


async def test_what_a_tenant_submits_is_its_own(stage: Stage) -> None:
    tenant = await stage.tenant()
    header = await stage.key(tenant)
    id_ = (await stage.client.post(PATH, json=HELLO, headers=header)).json()["id"]
    assert await stage.bus.history(tenant, id_)
    assert (await stage.client.get(f"{PATH}/{id_}", headers=header)).status_code == 200
    assert (await stage.client.get(f"{PATH}/{id_}")).status_code == 404


def routes_with_an_id(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (method, path)
        for path, methods in document["paths"].items()
        for method in methods
        if path.startswith(f"{PATH}/{{id}}")
    ]


async def test_another_tenant_s_evaluation_is_answered_like_one_that_is_not_there(
    stage: Stage,
) -> None:
    """OWASP API1: over every route that takes an id, by the description of the API."""
    address = await stage.submit()
    await stage.start(address)
    await stage.print(address, b"secret of main")
    await stage.complete(address)
    await stage.project(address)
    header = await stage.key(await stage.tenant())
    routes = routes_with_an_id((await stage.client.get("/openapi.json")).json())
    assert len(routes) >= 7
    for method, path in routes:
        answers = []
        for id_ in (address.evaluation, UNKNOWN):
            where = path.replace("{id}", id_).replace("{name}", "a.txt")
            where += "?q=secret" if path.endswith("/search") else ""
            answer = await stage.client.request(method.upper(), where, headers=header)
            body = answer.json()
            for own in ("request_id", "trace_id", "instance"):
                body.pop(own, None)
            answers.append((answer.status_code, body))
        assert answers[0] == answers[1], (method, path)
        assert answers[0][0] == 404, (method, path)
    assert (await stage.client.get(PATH, headers=header)).json()["items"] == []


async def test_keys_that_are_not_read_yet_are_no_reason_to_refuse_somebody(stage: Stage) -> None:
    header = await stage.key()
    stage.keyring._keys.clear()
    stage.keyring.ready.clear()
    answer = await stage.client.get("/v1", headers=header)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert (await stage.client.get("/readyz")).status_code == 503
    # The first key needs no log.
    assert (await stage.client.get("/v1")).status_code == 200


async def test_a_log_that_does_not_take_a_key_makes_none(stage: Stage) -> None:
    stage.access.available = False
    answer = await stage.client.post(KEYS, json={"name": "x"})
    assert answer.status_code == 503
    stage.access.available = True
    assert (await stage.client.get(KEYS)).json()["items"] == []


async def test_who_cancels_is_named_by_the_key(stage: Stage) -> None:
    header = await stage.key()
    address: Address = await stage.submit()
    await stage.start(address)
    await stage.client.post(f"{PATH}/{address.evaluation}/cancel", headers=header)
    last = (await stage.bus.history(address.tenant, address.evaluation))[-1]
    assert header["Authorization"].split("_")[1] in last.data.decode()


PERIODS = ("stream_days", "archive_days", "output_days", "artifacts_days")


async def test_a_tenant_has_periods_of_its_own(stage: Stage) -> None:
    wish = {"name": "hers", "stream_days": 3, "output_days": 0}
    made = (await stage.client.post("/v1/tenants", json=wish)).json()
    assert [made.get(name) for name in PERIODS] == [3, None, 0, None]
    path = f"/v1/tenants/{made['tenant']}"
    changed = await stage.client.patch(path, json={"stream_days": None, "archive_days": 0.5})
    assert [changed.json().get(name) for name in PERIODS] == [None, 0.5, 0, None]
    # They are on the access log, where storage reads them.
    record = stage.keyring.tenant(made["tenant"])
    assert record is not None
    assert (record.stream_days, record.archive_days, record.output_days) == (None, 0.5, 0)


@pytest.mark.parametrize("days", [-1, 0.04, 36_501, "long", True])
@pytest.mark.parametrize("name", PERIODS)
async def test_a_period_that_cannot_be_is_refused(stage: Stage, name: str, days: object) -> None:
    length = (await stage.access.state()).last
    for answer in (
        await stage.client.patch("/v1/tenants/main", json={name: days}),
        await stage.client.post("/v1/tenants", json={"name": "x", name: days}),
    ):
        assert_problem(answer, 422, "invalid_body", f"/{name}")
    assert (await stage.access.state()).last == length
