"""Sandboxes started ahead, each used once: a program finds one waiting instead of waiting for it.

They wait by mould, so that limits hold exactly. Who finds none waits for the next of its mould, made for it or under
way already. Sandboxes for nobody are made beside that, but never in the last free turn nor while the engine fails.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

from cloche_kit.logs import get_logger
from cloche_schemas.languages import LANGUAGES
from cloche_schemas.values import Limits
from msgspec import Struct

from cloche_executor import metrics
from cloche_executor.demand import Demand
from cloche_executor.pauses import Pauses
from cloche_executor.sandbox import (
    Engine,
    EngineUnavailable,
    ImageMissing,
    Job,
    Mould,
    Prepared,
    Sandbox,
    SandboxError,
    Wanted,
    always,
    begin,
    mould_of,
)
from cloche_executor.shelf import Shelf
from cloche_executor.turns import Turns

LOOK_SECONDS = 1.0
# While others wait, the next is made when the program that was just handed over has begun.
GIVE_WAY_SECONDS = 0.05
# The key of the pauses for everything: it is the engine that fails.
_ENGINE = "engine"
_log = get_logger(__name__)


class Bounds(Struct, frozen=True, kw_only=True):
    """How many sandboxes wait: `least` of `default` always, `most` of all together, none longer than `idle_seconds`."""

    default: Mould = mould_of(LANGUAGES["python"].image, Limits())
    least: int = 2
    most: int = 8
    idle_seconds: float = 300.0


class Pool:
    """The sandboxes of one engine. `turns` are shared with the pools of other engines."""

    def __init__(
        self,
        engine: Engine,
        bounds: Bounds | None = None,
        turns: Turns | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._bounds = bounds or Bounds()
        self._turns = turns or Turns()
        self._clock = clock
        self._demand = Demand(clock=clock)
        self._ready = Shelf(engine.facts.name, self._let_go, clock=clock)
        self._making: Counter[Mould] = Counter()
        self._asking: dict[Mould, deque[asyncio.Future[Prepared]]] = {}
        self._pauses = Pauses(clock=clock)
        self._changed = asyncio.Event()
        self._productions: set[asyncio.Task[None]] = set()
        self._closings: set[asyncio.Task[None]] = set()
        self._closed = False
        self._refill_at = 0.0
        self._turns.listen(self._changed.set)

    async def start(self, job: Job, *, wanted: Wanted = always) -> tuple[Sandbox, bool]:
        """The sandbox with its program begun, and whether it had been started ahead. `SandboxError`, `CalledOff`."""
        mould = job.mould
        self._demand.note(mould)
        if ahead := self._ready.take(mould):
            self._give_way(mould)
        else:
            self._missed(mould)
        try:
            sandbox = await begin(ahead or await self._next(mould), job, wanted)
        except (EngineUnavailable, ImageMissing):
            raise
        except SandboxError as error:
            # Without its word that the program began it did not, and a second one harms nobody. It is made for this
            # program from the first step on: one that is under way may have lost its engine as this one did.
            _log.warning("sandbox_not_handed_over", engine=self._name, error=str(error))
        else:
            if ahead:
                metrics.POOL_HITS.labels(self._name, mould.image).inc()
            return sandbox, ahead is not None
        if ahead:
            self._missed(mould)
        await self._turns.take()
        return await begin(await self._prepare(mould), job, wanted), False

    async def run(self) -> None:
        """Keep what waits alive and enough, for ever."""
        while True:
            self._changed.clear()
            try:
                self._tend()
            except Exception:
                _log.exception("pool_not_tended", engine=self._name)
            soon = self._refill_at - self._clock()
            with suppress(TimeoutError):
                async with asyncio.timeout(soon if soon > 0 else LOOK_SECONDS):
                    await self._changed.wait()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Pool"]:
        """The pool while `run` goes on; closed in the end."""
        tending = asyncio.create_task(self.run())
        try:
            yield self
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
            await self.close()

    async def close(self) -> None:
        """Give back everything that waits or is under way."""
        self._closed = True
        for making in self._productions:
            making.cancel()
        await asyncio.gather(*self._productions, return_exceptions=True)
        for asking in self._asking.values():
            for asked in asking:
                if not asked.done():
                    asked.set_exception(EngineUnavailable("this executor stops"))
        self._ready.clear()
        await asyncio.gather(*self._closings)

    @property
    def size(self) -> int:
        """How many wait."""
        return len(self._ready)

    @property
    def _name(self) -> str:
        return self._engine.facts.name

    def _missed(self, mould: Mould) -> None:
        metrics.POOL_MISSES.labels(self._name, mould.image).inc()
        self._changed.set()

    def _give_way(self, mould: Mould) -> None:
        """Refill a moment later, unless a moment has begun already or nobody else of the mould waits."""
        if not self._ready.count(mould):
            self._refill_at = 0.0
        elif self._refill_at <= self._clock():
            self._refill_at = self._clock() + GIVE_WAY_SECONDS
        self._changed.set()

    async def _next(self, mould: Mould) -> Prepared:
        """The next one that comes up. Each that is asked for is under way, and goes before those for nobody."""
        asked: asyncio.Future[Prepared] = asyncio.get_running_loop().create_future()
        asking = self._asking.setdefault(mould, deque())
        asking.append(asked)
        if self._making[mould] < len(asking):
            self._make(mould, spare=False)
        try:
            return await asked
        except asyncio.CancelledError:
            if asked in asking:
                asking.remove(asked)
            elif not asked.cancelled() and asked.exception() is None:
                self._put(mould, asked.result())
            raise

    def _make(self, mould: Mould, *, spare: bool) -> None:
        self._making[mould] += 1
        _keep(self._productions, self._produce(mould, spare=spare))

    async def _produce(self, mould: Mould, *, spare: bool) -> None:
        """Make one, in a turn that is taken already if it is a spare one, and give it to whoever waits longest."""
        try:
            if not spare:
                await self._turns.take()
            prepared = await self._prepare(mould)
        except Exception as error:
            self._failed(mould, error)
        else:
            self._pauses.succeeded(mould, _ENGINE)
            self._put(mould, prepared)
        finally:
            self._making[mould] -= 1
            if not self._making[mould]:
                del self._making[mould]
            self._changed.set()

    async def _prepare(self, mould: Mould) -> Prepared:
        """One made in a turn that was taken, which is given back."""
        try:
            began = self._clock()
            prepared = await self._engine.prepare(mould)
            metrics.REFILL_SECONDS.labels(self._name, mould.image).observe(self._clock() - began)
        finally:
            self._turns.give_back()
        return prepared

    def _put(self, mould: Mould, prepared: Prepared) -> None:
        if (asked := self._longest_asking(mould)) is not None:
            asked.set_result(prepared)
            return
        # Those whom many had asked for that gave up meanwhile are more than may wait.
        if self._closed or self.size >= self._bounds.most:
            self._let_go(prepared)
            return
        self._ready.put(mould, prepared)

    def _failed(self, mould: Mould, error: Exception) -> None:
        self._pauses.failed(_ENGINE if isinstance(error, EngineUnavailable) else mould)
        if (asked := self._longest_asking(mould)) is not None:
            asked.set_exception(error)
        elif isinstance(error, SandboxError):
            _log.warning("pool_not_refilled", engine=self._name, error=str(error))
        else:
            _log.error("pool_not_refilled", engine=self._name, exc_info=error)

    def _longest_asking(self, mould: Mould) -> "asyncio.Future[Prepared] | None":
        asking = self._asking.get(mould, deque())
        while asking:
            if not (asked := asking.popleft()).done():
                return asked
        return None

    def _tend(self) -> None:
        """Let go what is dead or too old, then fill up."""
        self._ready.sort_out(self._bounds.idle_seconds)
        if self._clock() < self._refill_at:
            return
        bounds = self._bounds
        shares = self._demand.shares(bounds.default, bounds.least, bounds.most)
        for mould, share in shares.items():
            while self._there(mould) < share and not self._pauses.last(mould, _ENGINE):
                if not self._room(shares) or not self._turns.take_spare():
                    break
                self._make(mould, spare=True)

    def _there(self, mould: Mould) -> int:
        """Those that wait, and those under way that nobody has asked for."""
        under_way = self._making[mould] - len(self._asking.get(mould, ()))
        return self._ready.count(mould) + max(0, under_way)

    def _room(self, shares: dict[Mould, int]) -> bool:
        """Whether there is place for one more, if need be by letting go the least wanted that is beyond its share."""
        if (
            sum(self._there(mould) for mould in {*self._ready.moulds, *self._making})
            < self._bounds.most
        ):
            return True
        beyond = [m for m in self._ready.moulds if self._there(m) > shares.get(m, 0)]
        if not beyond:
            return False
        mould = min(beyond, key=self._demand.score)
        self._ready.give_up_oldest(mould)
        return True

    def _let_go(self, prepared: Prepared) -> None:
        _keep(self._closings, prepared.close())


def _keep(tasks: set[asyncio.Task[None]], work: Coroutine[Any, Any, None]) -> None:
    """Do `work` beside, kept in `tasks` until it is done."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
