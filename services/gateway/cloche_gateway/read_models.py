"""What the projector has folded, as the gateway reads it: a port, and PostgreSQL behind it.

memory_read_models.py is the same without a server. One suite holds both to the contract
(tests/contract/gateway/test_read_models.py).
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Protocol
from uuid import UUID

import asyncpg
import msgspec
from cloche_domain import Evaluation
from cloche_kit.breaker import Breaker, Tripped
from cloche_schemas.queue import WaitTimes
from cloche_schemas.subjects import Address
from cloche_schemas.values import StreamName
from cloche_schemas.views import CaseResult, EvaluationView
from msgspec import Struct

from cloche_gateway import list_models, statistics_models
from cloche_gateway.batch_models import BatchModels, PostgresBatches
from cloche_gateway.filters import Listing
from cloche_gateway.list_models import Listed
from cloche_gateway.postgres_calls import COMMAND_SECONDS, CONNECT_SECONDS, borrowed
from cloche_gateway.postgres_metrics import counted, shown
from cloche_gateway.projection_models import PostgresProjections, ProjectionModels
from cloche_gateway.queue_models import (
    AHEAD,
    OPEN,
    TIMES,
    OpenRow,
    open_rows,
    wait_times,
)
from cloche_gateway.statistics_models import Stretches, Tallies

#: Of so many connections no more than so many are searching or counting: whatever that takes, others find one.
CONNECTIONS, SEARCHES = 8, 4


class ReadModelsUnavailable(Exception):  # noqa: N818
    """The store does not answer. Reads have no effect: try again."""


class ReadModelsTripped(ReadModelsUnavailable, Tripped):
    """It has not answered for a while: nothing was asked."""


class Row(Struct, frozen=True):
    """One evaluation. `stream_sequence` is that of the last lifecycle event folded in."""

    view: EvaluationView
    state: Evaluation
    stream_sequence: int


class OutputRow(Struct, frozen=True):
    """One stream of one attempt: `size` recorded bytes, of which `data` are the first, or all."""

    size: int
    data: bytes


class CaseRows(Struct, frozen=True):
    """Results of one attempt's cases: all that the stream `epoch` held up to the sequence `upto`."""

    results: tuple[CaseResult, ...] = ()
    epoch: str = ""
    upto: int = 0


class KeyRow(Struct, frozen=True):
    """What an Idempotency-Key was given: the id of an evaluation or batch, for a body of this digest."""

    id: str
    digest: str


class ReadModels(Protocol):
    """Read-only, a moment behind the log. Every call may raise `ReadModelsUnavailable`."""

    async def evaluation(self, address: Address) -> Row | None:
        """None if the projector has not got there, or there is no such evaluation."""

    async def page(self, tenant: str, listing: Listing) -> list[Listed]:
        """A page of a tenant's evaluations, nearest to `listing.after` first.

        `ReadModelsUnavailable` also while the rows are of a version that cannot be asked so.
        """

    async def statistics(self, tenant: str, wish: Stretches) -> Tallies:
        """What ended in that time. `ReadModelsUnavailable` also while the rows are of a version that did not count."""

    @property
    def batches(self) -> BatchModels:
        """The same evaluations by the batch that they belong to."""

    @property
    def projections(self) -> ProjectionModels:
        """How the rows themselves are made."""

    async def idempotency_key(self, tenant: str, kind: str, key: str) -> KeyRow | None:
        """What a tenant's key was given; None if the projector has not met it.

        `ReadModelsUnavailable` also while it is still folding what the log no longer holds.
        """

    async def output(self, address: Address, attempt: int, stream: StreamName) -> OutputRow | None:
        """None if nothing is recorded, or not yet."""

    async def cases(self, address: Address, attempt: int) -> CaseRows:
        """What is recorded of an attempt's cases so far, in order of their index."""

    async def open_counts(self, tenant: str | None) -> list[OpenRow]:
        """What is not over, of a tenant or of all."""

    async def wait_times(self, tenant: str | None, seconds: float) -> WaitTimes:
        """Of those that started or ended within the last `seconds`."""

    async def ahead(self, tenant: str, view: EvaluationView) -> int:
        """Queued before this queued one, of the same tenant, engine and priority, and waiting."""

    async def ready(self) -> bool:
        """The store answers."""


_EVALUATION = """
SELECT view::text, state::text, stream_sequence FROM evaluations WHERE tenant = $1 AND id = $2
"""
# That a key is not there means something only where everything is there that the log has forgotten.
_KEY = """
SELECT k.id::text, k.digest, c.complete FROM checkpoints AS c
LEFT JOIN idempotency_keys AS k ON k.tenant = $1 AND k.kind = $2 AND k.key = $3
WHERE c.name = 'read-models'
"""
_OUTPUT = """
SELECT size, data FROM outputs WHERE tenant = $1 AND evaluation = $2 AND attempt = $3 AND stream = $4
"""
# One statement, so one snapshot: the rows are those of the checkpoint. It has the name that the projector gives it.
_CASES = """
SELECT c.epoch, c.sequence, ARRAY(
    SELECT result::text FROM cases WHERE tenant = $1 AND evaluation = $2 AND attempt = $3 ORDER BY index
) FROM checkpoints AS c WHERE name = 'read-models'
"""

_views = msgspec.json.Decoder(EvaluationView)
_states = msgspec.json.Decoder(Evaluation)
_results = msgspec.json.Decoder(CaseResult)


class PostgresReadModels:
    """`ReadModels` over the projector's tables."""

    def __init__(
        self, pool: "asyncpg.Pool[asyncpg.Record]", breaker: Breaker | None = None
    ) -> None:
        self._borrowed = partial(
            borrowed, pool, breaker or Breaker("read_models"), ReadModelsTripped
        )
        self._searches = asyncio.Semaphore(SEARCHES)
        self.batches = PostgresBatches(self._fetch)
        self.projections = PostgresProjections(self._fetch, self._change)

    async def evaluation(self, address: Address) -> Row | None:
        rows = await self._fetch(_EVALUATION, address.tenant, UUID(address.evaluation))
        if not rows:
            return None
        view, state, sequence = rows[0]
        return Row(_views.decode(view), _states.decode(state), sequence)

    async def page(self, tenant: str, listing: Listing) -> list[Listed]:
        if list_models.needs_search(listing):
            await self._searchable()
        if listing.filters == list_models.EVERYTHING:
            query, arguments = list_models.page_statement(tenant, listing)
            return list_models.listed(await self._fetch(query, *arguments))
        async with self._searching():
            common = await self._is_common(tenant, listing)
            query, arguments = list_models.page_statement(tenant, listing, common=common)
            return list_models.listed(await self._fetch(query, *arguments))

    async def _is_common(self, tenant: str, listing: Listing) -> bool:
        if listing.filters.text is None:
            return False
        query, arguments = list_models.commonness_statement(tenant, listing.filters.text)
        count: int = (await self._fetch(query, *arguments))[0][0]
        return count >= list_models.COMMON

    async def statistics(self, tenant: str, wish: Stretches) -> Tallies:
        await self._searchable()
        arguments = (tenant, wish.grain, wish.since, wish.until)
        async with self._searching():
            ended = await self._fetch(statistics_models.ENDED, *arguments)
            durations = await self._fetch(statistics_models.DURATIONS, *arguments)
        return statistics_models.tallies_of(ended, durations)

    @asynccontextmanager
    async def _searching(self) -> AsyncIterator[None]:
        """Inside, one of the few that search. `ReadModelsUnavailable` if none of them ends in time."""
        with _answering():
            async with asyncio.timeout(COMMAND_SECONDS):
                await self._searches.acquire()
        try:
            yield
        finally:
            self._searches.release()

    async def _searchable(self) -> None:
        """`ReadModelsUnavailable` while the rows are of an older version: they would be found wanting, silently."""
        rows = await self._fetch(list_models.VERSION)
        if rows and rows[0][0] < list_models.SEARCHABLE:
            raise ReadModelsUnavailable("the read models of this version are still being made")

    async def idempotency_key(self, tenant: str, kind: str, key: str) -> KeyRow | None:
        rows = await self._fetch(_KEY, tenant, kind, key)
        if rows and rows[0]["id"] is not None:
            return KeyRow(rows[0]["id"], rows[0]["digest"])
        if not rows or not rows[0]["complete"]:
            raise ReadModelsUnavailable("the read models are not complete")
        return None

    async def output(self, address: Address, attempt: int, stream: StreamName) -> OutputRow | None:
        rows = await self._fetch(_OUTPUT, address.tenant, UUID(address.evaluation), attempt, stream)
        return OutputRow(rows[0][0], bytes(rows[0][1])) if rows else None

    async def cases(self, address: Address, attempt: int) -> CaseRows:
        rows = await self._fetch(_CASES, address.tenant, UUID(address.evaluation), attempt)
        if not rows:
            return CaseRows()
        epoch, upto, results = rows[0]
        return CaseRows(tuple(map(_results.decode, results)), epoch, upto)

    async def open_counts(self, tenant: str | None) -> list[OpenRow]:
        return open_rows(await self._fetch(OPEN, tenant))

    async def wait_times(self, tenant: str | None, seconds: float) -> WaitTimes:
        return wait_times((await self._fetch(TIMES, tenant, seconds))[0], seconds)

    async def ahead(self, tenant: str, view: EvaluationView) -> int:
        place = (view.queued_at, UUID(view.id))
        rows = await self._fetch(AHEAD, tenant, view.engine_requested, view.priority, *place)
        return int(rows[0][0])

    async def ready(self) -> bool:
        try:
            await self._fetch("SELECT 1")
        except ReadModelsUnavailable:
            return False
        return True

    async def _fetch(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        with _answering(), counted():
            async with self._borrowed() as connection:
                return await connection.fetch(query, *arguments)

    async def _change(self, query: str, *arguments: object) -> list[asyncpg.Record]:
        """The same for the one statement that writes; everything else is refused by the server."""
        with _answering(), counted():
            async with self._borrowed() as connection, connection.transaction():
                await connection.execute("SET TRANSACTION READ WRITE")
                return await connection.fetch(query, *arguments)


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise ReadModelsUnavailable(str(error) or type(error).__name__) from error


@asynccontextmanager
async def open_read_models(
    dsn: str, *, breaker: Breaker | None = None
) -> AsyncIterator[PostgresReadModels]:
    """Read models over a pool that connects when it is first used, so that a gateway starts without PostgreSQL."""
    pool = asyncpg.create_pool(
        dsn,
        min_size=0,
        max_size=CONNECTIONS,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        server_settings={
            "application_name": "cloche-gateway",
            # The schema of the live read models. Others take its place by taking its name (docs/adr/0013).
            "search_path": "read_models",
            "default_transaction_read_only": "on",
        },
    )
    await pool
    try:
        with shown(pool, CONNECTIONS):
            yield PostgresReadModels(pool, breaker)
    finally:
        pool.terminate()
