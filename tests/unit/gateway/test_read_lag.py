"""``Cloche-Read-Lag``: how far rows are behind the log, on every answer that is made of them, and never a guess."""

import asyncio
import re
from typing import Any

import pytest
from cloche_gateway import read_lag
from msgspec.structs import replace
from support.gateway import Stage

PATHS = ("/v1/evaluations", "/v1/batches", "/v1/statistics")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told what another was told."""
    monkeypatch.setattr(read_lag, "FRESH_SECONDS", 0.0)


def folded(stage: Stage, sequence: int, **more: object) -> None:
    """The rows are as of `sequence`."""
    models = stage.read_models.projections
    models.view = replace(models.view, sequence=sequence, **more)


async def lag(stage: Stage, path: str = PATHS[0]) -> str | None:
    answer = await stage.client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.headers.get("cloche-read-lag")


@pytest.mark.parametrize("path", PATHS)
async def test_rows_say_how_many_events_they_lack_and_since_when(stage: Stage, path: str) -> None:
    for _ in range(3):
        await stage.submit()
    folded(stage, 1)
    said = re.fullmatch(r"events=2, seconds=(\d+\.\d{3})", await lag(stage, path) or "")
    assert said is not None
    assert float(said[1]) < 30
    folded(stage, 3)
    assert await lag(stage, path) == "events=0, seconds=0.000"


async def test_a_batch_says_it_unless_it_comes_from_the_log(stage: Stage) -> None:
    body = {"evaluations": [{"code": "1"}, {"code": "2"}]}
    batch = (await stage.client.post("/v1/batches", json=body)).json()["id"]
    assert await lag(stage, f"/v1/batches/{batch}") is None


async def test_it_comes_with_what_has_not_changed(stage: Stage) -> None:
    await stage.submit()
    tag = (await stage.client.get(PATHS[0])).headers["etag"]
    answer = await stage.client.get(PATHS[0], headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["cloche-read-lag"].startswith("events=1, ")


@pytest.mark.parametrize(
    "view", [{"sequence": 9}, {"sequence": 0, "complete": False}], ids=["another log", "made anew"]
)
async def test_what_is_not_known_is_not_said(stage: Stage, view: dict[str, Any]) -> None:
    await stage.submit()
    folded(stage, **view)
    assert await lag(stage) is None


async def test_rows_are_given_while_nobody_knows_how_old_they_are(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.submit()
    stage.bus.available = False
    assert await lag(stage) is None
    stage.bus.available = True

    async def hang() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(read_lag, "PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr(stage.bus, "state", hang)
    assert await lag(stage) is None
    # Nor does the next one wait for a look that takes so long.
    monkeypatch.setattr(read_lag, "PATIENCE_SECONDS", 0.0)
    assert await lag(stage) is None


async def test_many_who_ask_at_once_are_one_look(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(read_lag, "FRESH_SECONDS", 60.0)
    await stage.submit()
    state, asked = stage.bus.state, []

    async def counted() -> Any:
        asked.append(1)
        return await state()

    monkeypatch.setattr(stage.bus, "state", counted)
    assert len({await lag(stage) for _ in range(5)}) == 1
    assert len(asked) == 1
