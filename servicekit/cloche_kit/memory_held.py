"""`Queue` of the bus in memory: what is held, and moved to its WORK."""

import re
from collections import Counter
from collections.abc import Callable, Iterable

from cloche_kit.bus import Stored
from cloche_kit.queue import Depth, Held

_QUEUED = re.compile(r"evaluations\.([^.]+)\.[^.]+\.lifecycle\.queued\.([^.]+)\.([^.]+)")


class MemoryQueue:
    """See `Queue`. `work` tells the subjects of what is in WORK, `put` puts something there."""

    def __init__(
        self,
        work: Callable[[], Iterable[str]],
        put: Callable[[str, Stored], None],
        sound: Callable[[], None],
    ) -> None:
        self._work = work
        self._put = put
        self._sound = sound
        self._held: dict[int, Held] = {}
        self._last = 0
        self._released: set[int] = set()

    def hold(self, stored: Stored) -> None:
        """Take a message of the log that is to be held, as the server's transform does; any other is none of ours."""
        tokens = stored.subject.split(".")
        if tokens[3:5] == ["lifecycle", "held"] and len(tokens) == 8:
            self._last += 1
            engine, priority, turns = tokens[5:]
            subject = f"held.{engine}.{priority}.{tokens[1]}.{turns}"
            self._held[self._last] = Held(subject, self._last, stored)

    async def depth(self) -> Depth:
        self._sound()
        held = Counter(one.subject for one in self._held.values())
        return Depth(dict(Counter(self._work())), dict(held))

    async def held(self, subject: str, *, after: int = 0, most: int = 100) -> list[Held]:
        self._sound()
        found = [one for one in self._held.values() if one.subject == subject]
        return [one for one in found if one.sequence > after][:most]

    async def release(self, held: Held) -> None:
        self._sound()
        if held.stored.sequence not in self._released:
            self._released.add(held.stored.sequence)
            self._put(f"work{held.subject.removeprefix('held')}", held.stored)
        await self.drop(held)

    async def drop(self, held: Held) -> None:
        self._sound()
        self._held.pop(held.sequence, None)


def work_subject(subject: str) -> str | None:
    """Where the transform of WORK sends a subject of the log; None: nowhere."""
    match = _QUEUED.fullmatch(subject)
    if match is None:
        return None
    tenant, engine, priority = match.groups()
    return f"work.{engine}.{priority}.{tenant}"


def released_as(work: str) -> str | None:
    """Where the server announces what lies on a subject of WORK; None where it does not."""
    tokens = work.split(".")
    return f"released.{tokens[1]}.{tokens[2]}" if len(tokens) == 5 else None
