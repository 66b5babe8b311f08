"""Retries and dead letters over a real log: two gateways' schedulers, an executor, and what becomes of what fails."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

import httpx2
import pytest
from cloche_executor.sandbox import Job, SandboxLost
from cloche_gateway.admission import TenantCaps
from cloche_gateway.app import assemble, create_app
from cloche_gateway.deps import Deps
from cloche_gateway.dispatcher import dispatch
from cloche_gateway.keyring import Keyring
from cloche_gateway.memory_read_models import MemoryReadModels
from cloche_gateway.scheduler import Backoff, next_attempt_at, schedule
from cloche_kit.bus import BusUnavailable
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.log import EventLog
from cloche_kit.objects import MemoryObjects
from cloche_kit.telemetry import configure
from cloche_schemas.subjects import Address
from support.bus import bus_settings
from support.evaluations import Client
from support.fake_engine import FakeEngine, Write
from support.gateway import BEARER, HELLO, TENANT, settings_with
from support.nats import NatsServer
from support.waiting import wait_until
from support.working import working

LETTERS = "/v1/dead-letters"
BASE, CAP = 0.4, 1.0


class Gateway:
    """One gateway with its scheduler, in this process, on a connection of its own."""

    def __init__(self, bus: JetStreamBus, http: httpx2.AsyncClient, stop: asyncio.Event) -> None:
        self.bus, self.http, self.stop = bus, http, stop

    async def submit(self, **fields: object) -> Address:
        answer = await self.http.post("/v1/evaluations", json=HELLO | fields)
        assert answer.status_code == 202, answer.text
        return Address(TENANT, answer.json()["id"])

    async def letters(self) -> list[dict[str, Any]]:
        answer = await self.http.get(LETTERS)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


@asynccontextmanager
async def gateway(nats: NatsServer, name: str) -> AsyncIterator[Gateway]:
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(open_bus(bus_settings(nats.url), name=name))
        telemetry = configure("gateway", instance=name)
        stack.callback(telemetry.shutdown)
        deps = Deps(
            bus=bus,
            access=bus.access,
            schedules=bus.schedules,
            log=EventLog(bus, telemetry, instance=name),
            telemetry=telemetry,
            objects=MemoryObjects(),
            read_models=MemoryReadModels(),
        )
        keyring = Keyring(bus.access)
        keyring.ready.set()
        stop = asyncio.Event()
        assembled = assemble(deps, settings_with(), stop, keyring=keyring)
        app = create_app(assembled)
        # What it would wait without a policy of the submission's own is longer than any test.
        beside = [
            asyncio.create_task(schedule(deps, Backoff(600, 600), stop=stop)),
            asyncio.create_task(dispatch(bus, TenantCaps(keyring, settings_with()), stop=stop)),
        ]
        http = await stack.enter_async_context(
            httpx2.AsyncClient(
                transport=httpx2.ASGITransport(app=app), base_url="http://cloche", headers=BEARER
            )
        )
        try:
            yield Gateway(bus, http, stop)
        finally:
            stop.set()
            await asyncio.gather(*beside)


async def times_of(client: Client, address: Address) -> list[tuple[str, datetime]]:
    entries = (await client.log.read(address)).entries
    return [(type(entry.event).__name__, entry.envelope.time) for entry in entries]


async def test_a_program_that_fails_by_chance_runs_again_after_its_own_back_off(
    nats_server: NatsServer,
) -> None:
    async def program(job: Job, write: Write) -> int:
        await write("stdout", b"attempt %d" % job.labels.attempt)
        return 0 if job.labels.attempt == 3 else 5

    async with gateway(nats_server, "g1") as one, gateway(nats_server, "g2") as two:
        client = Client(one.bus)
        async with working(two.bus, FakeEngine(program)):
            policy = {"base_seconds": BASE, "cap_seconds": CAP, "program_failures": True}
            address = await one.submit(retry=policy | {"attempts": 3})
            end = await client.completed(address, within=20)
        assert (end.outcome, end.attempt) == ("succeeded", 3)
        happened = await times_of(client, address)
        failures = [at for name, at in happened if name == "AttemptFailed"]
        queued = [at for name, at in happened if name == "EvaluationQueued"][1:]
        assert len(failures) == len(queued) == 2
        for attempt, (failed, again) in enumerate(zip(failures, queued, strict=True), start=1):
            due = next_attempt_at(failed, address.evaluation, attempt, Backoff(BASE, CAP))
            assert due <= again
            assert (again - due).total_seconds() < 2
        path = f"/v1/evaluations/{address.evaluation}"
        assert (await one.http.get(f"{path}/output")).content == b"attempt 3"
        assert (await one.http.get(f"{path}/output?attempt=1")).content == b"attempt 1"
        listed = (await two.http.get(f"{path}/attempts")).json()["items"]
        assert [(a["number"], a.get("reason"), a.get("outcome")) for a in listed] == [
            (1, "failed", None),
            (2, "failed", None),
            (3, None, "succeeded"),
        ]
        assert await one.letters() == []


async def test_what_we_fail_to_run_ends_as_one_dead_letter_which_runs_again(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = FakeEngine()
    engine.error = SandboxLost("no luck")
    async with gateway(nats_server, "g1") as one, gateway(nats_server, "g2") as two:
        client = Client(one.bus)
        tries = 0
        for bus in (one.bus, two.bus):
            park = bus.park

            async def dies_first(*args: Any, park: Any = park, **more: Any) -> None:
                nonlocal tries
                tries += 1
                if tries == 1:
                    raise BusUnavailable("the gateway is gone before it has put it aside")
                await park(*args, **more)
                if tries == 2:
                    raise BusUnavailable("the gateway is gone before it could say so")

            monkeypatch.setattr(bus, "park", dies_first)
        async with working(one.bus, engine):
            policy = {"attempts": 2, "base_seconds": 0.05, "cap_seconds": 0.05}
            address = await one.submit(retry=policy)
            await client.reached(address, "EvaluationDeadLettered", within=20)
            await wait_until(lambda: tries >= 3, within=10)
            (letter,) = await two.letters()
            assert (letter["kind"], letter["reason"], letter["evaluation"]) == (
                "evaluation",
                "sandbox_lost",
                address.evaluation,
            )
            assert letter["deliveries"] == 2
            engine.error = None
            answer = await two.http.post(f"{LETTERS}/{letter['id']}/requeue")
            assert answer.status_code == 202, answer.text
            again = Address(TENANT, answer.json()["evaluation"])
            assert (await client.completed(again, within=10)).outcome == "succeeded"
            assert (
                await one.http.post(f"{LETTERS}/{letter['id']}/requeue")
            ).json() == answer.json()
        assert await one.letters() == []
        assert (await client.types(again)).count("EvaluationQueued") == 1


async def test_poison_is_put_aside_once_by_each_handler_and_its_neighbours_move_on(
    nats_server: NatsServer,
) -> None:
    async with gateway(nats_server, "g1") as one, gateway(nats_server, "g2"):
        client = Client(one.bus)
        before = await one.submit()
        stranger = Address(TENANT, "00000000-0000-7000-8000-000000000001")
        await one.bus.append(stranger.log, b"{not json", msg_id="p1")
        await one.bus.append(stranger.queued("auto", "normal"), b"no event", msg_id="p2")
        policy = {"base_seconds": 0.05, "cap_seconds": 0.05, "program_failures": True}
        after = await one.submit(retry=policy)

        async def program(job: Job, _write: Write) -> int:
            # Its scheduler has the poison before it, and so has its executor.
            again = job.labels.evaluation == after.evaluation and job.labels.attempt == 1
            return 1 if again else 0

        async with working(one.bus, FakeEngine(program)):
            assert (await client.completed(before, within=10)).outcome == "succeeded"
            assert (await client.completed(after, within=10)).attempt == 2

            async def both() -> bool:
                return len(await one.letters()) >= 2

            await wait_until(both, within=10)
        letters = await one.letters()
        assert sorted((one_["handler"], one_["reason"]) for one_ in letters) == [
            ("executor", "malformed"),
            ("scheduler", "malformed"),
        ]
        for letter in letters:
            answer = await one.http.post(f"{LETTERS}/{letter['id']}/requeue")
            assert answer.status_code == 409
        purged = (await one.http.post(f"{LETTERS}/purge", json={"kind": "message"})).json()
        assert purged["purged"] == 2
        assert await one.letters() == []
