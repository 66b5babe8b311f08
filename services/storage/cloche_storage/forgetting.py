"""Lines of the archive that are old enough are forgotten, and those that are left are counted, segment by segment.

A segment is written again under its key with the same digest, on the condition that it is still the one that was read:
a writer that was overtaken undoes nothing. The accounts say first what is no longer counted, and then the segment is
written; whoever comes after a crash in between forgets the same lines once more and counts none of them twice.
"""

import asyncio
from collections.abc import Callable, Collection

from cloche_kit.archive import lines
from cloche_kit.archive.accounts import EVERYBODY, Accounts, Amount, Rewriting
from cloche_kit.archive.index import Manifest, SegmentRef
from cloche_kit.archive.lines import Line
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.segment import Damaged, Opened, repack
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectInfo, Objects
from msgspec import Struct

from cloche_storage import metrics
from cloche_storage.book import Book

Amounts = dict[str, Amount]
log = get_logger(__name__)


class Goals(Struct, frozen=True):
    """Up to which sequence lines are to be forgotten: of each tenant of `own`, and of everybody else."""

    own: dict[str, int]
    default: int = 0

    def of(self, tenant: str) -> int:
        return self.own.get(tenant, self.default)

    def due(self, accounts: Accounts) -> dict[str, tuple[int, int]]:
        """For whom something is left to do, `EVERYBODY` among them: from which sequence to which."""
        names = self.own.keys() | accounts.forgotten.keys() | {EVERYBODY}
        spans = {name: (accounts.forgotten_of(name), self.of(name)) for name in names}
        return {name: span for name, span in spans.items() if span[0] < span[1]}


class Forgetter:
    """For the holder of the lease. `ObjectsUnavailable`; `Damaged`; `Fenced` if it no longer is."""

    def __init__(self, objects: Objects, reader: ArchiveReader, book: Book) -> None:
        self._objects = objects
        self._reader = reader
        self._book = book

    async def count(self, manifest: Manifest, most: int) -> int:
        """Count what was archived since, at most `most` segments; how many it were."""
        accounts = await self._book.read()
        amounts, counted, seen = dict(accounts.archive), accounts.counted, 0
        async for ref in self._reader.segments(manifest, after=accounts.counted):
            opened = await self._reader.open(manifest, ref)
            for tenant, amount in _amounts(opened, lambda _: True).items():
                amounts[tenant] = amounts.get(tenant, Amount()).plus(amount.count, amount.bytes)
            counted, seen = ref.last, seen + 1
            if seen == most:
                break
        if seen:
            await self._book.write(archive=amounts, counted=counted)
        return seen

    async def forget(self, manifest: Manifest, goals: Goals, most: int) -> int:
        """Forget what is due, in whole segments, at most `most` of them; how many were looked at."""
        accounts = await self._book.read()
        due = goals.due(accounts)
        if not due:
            return 0
        seen, reached = 0, max(goal for _, goal in due.values())
        async for ref in self._reader.segments(manifest, after=min(a for a, _ in due.values())):
            # What is not counted yet could not be taken off.
            beyond = ref.last > min(reached, accounts.counted)
            if beyond or seen == most:
                reached = ref.first - 1
                break
            if any(done < ref.last <= goal for done, goal in due.values()):
                await self._segment(manifest, ref, goals)
                seen += 1
        await self._done(goals, due, reached)
        return seen

    async def _segment(self, manifest: Manifest, ref: SegmentRef, goals: Goals) -> None:
        key = manifest.segment_key(ref)
        found = await self._objects.get(key)
        if found is None:
            raise Damaged(key, "it is missing")
        opened = await asyncio.to_thread(Opened.of, key, found[1])
        if opened.digest != ref.digest:
            raise Damaged(key, f"its digest is {opened.digest} where {ref.digest} was written")
        gone = _amounts(opened, lambda tenant: goals.of(tenant) >= ref.last)
        if not gone:
            return
        await self._take_off(ref, gone)
        data = await asyncio.to_thread(_without, opened, gone.keys())
        if data[1] != ref.digest:
            raise Damaged(key, f"without what is to be forgotten its digest would be {data[1]}")
        put = await self._objects.put(key, data[0], if_match=found[0].etag)
        if not isinstance(put, ObjectInfo):
            raise Damaged(key, "it was written by somebody else meanwhile")
        metrics.REWRITTEN.inc()
        metrics.FORGOTTEN.labels("archive").inc(sum(one.bytes for one in gone.values()))
        log.info("forgotten", key=key, lines=sum(one.count for one in gone.values()))

    async def _take_off(self, ref: SegmentRef, gone: Amounts) -> None:
        """No longer count `gone`, but for what was taken off before a crash."""
        accounts = await self._book.read()
        before = accounts.rewriting
        taken = before.tenants if before is not None and before.first == ref.first else ()
        amounts = dict(accounts.archive)
        for tenant in gone.keys() - set(taken):
            left = amounts.get(tenant, Amount()).plus(-gone[tenant].count, -gone[tenant].bytes)
            amounts[tenant] = Amount(max(left.count, 0), max(left.bytes, 0))
        tenants = tuple(sorted({*taken, *gone}))
        await self._book.write(archive=amounts, rewriting=Rewriting(ref.first, tenants))

    async def _done(self, goals: Goals, due: dict[str, tuple[int, int]], reached: int) -> None:
        """Everything due was done up to `reached`; the last segment that was written again is whole."""
        accounts = await self._book.read()
        # From now on these go their own way: what is done for everybody else is not done for them.
        apart = {tenant: accounts.forgotten_of(tenant) for tenant in goals.own}
        forgotten = apart | accounts.forgotten
        for name, (done, goal) in due.items():
            forgotten[name] = max(done, min(goal, reached))
        if forgotten != accounts.forgotten or accounts.rewriting is not None:
            await self._book.write(forgotten=forgotten, rewriting=None)


def tenant_of(line: Line) -> str:
    """Whose line it is; the empty text for nobody's, and for one that was forgotten."""
    tokens = line.subject.split(".")
    return tokens[1] if len(tokens) > 2 else ""


def _amounts(opened: Opened, counts: Callable[[str], bool]) -> Amounts:
    """Lines and their bytes by tenant, of those tenants that count."""
    found: Amounts = {}
    for row, line in opened.lines:
        tenant = tenant_of(line)
        if tenant and counts(tenant):
            found[tenant] = found.get(tenant, Amount()).plus(1, len(row) + 1)
    return found


def _without(opened: Opened, tenants: Collection[str]) -> tuple[bytes, str]:
    rows = [lines.forget(row) if tenant_of(line) in tenants else row for row, line in opened.lines]
    return repack(opened, rows)
