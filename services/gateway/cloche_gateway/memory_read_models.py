"""The read models without a server, for tests and for a gateway without a projector."""

from datetime import UTC, datetime, timedelta

from cloche_schemas.queue import WaitTimes
from cloche_schemas.subjects import Address
from cloche_schemas.values import StreamName
from cloche_schemas.views import EvaluationView

from cloche_gateway.batch_models import BatchModels, MemoryBatches
from cloche_gateway.filters import Listing
from cloche_gateway.list_models import Listed, page_in_memory
from cloche_gateway.projection_models import MemoryProjections
from cloche_gateway.queue_models import OpenRow, count_open, times_of
from cloche_gateway.read_models import CaseRows, KeyRow, OutputRow, Row
from cloche_gateway.statistics_models import Stretches, Tallies, tallies_in_memory


class MemoryReadModels:
    """`ReadModels` in dictionaries."""

    def __init__(self) -> None:
        self.rows: dict[Address, Row] = {}
        self.outputs: dict[tuple[Address, int, StreamName], OutputRow] = {}
        self.case_rows: dict[tuple[Address, int], CaseRows] = {}
        self.keys: dict[tuple[str, str, str], KeyRow] = {}
        #: The words that each is found by.
        self.texts: dict[Address, list[str]] = {}
        self.projections = MemoryProjections()

    @property
    def batches(self) -> BatchModels:
        return MemoryBatches(self._views())

    def _views(self) -> dict[Address, EvaluationView]:
        return {address: row.view for address, row in self.rows.items()}

    async def idempotency_key(self, tenant: str, kind: str, key: str) -> KeyRow | None:
        return self.keys.get((tenant, kind, key))

    async def evaluation(self, address: Address) -> Row | None:
        return self.rows.get(address)

    async def page(self, tenant: str, listing: Listing) -> list[Listed]:
        return page_in_memory(self._views(), self.texts, tenant, listing)

    async def statistics(self, tenant: str, wish: Stretches) -> Tallies:
        return tallies_in_memory([view for _, view in self._of(tenant)], wish)

    async def output(self, address: Address, attempt: int, stream: StreamName) -> OutputRow | None:
        return self.outputs.get((address, attempt, stream))

    async def cases(self, address: Address, attempt: int) -> CaseRows:
        return self.case_rows.get((address, attempt), CaseRows())

    async def open_counts(self, tenant: str | None) -> list[OpenRow]:
        return count_open([(one, view) for one, view in self._of(tenant)])

    async def wait_times(self, tenant: str | None, seconds: float) -> WaitTimes:
        since = datetime.now(UTC) - timedelta(seconds=seconds)
        return times_of([view for _, view in self._of(tenant)], since, seconds)

    async def ahead(self, tenant: str, view: EvaluationView) -> int:
        line = (view.engine_requested, view.priority)
        return sum(
            1
            for _, one in self._of(tenant)
            if one.status == "queued"
            and (one.engine_requested, one.priority) == line
            and one.queued_at is not None
            and view.queued_at is not None
            and (one.queued_at, one.id) < (view.queued_at, view.id)
        )

    def _of(self, tenant: str | None) -> list[tuple[str, EvaluationView]]:
        return [
            (address.tenant, row.view)
            for address, row in self.rows.items()
            if tenant in {None, address.tenant}
        ]

    async def ready(self) -> bool:
        return True
