"""P5: the projector against the barest way to write as many rows.

Ours: messages of evaluations that run side by side (six events each: queued, started, two chunks, completed,
output-archived) through the projector's batches of 500, with decoding, folding, spans, output rows and checkpoint.
Reference: asyncpg alone; for every event one row of the same table and the same width, ready-made, in unnest upserts of
500 with the checkpoint in the same transaction. Both on one PostgreSQL with fsync, in turn, on emptied tables.
"""

import contextlib
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from itertools import chain, islice
from pathlib import Path

import asyncpg
from cloche_kit.bus import Stored
from cloche_kit.memory import MemoryBus
from cloche_kit.telemetry import configure
from cloche_local.ports import free_ports
from cloche_local.postgres import Postgres
from cloche_local.process import running
from cloche_projector import tables
from cloche_projector.batches import Batches
from cloche_projector.migrate import migrate
from cloche_projector.projection import Key, decode, project_batch
from cloche_projector.projection import Row as ProjectedRow
from cloche_projector.tables import Connection
from cloche_schemas.events import OutputArchived
from cloche_schemas.values import ArchivedOutput
from support.recorded import Recorder, address_of, story

from benchmarks.frame import Row, interleaved, rate

BATCH = 500
EVALUATIONS = 1000
AT_ONCE = 64
NAME = "bench"
EPOCH = "bench"


async def measure() -> list[Row]:
    log = list(messages())
    async with database() as connection:
        ready_made = rows_of(log)

        async def ours() -> float:
            return await projected(connection, log)

        async def reference() -> float:
            await empty(connection)
            await tables.begin(connection, NAME, EPOCH)
            pages = [
                tables.columns(dict(islice(ready_made.items(), at, at + BATCH)))
                for at in range(0, len(ready_made), BATCH)
            ]

            async def work() -> None:
                for number, page in enumerate(pages):
                    async with connection.transaction():
                        await connection.execute(tables.UPSERT, *page)
                        await connection.execute(
                            "UPDATE checkpoints SET sequence = $1 WHERE name = $2", number, NAME
                        )

            return await rate(len(ready_made), work)

        figures = await interleaved(ours, reference)
    return [
        Row(
            name="P5 projector / bare asyncpg unnest-500",
            ours=figures[0],
            reference=figures[1],
            goal=0.4,
            unit=" events/s",
            about="events folded and committed, against ready-made rows of the same width, one for each event",
        )
    ]


async def projected(connection: Connection, log: list[Stored]) -> float:
    """Events a second of the projector, into emptied tables."""
    await empty(connection)
    checkpoint = await tables.begin(connection, NAME, EPOCH)
    telemetry = configure("projector", instance="bench")
    batches = Batches(
        connection, MemoryBus(), telemetry, name=NAME, checkpoint=checkpoint, cache=4096
    )

    async def work() -> None:
        for at in range(0, len(log), BATCH):
            await batches.project(log[at : at + BATCH])

    return await rate(len(log), work)


def messages(evaluations: int = EVALUATIONS) -> Iterator[Stored]:
    """The log of evaluations that run side by side."""
    recorder = Recorder(telemetry=configure("bench", instance="bench"))
    for first in range(0, evaluations, AT_ONCE):
        group = [address_of(number) for number in range(first, min(first + AT_ONCE, evaluations))]
        stories = [
            [
                *story(("stdout", b"a line of output\n" * 8), ("stdout", b"the last line\n")),
                OutputArchived(
                    attempt=1,
                    outputs=(
                        ArchivedOutput(
                            stream="stdout",
                            bucket="cloche",
                            key=f"outputs/main/{address.evaluation}/1/stdout",
                            size=150,
                            sha256="0" * 64,
                        ),
                    ),
                ),
            ]
            for address in group
        ]
        numbers = (1, 2, 1, 2, 3, 4)
        for step in zip(*stories, strict=True):
            position = stories[0].index(step[0])
            for address, event in zip(group, step, strict=True):
                yield recorder.event(address, numbers[position], event)


def rows_of(log: list[Stored]) -> dict[Key, ProjectedRow]:
    """As many finished rows as there are messages, each of another evaluation."""
    finished = project_batch(decode(log), {}).rows.values()
    copies = chain.from_iterable([row] * (len(log) // len(finished) + 1) for row in finished)
    return {
        ("main", address_of(number).evaluation): row
        for number, row in enumerate(islice(copies, len(log)))
    }


async def empty(connection: Connection) -> None:
    await connection.execute("TRUNCATE evaluations, outputs, texts, tallies, checkpoints")
    await connection.execute("CHECKPOINT")


@asynccontextmanager
async def database() -> AsyncIterator[Connection]:
    """A connection to a database of a server of its own, migrated."""
    async with server_of() as dsn:
        connection: Connection = await asyncpg.connect(dsn)
        try:
            yield connection
        finally:
            await connection.close()


@asynccontextmanager
async def server_of() -> AsyncIterator[str]:
    """The same, by its address."""
    with tempfile.TemporaryDirectory(prefix="cloche-bench-") as folder:
        server = Postgres(
            Path(folder) / "data",
            port=free_ports(1)[0],
            password=secrets.token_hex(16),
            log=Path(folder) / "postgres.log",
        )
        with contextlib.ExitStack() as stack:
            stack.enter_context(running(server, at_end=server.command().death_signal))
            server.execute("CREATE DATABASE bench")
            await migrate(server.dsn("bench"))
            yield server.dsn("bench")
