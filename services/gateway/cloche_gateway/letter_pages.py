"""Dead letters page by page, both ways, by their place on PARKED.

The log is read forwards only. To go back is to read stretches that end where one was, each further back than the one
before; a stretch is longer where the last one held little, for most of what was put aside may have been thrown away.
"""

from collections.abc import Sequence
from heapq import merge

from cloche_kit.bus import Parked
from cloche_kit.letters import Letters
from msgspec import Struct

from cloche_gateway.cursors import BadCursor, LetterCursor
from cloche_gateway.letters import Owners, Wanted
from cloche_gateway.problems import ClientError, at

BATCH = 32
# One request looks at no more than so many, however few of them fit.
MOST_LOOKED_AT = 3200
#: Places of the log that the first stretch back is long, and how much longer the next one is after an empty one.
STRETCH, LONGER = 256, 8


class Selection(Struct, frozen=True):
    """Letters that fit, oldest first, and the cursors where there may be more."""

    items: tuple[Parked, ...]
    next_cursor: str | None = None
    prev_cursor: str | None = None


class Pages:
    """The letters of `whose` that are `wanted`. `pointer`: where the cursor stands in the request."""

    def __init__(self, letters: Letters, whose: Owners, wanted: Wanted, *, pointer: str) -> None:
        self._letters = letters
        self._whose = whose
        self._wanted = wanted
        self._pointer = pointer

    async def page(self, cursor: str | None, limit: int) -> Selection:
        """The `limit` letters beyond `cursor`, or before it; `invalid_cursor`."""
        place = self._opened(cursor)
        if place is not None and place.back:
            return await self._before(place.after, limit)
        found = await self._beyond(0 if place is None else place.after, limit)
        if place is None:
            return found
        edge = found.items[0].sequence if found.items else place.after + 1
        return Selection(found.items, found.next_cursor, self._cursor(edge, back=True))

    async def forwards(self, cursor: str | None, limit: int) -> Selection:
        """The `limit` letters beyond `cursor`; `invalid_cursor`, also of one that goes back."""
        place = self._opened(cursor)
        if place is not None and place.back:
            raise self._bad("it leads back")
        return await self._beyond(0 if place is None else place.after, limit)

    async def _beyond(self, position: int, limit: int) -> Selection:
        found: list[Parked] = []
        for _ in range(MOST_LOOKED_AT // BATCH):
            batch = await self._batch(position)
            for parked in batch:
                if self._wanted.fits(parked):
                    if len(found) == limit:
                        return Selection(tuple(found), self._cursor(found[-1].sequence))
                    found.append(parked)
                position = parked.sequence
            if len(batch) < BATCH:
                return Selection(tuple(found))
        return Selection(tuple(found), self._cursor(position))

    async def _before(self, end: int, limit: int) -> Selection:
        """The last `limit` letters with a sequence below `end`."""
        found: list[Parked] = []
        begin, stretch, looked, left = end, STRETCH, 0, end - 1
        while begin > 1 and len(found) <= limit and looked < MOST_LOOKED_AT:
            start = max(begin - stretch, 1)
            letters, whole = await self._stretch(start, begin)
            looked += len(letters)
            if not whole and stretch > STRETCH:
                # More than one request may look at: nearer first.
                stretch = STRETCH
                continue
            found[:0] = [parked for parked in letters if self._wanted.fits(parked)]
            begin = start
            if len(letters) < BATCH:
                stretch *= LONGER
        items = found[-limit:]
        more = len(found) > limit or begin > 1
        edge = items[0].sequence if len(found) > limit else begin
        return Selection(
            tuple(items),
            self._cursor(items[-1].sequence if items else left),
            self._cursor(edge, back=True) if more else None,
        )

    async def _stretch(self, start: int, end: int) -> tuple[list[Parked], bool]:
        """Every letter from `start` up to, but without, `end`; False if these are not all."""
        found: list[Parked] = []
        position = start - 1
        while len(found) < MOST_LOOKED_AT:
            batch = await self._batch(position)
            inside = [parked for parked in batch if parked.sequence < end]
            found += inside
            if len(inside) < BATCH:
                return found, True
            position = inside[-1].sequence
        return found, False

    async def _batch(self, after: int) -> list[Parked]:
        """The oldest of all owners together; fewer than `BATCH` only if there are no more."""
        handler = self._wanted.handler
        parts: Sequence[list[Parked]] = [
            await self._letters.read(owner, handler=handler, after=after, most=BATCH)
            for owner in self._whose
        ]
        return list(merge(*parts, key=lambda parked: parked.sequence))[:BATCH]

    def _opened(self, cursor: str | None) -> LetterCursor | None:
        if cursor is None:
            return None
        try:
            known = LetterCursor.decode(cursor)
        except BadCursor as error:
            raise self._bad(str(error)) from error
        if known.filter != self._wanted.mark:
            raise self._bad("it belongs to a list with another filter")
        return known

    def _bad(self, reason: str) -> ClientError:
        detail = f"cursor: {reason}"
        return ClientError("invalid_cursor", detail, errors=at(self._pointer, detail))

    def _cursor(self, place: int, *, back: bool = False) -> str:
        return LetterCursor(place, self._wanted.mark, back).encode()
