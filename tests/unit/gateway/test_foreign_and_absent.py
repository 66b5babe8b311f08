"""OWASP API1: what belongs to another tenant is answered as what is not there, by its words and by its time."""

import hashlib
import statistics
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from support.every_route import twins
from support.gateway import HELLO, UNKNOWN, Stage
from support.letters import put_aside

PATH = "/v1/evaluations"
SAMPLES = 60
ROUNDS = 3
# In this process, interleaved: what a look into another store would cost is many times that.
MOST_APART = 1.5
LEAST_SECONDS = 0.0005


async def known_of(stage: Stage) -> dict[str, dict[str, str]]:
    """By name of a parameter, what `main` has, and what nobody has."""
    address = await stage.submit()
    await stage.start(address)
    await stage.print(address, b"secret of main")
    await stage.complete(address)
    await stage.project(address)
    schedule = await stage.client.post(
        "/v1/schedules", json={"name": "s", "cron": "@daily", "evaluation": HELLO}
    )
    batch = await stage.client.post("/v1/batches", json={"evaluations": [HELLO]})
    data = b"secret of main"
    blob = hashlib.sha256(data).hexdigest()
    assert (await stage.client.put(f"/v1/blobs/{blob}", content=data)).status_code == 201
    letter = await put_aside(stage, f"evaluations.main.{UNKNOWN}.lifecycle.log", b"{not json")
    return {
        "evaluations": {"there": address.evaluation, "absent": UNKNOWN},
        "schedules": {"there": schedule.json()["id"], "absent": UNKNOWN},
        "batches": {"there": batch.json()["id"], "absent": UNKNOWN},
        "dead-letters": {"there": letter, "absent": letter[::-1]},
        "blobs": {"there": blob, "absent": "1" * 64},
    }


def routes_of(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Method, path and collection of every route that names one thing of a tenant, by the API's own description."""
    found = []
    for path, methods in document["paths"].items():
        steps = path.split("/")
        if len(steps) < 4 or not steps[3].startswith("{") or steps[2] in {"keys", "tenants"}:
            continue
        if steps[2] == "projections":
            continue
        found += [(method.upper(), path, steps[2]) for method in methods]
    return found


def filled(path: str, id_: str) -> str:
    for name in ("{id}", "{sha256}"):
        path = path.replace(name, id_)
    path = path.replace("{name}", "a.txt")
    return path + ("?q=secret" if path.endswith("/search") else "")


async def test_every_route_gives_the_same_answer_for_both(stage: Stage) -> None:
    known = await known_of(stage)
    keys = await twins(stage, await stage.tenant(), "operator")
    routes = routes_of((await stage.client.get("/openapi.json")).json())
    assert {collection for _, _, collection in routes} >= {"evaluations", "schedules", "batches"}
    for method, path, collection in routes:
        assert collection in known, f"say what main has of {path}"
        if method == "PUT":
            # What it makes is the caller's own.
            continue
        answers = []
        for which, header in zip(("there", "absent"), keys, strict=True):
            where = filled(path, known[collection][which])
            wish: dict[str, object] | None = {} if method in {"POST", "PATCH"} else None
            answer = await stage.client.request(method, where, headers=header, json=wish)
            body = answer.json() if answer.content else {}
            for own in ("request_id", "trace_id", "instance"):
                body.pop(own, None)
            kept = {
                k: v
                for k, v in answer.headers.items()
                if k not in {"x-request-id", "content-length"}
            }
            answers.append((answer.status_code, body, kept))
        assert answers[0] == answers[1], (method, path)
        assert answers[0][0] == 404, (method, path, answers[0])


async def assert_not_told_apart(ask: Callable[[str], Awaitable[None]], *names: str) -> None:
    """Whoever measures cannot tell the two by their time: a real difference would show in every round."""
    for _ in range(ROUNDS):
        took: dict[str, list[float]] = {name: [] for name in names}
        for number in range(SAMPLES):
            # In turn, and each first as often, so that whatever else the machine does concerns both.
            for name in names if number % 2 else names[::-1]:
                begun = time.perf_counter()
                await ask(name)
                took[name].append(time.perf_counter() - begun)
        # The quickest tenth: how long it takes when nothing comes between.
        one, other = (statistics.quantiles(times, n=10)[0] for times in took.values())
        if abs(one - other) < max(LEAST_SECONDS, (MOST_APART - 1) * min(one, other)):
            return
    raise AssertionError(f"told apart in every round: {one} and {other} s")


@pytest.mark.parametrize(
    "what", ["", "/output", "/cases", "/attempts", "/timeline", "/artifacts", "/queue"]
)
async def test_the_time_of_an_answer_does_not_tell_them_apart(stage: Stage, what: str) -> None:
    known = (await known_of(stage))["evaluations"]
    header = await stage.key(await stage.tenant())

    async def ask(which: str) -> None:
        answer = await stage.client.get(f"{PATH}/{known[which]}{what}", headers=header)
        assert answer.status_code == 404

    await assert_not_told_apart(ask, "there", "absent")


async def test_nor_does_the_time_of_a_key_that_is_wrong_or_unknown(stage: Stage) -> None:
    key = (await stage.key())["Authorization"]
    shown = {
        "wrong": key.rpartition("_")[0] + "_" + "0" * 48,
        "unknown": f"Bearer cloche_aaaaaaaaaaaa_{'0' * 48}",
    }

    async def ask(which: str) -> None:
        answer = await stage.client.get("/v1", headers={"Authorization": shown[which]})
        assert answer.status_code == 401

    await assert_not_told_apart(ask, "wrong", "unknown")
