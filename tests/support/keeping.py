"""Retention step by step, over a log and a store in memory, at a time that the test sets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Self

from cloche_kit.archive.accounts import Accounts
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.replay import archived
from cloche_kit.bus import Stored
from cloche_kit.objects import MemoryObjects
from cloche_kit.progress import READ_MODELS, Progress
from cloche_kit.subject_filter import matches_any
from cloche_kit.topology import EVALUATIONS
from cloche_schemas.access import TENANT_SUBJECT, TenantRecord
from cloche_schemas.subjects import ALL_LOGS
from cloche_storage.book import Book
from cloche_storage.deps import Deps
from cloche_storage.manifest import Ledger
from cloche_storage.policies import Policies
from cloche_storage.retention import Retention
from cloche_storage.settings import StorageSettings
from msgspec import json
from msgspec.structs import replace
from support.archive import World
from support.recorded import address_of, story
from support.waiting import wait_until

DAY = timedelta(days=1)
ONE, TWO, THEIRS = address_of(1), address_of(2), address_of(3, "theirs")
WROTE = story(("stdout", b"x" * 200))


async def a_past(objects: MemoryObjects | None = None) -> World:
    """Three evaluations of two tenants that are over, with what storage says of them at the end: 1 to 15."""
    world = World(objects)
    for address in (ONE, THEIRS, TWO):
        await world.append(address, *WROTE)
    return world


class Keeper:
    """Holds the lease of an archive and forgets when it is told to. `now` moves only where the test says so."""

    def __init__(self, world: World, **changes: object) -> None:
        self.world = world
        self.now = datetime.now(UTC)
        self.settings = StorageSettings.model_validate({"instance": "keeper"} | changes)
        self.policies = Policies(self.settings, None)

    @classmethod
    @asynccontextmanager
    async def of(cls, world: World, **changes: object) -> AsyncIterator[Self]:
        """Everything on the log is archived, settled and projected, and nothing is old."""
        async with world.storage(segment_bytes=1500, segment_seconds=0.05):
            await wait_until(lambda: _caught_up(world))
        keeper = cls(world, **changes)
        await keeper.take()
        await keeper.say()
        yield keeper

    async def take(self) -> None:
        """The lease, from whoever had it."""
        world = self.world
        self.ledger = Ledger(world.objects, stream=EVALUATIONS, instance="keeper", lease=0.01)
        assert await self.ledger.acquire(world.bus.state, accept="", stop=asyncio.Event())
        deps = Deps(world.bus, world.log, world.telemetry, world.objects)
        self.retention = Retention(
            deps, self.ledger, self.policies, self.settings, clock=lambda: self.now
        )

    async def say(self, sequence: int | None = None, oldest_open: int | None = None) -> None:
        """What the projector says now; by default that it has seen everything, and that nothing is open."""
        state = await self.world.bus.state()
        sequence = state.last if sequence is None else sequence
        await self.world.bus.progress.say(
            READ_MODELS,
            Progress(epoch=state.epoch, sequence=sequence, oldest_open=oldest_open, at=self.now),
        )

    async def later(self, days: float, *, said: bool = True) -> None:
        """So many days pass, the projector (`said`) says the same as before, and one round is done."""
        self.now += days * DAY
        if said:
            for name, word in (await self.world.bus.progress.said()).items():
                await self.world.bus.progress.say(name, replace(word, at=self.now))
        await self.round()

    async def round(self) -> None:
        await self.retention.look()
        await self.retention.round()

    def tenant(self, token: str, **periods: float) -> None:
        """What the access log says of a tenant."""
        record = replace(TenantRecord(tenant=token, name=token, created_at=self.now), **periods)
        stored = Stored(TENANT_SUBJECT + token, 1, self.now, json.encode(record))
        self.policies.take(stored)

    async def left(self) -> list[int]:
        """Sequences that the stream still holds."""
        return [one.sequence for one in await self.world.everything()]

    async def replayed(self, *filters: str) -> list[int]:
        """Sequences that a reader of the whole past finds in the archive, and beyond it on the stream."""
        reader = ArchiveReader(self.world.objects, stream=EVALUATIONS)
        found: list[int] = []
        after = 0
        source = archived(self.world.bus, reader, after=0, filters=filters)
        async for messages, reached in source:
            found += [one.sequence for one in messages]
            after = reached
        left = [
            one.sequence
            for one in await self.world.everything()
            if one.sequence > after and (not filters or matches_any(filters, one.subject))
        ]
        return found + left

    async def accounts(self) -> Accounts:
        manifest = self.ledger.manifest
        return await Book(self.world.objects, stream=manifest.stream, epoch=manifest.epoch).read()


async def _caught_up(world: World) -> bool:
    """Everything is archived, and every output settled."""
    manifest, last = await world.manifest(), await world.bus.last(ALL_LOGS)
    settled = last is None or manifest.settled >= last.sequence
    return settled and manifest.archived == (await world.bus.state()).last
