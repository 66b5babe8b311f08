"""One key gets another secret without anybody being cut off: two are good for a while, and either can be ended."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cloche_schemas.access import KeyRecord
from msgspec.structs import replace
from support.gateway import Stage, assert_problem

KEYS = "/v1/keys"
NOBODY = f"{KEYS}/aaaaaaaaaaaa"


def bearer(api_key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_key}"}


async def made(stage: Stage, **fields: object) -> tuple[str, str]:
    """A new key, and where it is."""
    answer = await stage.client.post(KEYS, json={"name": "ci", **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["api_key"], answer.headers["location"]


async def rotated(stage: Stage, path: str, **fields: object) -> dict[str, Any]:
    answer = await stage.client.post(f"{path}/rotate", json=fields)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def good(stage: Stage, *api_keys: str) -> list[bool]:
    answers = [await stage.client.get("/v1", headers=bearer(key)) for key in api_keys]
    assert {answer.status_code for answer in answers} <= {200, 401}
    return [answer.status_code == 200 for answer in answers]


def later(stage: Stage, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    monkeypatch.setattr(stage.keyring, "_clock", lambda: moment)


async def test_two_secrets_are_good_until_the_old_one_runs_out(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, path = await made(stage, role="operator", expires_seconds=9000)
    before = (await stage.client.get(path)).json()
    answer = await rotated(stage, path, overlap_seconds=60)
    new, view = answer["api_key"], answer["key"]
    assert new != old
    assert new.split("_")[1] == old.split("_")[1]
    # It is the same key: what it may do, whose it is and when it ends stay.
    changed = {"rotated_at", "previous", "last_used_at"}
    assert {k: v for k, v in view.items() if k not in changed} == {
        k: v for k, v in before.items() if k not in changed
    }
    assert view["previous"]["until"] > view["rotated_at"]
    assert await good(stage, old, new) == [True, True]
    later(stage, monkeypatch, 61)
    assert await good(stage, old, new) == [False, True]
    assert (await stage.client.get(path)).json()["previous"] is None


async def test_the_old_secret_is_good_for_a_day_unless_said_otherwise(stage: Stage) -> None:
    old, path = await made(stage)
    answer = await stage.client.post(f"{path}/rotate")
    assert answer.status_code == 201
    view = answer.json()["key"]
    times = [datetime.fromisoformat(view[name]) for name in ("rotated_at",)]
    until = datetime.fromisoformat(view["previous"]["until"])
    assert until - times[0] == timedelta(days=1)
    assert await good(stage, old) == [True]


async def test_without_an_overlap_the_old_secret_ends_at_once(stage: Stage) -> None:
    old, path = await made(stage)
    answer = await rotated(stage, path, overlap_seconds=0)
    assert answer["key"]["previous"] is None
    assert await good(stage, old, answer["api_key"]) == [False, True]


async def test_the_old_secret_is_ended_early(stage: Stage) -> None:
    old, path = await made(stage)
    new = (await rotated(stage, path))["api_key"]
    for _ in range(2):
        ended = await stage.client.delete(f"{path}/secrets/previous")
        assert (ended.status_code, ended.json()["previous"]) == (200, None)
        assert await good(stage, old, new) == [False, True]


async def test_a_rotation_is_taken_back(stage: Stage) -> None:
    """For an answer that got lost: nobody knows the new secret, and everybody uses the old one."""
    old, path = await made(stage)
    new = (await rotated(stage, path))["api_key"]
    back = await stage.client.delete(f"{path}/secrets/current")
    assert (back.status_code, back.json()["previous"]) == (200, None)
    assert await good(stage, old, new) == [True, False]
    assert_problem(await stage.client.delete(f"{path}/secrets/current"), 409, "no_rotation")
    assert await good(stage, old) == [True]


async def test_a_third_secret_would_cut_off_who_uses_the_oldest(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, path = await made(stage)
    new = (await rotated(stage, path, overlap_seconds=60))["api_key"]
    assert_problem(await stage.client.post(f"{path}/rotate"), 409, "rotation_open")
    assert await good(stage, old, new) == [True, True]
    later(stage, monkeypatch, 61)
    newest = (await rotated(stage, path))["api_key"]
    assert await good(stage, old, new, newest) == [False, True, True]


async def test_a_key_that_is_over_gets_no_other_secret(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, path = await made(stage)
    _, short = await made(stage, expires_seconds=60)
    await stage.client.delete(path)
    later(stage, monkeypatch, 61)
    for where in (path, short):
        assert_problem(await stage.client.post(f"{where}/rotate"), 409, "key_not_active")
        assert_problem(await stage.client.delete(f"{where}/secrets/current"), 409, "key_not_active")


async def test_a_revoked_key_is_refused_with_both_secrets(stage: Stage) -> None:
    old, path = await made(stage)
    new = (await rotated(stage, path))["api_key"]
    assert (await stage.client.delete(path)).json()["status"] == "revoked"
    assert await good(stage, old, new) == [False, False]


async def test_the_secret_of_before_does_not_outlive_the_key(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, path = await made(stage, expires_seconds=60)
    new = (await rotated(stage, path))["api_key"]
    later(stage, monkeypatch, 61)
    assert await good(stage, old, new) == [False, False]


async def test_a_key_is_renamed_and_told_to_be_signed(stage: Stage) -> None:
    _, path = await made(stage)
    changed = await stage.client.patch(path, json={"name": "another"})
    assert (changed.status_code, changed.json()["name"]) == (200, "another")
    signed = await stage.client.patch(path, json={"require_signature": True})
    assert (signed.json()["name"], signed.json()["require_signature"]) == ("another", True)
    length = (await stage.access.state()).last
    assert (await stage.client.patch(path, json={})).json() == signed.json()
    assert (await stage.access.state()).last == length


async def test_a_key_of_before_there_were_signatures_is_rotated_first(stage: Stage) -> None:
    old, path = await made(stage)
    record = stage.keyring.key(path.rpartition("/")[2])
    assert isinstance(record, KeyRecord)
    assert await stage.keyring._append(replace(record, signing_key=""))
    refused = await stage.client.patch(path, json={"require_signature": True})
    assert_problem(refused, 409, "key_cannot_sign")
    assert await good(stage, old) == [True]
    await rotated(stage, path)
    assert (await stage.client.patch(path, json={"require_signature": True})).status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"overlap_seconds": -1}, "invalid_body", "/overlap_seconds"),
        ({"overlap_seconds": 1e9}, "invalid_body", "/overlap_seconds"),
        ({"overlap": 1}, "invalid_body", "/overlap"),
        ({"secret": "mine"}, "invalid_body", "/secret"),
    ],
)
async def test_a_rotation_that_makes_no_sense_is_refused(
    stage: Stage, body: dict[str, object], code: str, pointer: str
) -> None:
    _, path = await made(stage)
    length = (await stage.access.state()).last
    assert_problem(await stage.client.post(f"{path}/rotate", json=body), 422, code, pointer)
    assert (await stage.access.state()).last == length


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", NOBODY),
        ("PATCH", NOBODY),
        ("POST", f"{NOBODY}/rotate"),
        ("DELETE", f"{NOBODY}/secrets/previous"),
        ("DELETE", f"{NOBODY}/secrets/current"),
        ("GET", f"{KEYS}/first-key"),
        ("GET", "/v1/tenants/nobody"),
    ],
)
async def test_what_is_not_there_is_not_found_and_only_administrators_may_ask(
    stage: Stage, method: str, path: str
) -> None:
    body: dict[str, object] | None = {} if method in {"PATCH", "POST"} else None
    assert_problem(await stage.client.request(method, path, json=body), 404, "not_found")
    header = await stage.key(role="operator")
    refused = await stage.client.request(method, path, json=body, headers=header)
    assert_problem(refused, 403, "forbidden")


async def test_no_other_secret_can_be_ended(stage: Stage) -> None:
    _, path = await made(stage)
    answer = await stage.client.delete(f"{path}/secrets/all")
    assert_problem(answer, 422, "invalid_parameter", "/path/which")


async def test_where_a_tenant_is_it_can_be_read(stage: Stage) -> None:
    answer = await stage.client.post("/v1/tenants", json={"name": "another"})
    assert (await stage.client.get(answer.headers["location"])).json() == answer.json()
