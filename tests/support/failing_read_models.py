"""Read models in memory that can be away, as PostgreSQL can."""

from collections.abc import Callable
from typing import Any

from cloche_gateway.batch_models import BatchModels
from cloche_gateway.memory_read_models import MemoryReadModels
from cloche_gateway.projection_models import MemoryProjections
from cloche_gateway.read_models import ReadModelsUnavailable, Row
from cloche_schemas.projections import ProjectionView
from cloche_schemas.subjects import Address


class FailingProjections(MemoryProjections):
    """As the store that they lie in."""

    def __init__(self, check: Callable[[], None]) -> None:
        super().__init__()
        self._check = check

    async def all(self) -> list[ProjectionView]:
        self._check()
        return await super().all()


class FailingReadModels(MemoryReadModels):
    """PostgreSQL is away while `down`."""

    down = False

    def __init__(self) -> None:
        super().__init__()
        self.projections = FailingProjections(self._check)

    async def evaluation(self, address: Address) -> Row | None:
        self._check()
        return await super().evaluation(address)

    async def page(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return await super().page(*args, **kwargs)

    async def statistics(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return await super().statistics(*args, **kwargs)

    async def output(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return await super().output(*args, **kwargs)

    async def cases(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return await super().cases(*args, **kwargs)

    async def idempotency_key(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return await super().idempotency_key(*args, **kwargs)

    @property
    def batches(self) -> BatchModels:
        self._check()
        return super().batches

    async def ready(self) -> bool:
        return not self.down

    def _check(self) -> None:
        if self.down:
            raise ReadModelsUnavailable("connection refused: password=secret")
