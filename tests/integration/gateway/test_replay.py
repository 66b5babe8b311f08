"""The history over a real log that is really purged, a real S3 and a real storage: no seam, whatever was trimmed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx2
import msgspec
import pytest
from cloche_gateway.app import assemble, create_app
from cloche_gateway.deps import Deps
from cloche_gateway.keyring import Keyring
from cloche_gateway.memory_read_models import MemoryReadModels
from cloche_gateway.read_models import Row
from cloche_gateway.reading import fold_on
from cloche_gateway.schedule_book import ScheduleBook
from cloche_kit import jetstream_api as api
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.bus import Stored
from cloche_kit.http_server import serving
from cloche_kit.jetstream import JetStreamBus, open_bus
from cloche_kit.log import EventLog
from cloche_kit.memory import MemoryBus
from cloche_kit.s3 import S3Objects, open_objects
from cloche_kit.settings import ObjectSettings
from cloche_kit.telemetry import configure
from cloche_schemas.subjects import Address
from cloche_storage.deps import Deps as StorageDeps
from cloche_storage.settings import StorageSettings
from cloche_storage.storage import Storage
from support.archived import messages_of
from support.bus import bus_settings
from support.gateway import BEARER, parse_events, settings_with
from support.nats import NatsServer
from support.recorded import address_of, append, story
from support.waiting import wait_until

PATH = "/v1/events"


class Plant:
    """A gateway and the edges of a storage over one real log and one real store."""

    def __init__(self, bus: JetStreamBus, objects: S3Objects) -> None:
        self.bus, self.objects = bus, objects
        telemetry = configure("gateway", instance="g1")
        self.log = EventLog(bus, telemetry, instance="g1")
        self.read_models = MemoryReadModels()
        self.stop = asyncio.Event()
        keyring, book = Keyring(MemoryBus()), ScheduleBook(MemoryBus())
        keyring.ready.set()
        book.ready.set()
        deps = Deps(
            bus=bus,
            access=bus.access,
            schedules=bus.schedules,
            log=self.log,
            telemetry=telemetry,
            objects=objects,
            read_models=self.read_models,
        )
        self.app = create_app(
            assemble(deps, settings_with(), self.stop, keyring=keyring, book=book)
        )
        self.client = httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=self.app), base_url="http://c", headers=BEARER
        )

    async def tell(self, address: Address) -> None:
        """A whole evaluation, and what the projector makes of it."""
        await append(self.log, address, *story(("stdout", b"x" * 1000), ("stderr", b"y")))
        history = await self.log.read(address)
        known = fold_on(None, address, history)
        assert known is not None
        self.read_models.rows[address] = Row(known.view, known.state, history.position.sequence)

    async def archive(self, **changes: object) -> int:
        """Let a storage archive everything that is there; how far that is."""
        settings = StorageSettings.model_validate(
            {"instance": "s1", "segment_seconds": 0.05, "segment_bytes": 6000} | changes
        )
        telemetry = configure("storage", instance="s1")
        storage = Storage(StorageDeps(self.bus, self.log, telemetry, self.objects), settings)
        stop = asyncio.Event()
        work = asyncio.create_task(storage.run(stop))
        reader = ArchiveReader(self.objects, stream="EVALUATIONS")

        async def done() -> bool:
            state = await self.bus.state()
            manifest = await reader.manifest(state.epoch)
            assert not work.done(), work.exception()
            return manifest is not None and manifest.archived == manifest.settled == state.last

        await wait_until(done, within=30)
        stop.set()
        await asyncio.wait_for(work, 10)
        return (await self.bus.state()).last

    async def purge(self, upto: int, filter_: str = "") -> None:
        """Trim the stream as retention does."""
        request = {"seq": upto + 1} | ({"filter": filter_} if filter_ else {})
        await api.call(self.bus.connection, "STREAM.PURGE.EVALUATIONS", request, dict)

    async def cursors(self, **params: Any) -> list[str]:
        """What a replay gives, which must be whole."""
        answer = await self.client.get(PATH, params=params)
        assert answer.status_code == 200, answer.text
        *lines, last = [msgspec.json.decode(line) for line in answer.text.split("\n")[:-1]]
        assert last.get("end") is True, last
        return [line["cursor"] for line in lines]

    async def ids(self, **params: Any) -> list[str]:
        """The same by server-sent events."""
        headers = {"Accept": "text/event-stream"}
        answer = await self.client.get(PATH, params=params, headers=headers)
        *events, last = parse_events(answer.text)
        assert last.name == "end"
        return [event.id for event in events]


@asynccontextmanager
async def plant(nats: NatsServer, s3: ObjectSettings, **changes: object) -> AsyncIterator[Plant]:
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(
            open_bus(bus_settings(nats.url, **changes), name="g1")
        )
        objects = await stack.enter_async_context(open_objects(s3))
        made = Plant(bus, objects)
        yield made
        await made.client.aclose()


ADDRESSES = [address_of(n, "main" if n % 2 else "other") for n in range(1, 7)]


async def test_from_each_event_the_rest_comes_while_more_and_more_is_trimmed(
    nats_server: NatsServer, s3_settings: ObjectSettings
) -> None:
    async with plant(nats_server, s3_settings) as it:
        for address in ADDRESSES:
            await it.tell(address)
        archived = await it.archive()
        await it.tell(address_of(7))
        log = await messages_of(it.bus)
        epoch, last = (await it.bus.state()).epoch, log[-1].sequence
        mine = [f"{epoch}-{one.sequence}" for one in log if ".main." in one.subject]
        assert archived < last == len(log)
        own = ADDRESSES[2]
        feed = f"/v1/evaluations/{own.evaluation}/events"
        whole = parse_events((await it.client.get(feed)).text)
        assert [event.name for event in whole][-2:] == ["completed", "end"]

        async def check(step: int) -> None:
            for place in range(0, last + 1, step):
                rest = [one for one in mine if int(one.rpartition("-")[2]) > place]
                assert await it.cursors(**{"from": f"{epoch}-{place}"}) == rest
            for place in range(3, last, 11):
                time = log[place].time.isoformat()
                rest = [one for one in mine if int(one.rpartition("-")[2]) > place]
                assert await it.ids(**{"from": time}) == rest
            assert parse_events((await it.client.get(feed)).text) == whole
            headers = {"Last-Event-ID": whole[1].id}
            answer = await it.client.get(feed, headers=headers)
            assert parse_events(answer.text) == whole[2:]

        await check(10)
        # Another tenant's first, so that the stream has holes, then everything up to the middle of an evaluation, …
        await it.purge(9, "evaluations.other.>")
        assert (await it.bus.state()).deleted
        await check(7)
        own_third = next(o.sequence for o in log if o.subject.startswith(own.prefix)) + 2
        await it.purge(own_third)
        await check(1)
        # … then all that is archived.
        await it.purge(archived)
        assert (await it.bus.state()).first == archived + 1
        await check(7)
        by_tenant = (await it.client.post("/v1/tenants", json={"name": "x"})).json()["tenant"]
        assert await it.cursors(tenant=by_tenant) == []


async def test_a_replay_that_is_slow_misses_nothing_of_what_is_trimmed_under_it(
    nats_server: NatsServer, s3_settings: ObjectSettings
) -> None:
    async with plant(nats_server, s3_settings) as it:
        for n in range(1, 31):
            await it.tell(address_of(n))
        archived = await it.archive()
        async with (
            serving(it.app, host="127.0.0.1", port=0, graceful_seconds=5) as port,
            httpx2.AsyncClient(
                base_url=f"http://127.0.0.1:{port}", headers=BEARER, timeout=20.0
            ) as client,
            client.stream("GET", PATH, params={"follow": "true"}) as answer,
        ):
            lines = answer.aiter_lines()
            seen: list[int] = []

            async def read(count: int) -> None:
                while len(seen) < count:
                    line = msgspec.json.decode(await anext(lines))
                    if "event" in line:
                        seen.append(int(line["cursor"].rpartition("-")[2]))

            await read(10)
            await it.purge(archived)
            await it.tell(address_of(31))
            last = (await it.bus.state()).last
            await read(last)
            assert seen == list(range(1, last + 1))
            it.stop.set()


async def test_a_cursor_of_a_log_that_was_lost_leads_from_its_archive_into_the_new_one(
    nats_server: NatsServer, s3_settings: ObjectSettings
) -> None:
    async with plant(nats_server, s3_settings) as it:
        await it.tell(ADDRESSES[0])
        await it.archive()
        old = (await it.bus.state()).epoch
        before: list[Stored] = await messages_of(it.bus)
        row = it.read_models.rows
    await nats_server.stop()
    nats_server.wipe()
    await nats_server.start()
    async with plant(nats_server, s3_settings) as it:
        new = (await it.bus.state()).epoch
        it.read_models.rows = row
        await it.tell(ADDRESSES[2])
        now = [f"{new}-{one.sequence}" for one in await messages_of(it.bus)]
        then = [f"{old}-{one.sequence}" for one in before]
        # Nobody has said yet which log the new one follows; the cursor does.
        assert await it.cursors(**{"from": f"{old}-2"}) == then[2:] + now
        await it.archive(accept_stream=new)
        manifest = await ArchiveReader(it.objects, stream="EVALUATIONS").manifest(new)
        assert manifest is not None
        assert manifest.follows == old
        now = [f"{new}-{one.sequence}" for one in await messages_of(it.bus)]
        for place in range(len(then)):
            assert await it.cursors(**{"from": f"{old}-{place}"}) == then[place:] + now
        assert await it.cursors() == then + now
        assert await it.cursors(**{"from": before[3].time.isoformat()}) == then[3:] + now
        answer = await it.client.get(f"/v1/evaluations/{ADDRESSES[0].evaluation}/events")
        assert [event.id for event in parse_events(answer.text)] == [*then[:5], ""]


@pytest.mark.parametrize("how", ["missing", "changed"])
async def test_what_the_store_has_lost_or_changed_is_told(
    nats_server: NatsServer, s3_settings: ObjectSettings, how: str
) -> None:
    async with plant(nats_server, s3_settings) as it:
        for address in ADDRESSES:
            await it.tell(address)
        archived = await it.archive()
        await it.purge(archived)
        keys = [one.key async for one in it.objects.list("archive/") if one.key.endswith(".zst")]
        assert len(keys) > 2
        found = await it.objects.get(keys[1])
        assert found is not None
        if how == "missing":
            await it.objects.delete(keys[1])
        else:
            await it.objects.put(keys[1], found[1][:-1] + bytes([found[1][-1] ^ 1]))
        answer = await it.client.get(PATH)
        *lines, last = [msgspec.json.decode(line) for line in answer.text.split("\n")[:-1]]
        assert lines
        assert last["problem"]["code"] == "archive_damaged"
        at_once = await it.client.get(PATH, params={"from": lines[-1]["cursor"]})
        assert at_once.status_code in {200, 502}
