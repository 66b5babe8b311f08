"""What a gateway cannot answer soon it refuses at once; health is always told."""

import asyncio

import httpx2
import pytest
from cloche_gateway import overload as overload_module
from cloche_gateway.overload import LOOKS, Overload
from cloche_gateway.read_models import ReadModelsTripped
from support.gateway import HELLO, Stage, assert_problem, stage_with
from support.waiting import wait_until

PATH = "/v1/evaluations"


class Held:
    """Holds every submission at the look at the queue, until it is let go."""

    def __init__(self, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gone = asyncio.Event()
        self.waiting = 0
        depth = stage.bus.queue.depth

        async def held() -> object:
            self.waiting += 1
            await self.gone.wait()
            return await depth()

        monkeypatch.setattr(stage.bus.queue, "depth", held)


async def test_over_the_bound_requests_are_refused_at_once_and_taken_again_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage_with(max_in_flight=3) as stage:
        held = Held(stage, monkeypatch)
        waiting = [asyncio.create_task(stage.client.post(PATH, json=HELLO)) for _ in range(3)]
        await wait_until(lambda: stage.gateway.overload.in_flight == 3)
        async with asyncio.timeout(1.0):
            answer = await stage.client.post(PATH, json=HELLO)
        problem = assert_problem(answer, 503, "overloaded")
        assert (problem["reason"], answer.headers["retry-after"]) == ("in_flight", "2")
        for path in ("/livez", "/readyz", "/metrics"):
            assert (await stage.client.get(path)).status_code == 200
        held.gone.set()
        assert [(await one).status_code for one in waiting] == [202] * 3
        assert stage.gateway.overload.in_flight == 0
        assert (await stage.client.post(PATH, json=HELLO)).status_code == 202
        metrics = (await stage.client.get("/metrics")).text
        assert 'cloche_requests_shed_total{reason="in_flight"}' in metrics


async def test_what_breaks_and_what_hangs_up_is_not_in_flight_for_ever(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(stage, monkeypatch)
    given_up = asyncio.create_task(stage.client.post(PATH, json=HELLO))
    await wait_until(lambda: held.waiting == 1)
    given_up.cancel()
    await asyncio.wait({given_up})
    held.gone.set()
    assert stage.gateway.overload.in_flight == 0

    async def broken() -> object:
        raise RuntimeError("a fault of ours")

    await wait_until(lambda: stage.gateway.admission._look is not None)
    monkeypatch.setattr(stage.gateway.admission, "_look", None)
    monkeypatch.setattr(stage.bus.queue, "depth", broken)
    assert (await stage.client.post(PATH, json=HELLO)).status_code == 500
    assert (await stage.client.get("/nowhere")).status_code == 404
    assert stage.gateway.overload.in_flight == 0


async def test_open_streams_are_not_in_flight() -> None:
    async with stage_with(max_in_flight=2, ping_seconds=0.05) as stage:
        address = await stage.submit()
        path = f"{PATH}/{address.evaluation}/events"
        async with (
            stage.listening() as client,
            client.stream("GET", path) as first,
            client.stream("GET", path) as second,
            client.stream("GET", path) as third,
        ):
            statuses = {one.status_code for one in (first, second, third)}
            assert statuses == {200}
            assert stage.gateway.overload.in_flight == 0
            assert (await client.get("/v1")).status_code == 200
            stage.stop.set()


async def test_an_edge_that_has_fallen_silent_says_when_to_come_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = ReadModelsTripped("read_models has fallen silent")
    error.retry_after = 2.3

    async def page(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(stage.read_models, "page", page)
    answer = await stage.client.get(PATH)
    assert_problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "3"
    assert "read_models" not in answer.text


def test_one_long_pause_is_no_overload_and_several_in_a_row_are() -> None:
    overload = Overload(10, 1.0)
    scope = {"type": "http", "path": "/v1"}
    for _ in range(3):
        for _ in range(LOOKS - 1):
            overload.looked(5.0)
        overload.looked(0.0)
    assert overload.enter(scope) is None
    for _ in range(LOOKS):
        overload.looked(1.1)
    refused = overload.enter(scope)
    assert refused is not None
    assert (refused.slug, refused.extensions["reason"]) == ("overloaded", "lag")
    assert overload.enter({"type": "http", "path": "/readyz"}) is None
    overload.looked(0.9)
    assert overload.enter(scope) is None
    assert overload.in_flight == 3


async def test_the_lag_of_a_blocked_event_loop_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overload_module, "LOOK_SECONDS", 0.01)
    seen: list[float] = []
    now = 0.0

    def clock() -> float:
        return now

    overload = Overload(10, 1.0, clock=clock)
    monkeypatch.setattr(overload, "looked", seen.append)
    watching = asyncio.create_task(overload.watch())
    await asyncio.sleep(0)
    # Meanwhile three seconds pass by the clock.
    now = 3.0
    await wait_until(lambda: seen)
    assert seen[0] == pytest.approx(2.99)
    watching.cancel()
    await asyncio.wait({watching})


async def test_a_refused_request_over_a_socket_leaves_the_connection_usable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage_with(max_in_flight=1) as stage, stage.listening() as client:
        held = Held(stage, monkeypatch)
        waiting = asyncio.create_task(client.post(PATH, json=HELLO))
        await wait_until(lambda: held.waiting == 1)
        big = {"code": "#" * 500_000}
        answers: list[httpx2.Response] = [await client.post(PATH, json=big) for _ in range(3)]
        assert {one.status_code for one in answers} == {503}
        held.gone.set()
        assert (await waiting).status_code == 202
        assert (await client.get("/v1")).status_code == 200
