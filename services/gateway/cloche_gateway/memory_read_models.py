"""The read models without a server, for tests and for a gateway without a projector."""

from datetime import UTC, datetime, timedelta

from cloche_schemas.queue import WaitTimes
from cloche_schemas.subjects import Address
from cloche_schemas.values import Status, StreamName
from cloche_schemas.views import EvaluationView
from msgspec.structs import replace

from cloche_gateway.batch_models import BatchModels, MemoryBatches
from cloche_gateway.cursors import PageCursor
from cloche_gateway.projection_models import MemoryProjections
from cloche_gateway.queue_models import OpenRow, count_open, times_of
from cloche_gateway.read_models import CaseRows, KeyRow, OutputRow, Row


class MemoryReadModels:
    """`ReadModels` in dictionaries."""

    def __init__(self) -> None:
        self.rows: dict[Address, Row] = {}
        self.outputs: dict[tuple[Address, int, StreamName], OutputRow] = {}
        self.case_rows: dict[tuple[Address, int], CaseRows] = {}
        self.keys: dict[tuple[str, str, str], KeyRow] = {}
        self.projections = MemoryProjections()

    @property
    def batches(self) -> BatchModels:
        return MemoryBatches({address: row.view for address, row in self.rows.items()})

    async def idempotency_key(self, tenant: str, kind: str, key: str) -> KeyRow | None:
        return self.keys.get((tenant, kind, key))

    async def evaluation(self, address: Address) -> Row | None:
        return self.rows.get(address)

    async def page(
        self,
        tenant: str,
        *,
        limit: int,
        after: PageCursor | None,
        status: Status | None,
        batch: str | None = None,
    ) -> list[EvaluationView]:
        def place(view: EvaluationView) -> tuple[float, str]:
            return (view.submitted_at.timestamp() if view.submitted_at else 0.0, view.id)

        beyond = (after.submitted_at.timestamp(), after.id) if after else None
        found = [
            replace(row.view, attempts=(), artifacts=(), skipped_artifacts=())
            for address, row in self.rows.items()
            if address.tenant == tenant
            and (status is None or row.view.status == status)
            and (batch is None or (row.view.batch is not None and row.view.batch.id == batch))
            and (beyond is None or place(row.view) < beyond)
        ]
        return sorted(found, key=place, reverse=True)[:limit]

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
