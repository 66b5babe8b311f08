"""What is to run later, on a real log: never early, once, also by two gateways, and after an outage late and once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from cloche_gateway import due
from cloche_kit.jetstream import open_bus
from cloche_schemas import codec
from cloche_schemas.events import EvaluationQueued, EvaluationScheduled
from cloche_schemas.subjects import Address
from support.bus import bus_settings
from support.evaluations import Client
from support.fake_engine import FakeEngine
from support.gateway import HELLO, TENANT
from support.hosted_gateway import gateway
from support.nats import NatsServer
from support.waiting import wait_until
from support.working import working

PATH = "/v1/evaluations"
SCHEDULES = "/v1/schedules"


async def later(client: httpx2.AsyncClient, **times: object) -> Address:
    answer = await client.post(PATH, json={**HELLO, **times})
    assert (answer.status_code, answer.json()["status"]) == (202, "scheduled"), answer.text
    return Address(TENANT, answer.json()["id"])


async def view_of(client: httpx2.AsyncClient, address: Address) -> dict[str, Any]:
    view: dict[str, Any] = (await client.get(f"{PATH}/{address.evaluation}")).json()
    return view


async def passed(moment: datetime) -> None:
    await wait_until(lambda: datetime.now(UTC) > moment, within=20)


async def test_it_runs_once_when_it_is_due_though_two_gateways_wait_for_it(
    nats_server: NatsServer,
) -> None:
    engine = FakeEngine()
    async with (
        gateway(nats_server.url, "g1") as first,
        gateway(nats_server.url, "g2") as second,
        open_bus(bus_settings(nats_server.url), name="test") as bus,
        working(bus, engine),
    ):
        addresses = [await later(first, delay_seconds=1.5) for _ in range(20)]
        log = Client(bus)
        for address in addresses:
            await log.completed(address, within=15)
        for address in addresses:
            assert await log.types(address) == [
                "EvaluationScheduled",
                "EvaluationQueued",
                "AttemptStarted",
                "EvaluationCompleted",
            ]
            begun, queued = (await log.log.read(address)).entries[:2]
            assert isinstance(begun.event, EvaluationScheduled)
            assert isinstance(queued.event, EvaluationQueued)
            assert queued.envelope.time >= begun.event.due_at
            assert queued.event.spec_sequence == begun.stored.sequence
            view = await view_of(second, address)
            assert (view["outcome"], view["late_seconds"]) == ("succeeded", 0.0)
        # The executor found what to run in the event that scheduled it.
        contents = {file.content for one in engine.started for file in one.job.files}
        assert (len(engine.started), contents) == (20, {HELLO["code"].encode()})


async def test_due_while_every_gateway_is_down_it_runs_once_late_and_says_so(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "LATE_SECONDS", 0.2)
    async with gateway(nats_server.url) as client:
        address = await later(client, delay_seconds=1.0)
        due_at = datetime.fromisoformat((await view_of(client, address))["due_at"])
    await passed(due_at + timedelta(seconds=0.5))
    async with (
        gateway(nats_server.url, "g1") as client,
        gateway(nats_server.url, "g2"),
        open_bus(bus_settings(nats_server.url), name="test") as bus,
    ):
        log = Client(bus)
        await log.reached(address, "EvaluationQueued", within=40)
        view = await view_of(client, address)
        assert view["status"] == "queued"
        assert 0.5 <= view["late_seconds"] < 40
        assert (await log.types(address)) == ["EvaluationScheduled", "EvaluationQueued"]


async def test_cancelled_before_it_is_due_it_never_runs(nats_server: NatsServer) -> None:
    engine = FakeEngine()
    async with (
        gateway(nats_server.url, "g1") as first,
        gateway(nats_server.url, "g2") as second,
        open_bus(bus_settings(nats_server.url), name="test") as bus,
        working(bus, engine),
    ):
        # Time enough to cancel them all on a busy machine; one that runs after them shows that their time came.
        cancelled = [await later(first, delay_seconds=5.0) for _ in range(10)]
        last = await later(first, delay_seconds=5.2)
        for address in cancelled:
            answer = await second.post(f"{PATH}/{address.evaluation}/cancel")
            assert (answer.status_code, answer.json()["outcome"]) == (202, "cancelled")
            assert answer.json()["status"] == "completed"
        log = Client(bus)
        await log.completed(last, within=15)
        for address in cancelled:
            assert await log.types(address) == ["EvaluationScheduled", "EvaluationCompleted"]
        assert len(engine.started) == 1


async def test_the_wait_goes_on_when_the_server_was_killed(nats_server: NatsServer) -> None:
    async with (
        gateway(nats_server.url) as client,
        open_bus(bus_settings(nats_server.url), name="test") as bus,
    ):
        address = await later(client, delay_seconds=3.0)
        far = await later(client, delay_seconds=300 * 86_400.0)
        await nats_server.restart()
        log = Client(bus)
        await log.reached(address, "EvaluationQueued", within=60)
        queued = (await log.log.read(address)).entries[1]
        assert isinstance(queued.event, EvaluationQueued)
        assert queued.event.due_at is not None
        assert queued.envelope.time >= queued.event.due_at
        assert (await log.types(far)) == ["EvaluationScheduled"]


async def recurring(client: httpx2.AsyncClient, **fields: object) -> str:
    wish = {"name": "x", "cron": "@every 2s", "evaluation": HELLO, **fields}
    answer = await client.post(SCHEDULES, json=wish)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def evaluations_of(log: Client, schedule: str) -> list[EvaluationQueued]:
    """What was submitted for a schedule, in order, by the log."""
    found = []
    for sequence in range(1, (await log.bus.state()).last + 1):
        stored = await log.bus.get(sequence)
        assert stored is not None
        event = codec.decode(stored.data)[1]
        if isinstance(event, EvaluationQueued) and event.origin.schedule == schedule:
            found.append(event)
    return found


async def test_a_schedule_is_served_once_each_time_though_gateways_come_and_go(
    nats_server: NatsServer,
) -> None:
    async with open_bus(bus_settings(nats_server.url), name="test") as bus:
        log = Client(bus)
        async with gateway(nats_server.url, "g1", schedule_seconds=1.0) as first:
            async with gateway(nats_server.url, "g2", schedule_seconds=1.0) as second:
                id_ = await recurring(second)

                async def served(times: int) -> bool:
                    return len(await evaluations_of(log, id_)) >= times

                await wait_until(lambda: served(2), within=15, every=0.1)
            await wait_until(lambda: served(4), within=20, every=0.1)
            assert (await first.post(f"{SCHEDULES}/{id_}/pause")).status_code == 200
            events = await evaluations_of(log, id_)
            view = (await first.get(f"{SCHEDULES}/{id_}")).json()
        times = [event.due_at for event in events]
        assert len(set(times)) == len(times)
        made = datetime.fromisoformat(view["created_at"])
        period = timedelta(seconds=2)
        assert all(at is not None and (at - made) % period == timedelta(0) for at in times)
        # Each was served, or is counted as missed.
        last = datetime.fromisoformat(view["last_due"])
        assert len(times) + view["missed"] == (last - made) // period


async def test_a_schedule_due_while_every_gateway_was_down_is_served_once_late_and_says_so(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "LATE_SECONDS", 0.2)
    async with gateway(nats_server.url, schedule_seconds=1.0) as client:
        id_ = await recurring(client, cron="@every 4s")
        made = datetime.fromisoformat((await client.get(f"{SCHEDULES}/{id_}")).json()["created_at"])
        other = await recurring(client, cron="@every 4s", paused=True)
    # Two due times pass, and the third is some seconds away.
    await passed(made + timedelta(seconds=8.5))
    async with (
        gateway(nats_server.url, "g1", schedule_seconds=1.0) as client,
        gateway(nats_server.url, "g2", schedule_seconds=1.0),
        open_bus(bus_settings(nats_server.url), name="test") as bus,
    ):
        log = Client(bus)

        async def served() -> bool:
            return bool(await evaluations_of(log, id_))

        await wait_until(served, within=10, every=0.05)
        await client.post(f"{SCHEDULES}/{id_}/pause")
        (event, *_) = await evaluations_of(log, id_)
        assert event.due_at == made + timedelta(seconds=8)
        assert 0.5 <= event.late_seconds < 4
        view = (await client.get(f"{SCHEDULES}/{id_}")).json()
        assert view["missed"] == 1
        assert await evaluations_of(log, other) == []


async def test_schedules_are_known_to_every_gateway_and_survive_all_of_them(
    nats_server: NatsServer,
) -> None:
    async with gateway(nats_server.url, "g1") as first, gateway(nats_server.url, "g2") as second:
        id_ = await recurring(first, cron="@daily")

        async def known() -> bool:
            return (await second.get(f"{SCHEDULES}/{id_}")).status_code == 200

        await wait_until(known)
        # Both change it at once: each change is made, in some order.
        path = f"{SCHEDULES}/{id_}"
        paused, resumed = await asyncio.gather(
            first.post(f"{path}/pause"), second.post(f"{path}/pause")
        )
        assert paused.json()["paused"]
        assert resumed.json()["paused"]
        gone = await recurring(first, cron="@daily")
        assert (await first.delete(f"{SCHEDULES}/{gone}")).status_code == 200
    async with gateway(nats_server.url, "g3") as third:
        items = (await third.get(SCHEDULES)).json()["items"]
        assert [(one["id"], one["paused"]) for one in items] == [(id_, True)]
