"""The sandboxes of one engine that wait for nobody yet, by mould, and what the metrics say of them."""

from collections import deque
from collections.abc import Callable

from msgspec import Struct

from cloche_executor import metrics
from cloche_executor.sandbox import Mould, Prepared


class _Waiting(Struct, frozen=True):
    prepared: Prepared
    since: float


class Shelf:
    """The oldest of a mould goes first. Whatever leaves it unused goes through `let_go`."""

    def __init__(
        self, engine: str, let_go: Callable[[Prepared], None], *, clock: Callable[[], float]
    ) -> None:
        self._engine = engine
        self._let_go = let_go
        self._clock = clock
        self._by_mould: dict[Mould, deque[_Waiting]] = {}
        self._told: set[str] = set()

    def __len__(self) -> int:
        return sum(map(len, self._by_mould.values()))

    @property
    def moulds(self) -> list[Mould]:
        """Those of which at least one waits."""
        return list(self._by_mould)

    def count(self, mould: Mould) -> int:
        return len(self._by_mould.get(mould, ()))

    def put(self, mould: Mould, prepared: Prepared) -> None:
        self._by_mould.setdefault(mould, deque()).append(_Waiting(prepared, self._clock()))
        self._tell()

    def take(self, mould: Mould) -> Prepared | None:
        """The oldest that is alive; the dead before it are let go."""
        waiting = self._by_mould.get(mould, deque())
        taken: Prepared | None = None
        while waiting and taken is None:
            prepared = waiting.popleft().prepared
            if prepared.alive:
                taken = prepared
            else:
                self._let_go(prepared)
        self._tidy(mould)
        return taken

    def give_up_oldest(self, mould: Mould) -> None:
        self._let_go(self._by_mould[mould].popleft().prepared)
        self._tidy(mould)

    def sort_out(self, idle_seconds: float) -> None:
        """Let go what is dead or has waited for too long."""
        now = self._clock()
        for mould, waiting in list(self._by_mould.items()):
            kept: deque[_Waiting] = deque()
            for one in waiting:
                if one.prepared.alive and now - one.since < idle_seconds:
                    kept.append(one)
                else:
                    self._let_go(one.prepared)
            self._by_mould[mould] = kept
            self._tidy(mould)

    def clear(self) -> None:
        for waiting in self._by_mould.values():
            for one in waiting:
                self._let_go(one.prepared)
        self._by_mould.clear()
        self._tell()

    def _tidy(self, mould: Mould) -> None:
        if not self._by_mould.get(mould):
            self._by_mould.pop(mould, None)
        self._tell()

    def _tell(self) -> None:
        """Tell the metrics how many wait; an image of which none is left has 0."""
        sizes = dict.fromkeys(self._told, 0)
        for mould, waiting in self._by_mould.items():
            sizes[mould.image] = sizes.get(mould.image, 0) + len(waiting)
        for image, size in sizes.items():
            metrics.POOL_SIZE.labels(self._engine, image).set(size)
        self._told |= set(sizes)
