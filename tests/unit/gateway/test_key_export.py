"""Tenants and keys out of one system and into an empty one, where they go on working."""

import msgspec
import pytest
from cloche_schemas.access import AccessRecord, KeyRecord, TenantRecord
from support.gateway import Stage, assert_problem, stage_with

EXPORT, IMPORT = "/v1/keys/export", "/v1/keys/import"


async def exported(stage: Stage) -> list[AccessRecord]:
    answer = await stage.client.get(EXPORT)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/x-ndjson")
    return [msgspec.json.decode(line, type=AccessRecord) for line in answer.content.splitlines()]


def body_of(records: list[AccessRecord]) -> dict[str, object]:
    return {"records": msgspec.to_builtins(records)}


async def test_the_keys_of_one_system_work_in_an_empty_one_and_revoked_ones_do_not(
    stage: Stage,
) -> None:
    tenant = (
        await stage.client.post("/v1/tenants", json={"name": "theirs", "max_queued": 7})
    ).json()
    good = await stage.key(tenant=tenant["tenant"], role="operator", expires_seconds=3600)
    bad = await stage.key()
    bad_id = (await stage.client.get("/v1", headers=bad)).json()["key"]
    await stage.client.delete(f"/v1/keys/{bad_id}")
    records = await exported(stage)
    assert [type(record) for record in records] == [TenantRecord, KeyRecord, KeyRecord]
    text = msgspec.json.encode(records).decode()
    for header in (good, bad):
        assert header["Authorization"].rpartition("_")[2] not in text

    async with stage_with() as empty:
        assert (await empty.client.get("/v1", headers=good)).status_code == 401
        answer = await empty.client.post(IMPORT, json=body_of(records))
        assert (answer.status_code, answer.json()["imported"]) == (200, 3)
        about = (await empty.client.get("/v1", headers=good)).json()
        assert (about["tenant"], about["role"]) == (tenant["tenant"], "operator")
        assert (await empty.client.get("/v1", headers=bad)).status_code == 401
        assert await exported(empty) == records
        tenants = (await empty.client.get("/v1/tenants")).json()["items"]
        assert tenant in tenants
        # The same again changes nothing, and is on the log once.
        again = await empty.client.post(IMPORT, json=body_of(records))
        assert again.json() == {"imported": 0, "unchanged": 3, "kept": []}
        assert (await empty.access.state()).last == 3
        # A key that was revoked since stays revoked.
        await empty.client.delete(f"/v1/keys/{about['key']}")
        late = await empty.client.post(IMPORT, json=body_of(records))
        assert late.json() == {"imported": 0, "unchanged": 2, "kept": [about["key"]]}
        assert (await empty.client.get("/v1", headers=good)).status_code == 401


async def test_a_key_without_its_tenant_and_a_record_that_is_none_are_refused(
    stage: Stage,
) -> None:
    tenant = (await stage.client.post("/v1/tenants", json={"name": "theirs"})).json()["tenant"]
    await stage.key(tenant=tenant)
    records = await exported(stage)
    async with stage_with() as empty:
        answer = await empty.client.post(IMPORT, json=body_of(records[1:]))
        assert_problem(answer, 422, "unknown_tenant", "/records/0/tenant")
        answer = await empty.client.post(IMPORT, json=body_of(records[::-1]))
        assert_problem(answer, 422, "unknown_tenant", "/records/0/tenant")
        spoiled = msgspec.to_builtins(records)
        spoiled[1]["digest"] = "short"
        answer = await empty.client.post(IMPORT, json={"records": spoiled})
        assert_problem(answer, 422, "invalid_body", "/records/1/digest")
        assert (await empty.access.state()).last == 0


async def test_the_caps_of_main_come_along(stage: Stage) -> None:
    await stage.client.patch("/v1/tenants/main", json={"max_running": 3})
    records = await exported(stage)
    async with stage_with() as empty:
        assert (await empty.client.post(IMPORT, json=body_of(records))).json()["imported"] == 1
        main = (await empty.client.get("/v1/tenants")).json()["items"][0]
        assert (main["tenant"], main["max_running"]) == ("main", 3)


@pytest.mark.parametrize(("method", "path"), [("GET", EXPORT), ("POST", IMPORT)])
async def test_they_are_for_administrators(stage: Stage, method: str, path: str) -> None:
    header = await stage.key(role="operator")
    answer = await stage.client.request(method, path, headers=header)
    assert_problem(answer, 403, "forbidden")


@pytest.mark.parametrize(("method", "path"), [("GET", EXPORT), ("POST", IMPORT)])
async def test_while_no_key_is_known_nothing_is_given_and_nothing_taken(
    stage: Stage, method: str, path: str
) -> None:
    stage.keyring.ready.clear()
    answer = await stage.client.request(
        method, path, json={"records": []} if method == "POST" else None
    )
    assert_problem(answer, 503, "unavailable")
