"""GET /v1/usage: how much is kept of whom, and who may know."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from cloche_kit.archive.accounts import Accounts, Amount, accounts_key
from cloche_kit.objects import ObjectsUnavailable
from support.gateway import Stage, assert_problem

WHEN = datetime(2026, 11, 26, 12, tzinfo=UTC)
NOTHING = {"count": 0, "bytes": 0}


async def counted(stage: Stage, accounts: Accounts) -> None:
    key = accounts_key("EVALUATIONS", (await stage.bus.state()).epoch)
    await stage.objects.put(key, msgspec.json.encode(accounts))


async def used(stage: Stage, query: str = "", **more: Any) -> Any:
    answer = await stage.client.get(f"/v1/usage{query}", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_of_the_callers_tenant_by_class(stage: Stage) -> None:
    other = await stage.tenant()
    for _ in range(3):
        await stage.submit()
    accounts = Accounts(
        counted=2,
        archive={"main": Amount(10, 1000), other: Amount(1, 7)},
        objects={
            "output": {"main": Amount(4, 400)},
            "artifacts": {"main": Amount(5, 500), other: Amount(1, 8)},
        },
        swept_at=WHEN,
    )
    await counted(stage, accounts)
    report = await used(stage)
    assert report == {
        "items": [
            {
                "tenant": "main",
                "stream": {"count": 3, "bytes": 300},
                "archive": {"count": 10, "bytes": 1000},
                "output": {"count": 4, "bytes": 400},
                "artifacts": {"count": 5, "bytes": 500},
            }
        ],
        "uncounted": 1,
        "objects_at": "2026-11-26T12:00:00Z",
    }
    hers = await used(stage, headers=await stage.key(other))
    assert [one["tenant"] for one in hers["items"]] == [other]
    assert (hers["items"][0]["artifacts"], hers["items"][0]["stream"]) == (
        {"count": 1, "bytes": 8},
        NOTHING,
    )
    every = await used(stage, "?everybody=true")
    assert [one["tenant"] for one in every["items"]] == sorted(["main", other])


async def test_only_administrators_see_everybody(stage: Stage) -> None:
    key = await stage.key(role="operator")
    answer = await stage.client.get("/v1/usage?everybody=true", headers=key)
    assert assert_problem(answer, 403, "forbidden")["required_scope"] == "admin"
    assert_problem(await stage.client.get("/v1/usage?everybody=7"), 422, "invalid_parameter")
    assert (await stage.client.get("/v1/usage", headers={"Authorization": ""})).status_code == 401


@pytest.mark.parametrize("written", [None, b"{later"])
async def test_before_anything_was_counted_the_log_is(stage: Stage, written: bytes | None) -> None:
    await stage.submit()
    if written is not None:
        key = accounts_key("EVALUATIONS", (await stage.bus.state()).epoch)
        await stage.objects.put(key, written)
    report = await used(stage)
    [main] = report["items"]
    assert main["stream"] == {"count": 1, "bytes": (await stage.bus.state()).bytes}
    assert main["archive"] == main["output"] == NOTHING
    assert (report["uncounted"], report["objects_at"]) == (1, None)


async def test_while_the_store_is_away_it_is_503(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_key: str) -> None:
        raise ObjectsUnavailable("down")

    monkeypatch.setattr(stage.objects, "get", away)
    answer = await stage.client.get("/v1/usage")
    assert answer.status_code == 503
