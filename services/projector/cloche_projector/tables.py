"""The read models in PostgreSQL: read the rows of a batch, write them back with the checkpoint in one transaction."""

from collections.abc import Iterable, Mapping
from typing import TypeAlias

import asyncpg
import msgspec
from cloche_domain import Evaluation, durations
from cloche_kit.crashpoint import crashpoint
from cloche_schemas.views import CaseResult, EvaluationView
from msgspec import Struct
from msgspec.structs import replace

from cloche_projector import tallies, texts
from cloche_projector.projection import (
    WHOLE_BYTES,
    CaseKey,
    Changes,
    Given,
    Key,
    Piece,
    Row,
    jsonb,
)

PREVIEW_BYTES = 1 << 10

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_BEGIN = """
INSERT INTO checkpoints (name, epoch, sequence) VALUES ($1, $2, 0)
ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name
RETURNING epoch, sequence, version, build::text, live, complete
"""
_CHECKPOINT = """
SELECT epoch, sequence, version, build::text, live, complete FROM {table} WHERE name = $1
"""
# `live` is what the row lock of a swap leaves behind for whoever waited for it (swap.py).
_ADVANCE = """
UPDATE checkpoints SET sequence = $4
WHERE name = $1 AND epoch = $2 AND sequence = $3 AND build = $5 AND live = $6
"""
_COMPLETE = """
UPDATE checkpoints SET complete = $3 WHERE name = $1 AND build = $2
"""
_READ = """
SELECT e.tenant, e.id::text, e.view::text, e.state::text, e.stream_sequence, e.first_sequence
FROM unnest($1::text[], $2::uuid[]) AS wanted (tenant, id)
JOIN evaluations AS e ON (e.tenant, e.id) = (wanted.tenant, wanted.id)
"""
UPSERT = """
INSERT INTO evaluations (tenant, id, status, outcome, language, priority, submitted_at, completed_at,
                         number, stream_sequence, view, state, engine, queued_at, started_at,
                         first_sequence, labels, schedule, ran_on, run_seconds)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
                     $8::timestamptz[], $9::integer[], $10::bigint[], $11::jsonb[], $12::jsonb[],
                     $13::text[], $14::timestamptz[], $15::timestamptz[], $16::bigint[],
                     $17::jsonb[], $18::uuid[], $19::text[], $20::double precision[])
ON CONFLICT (tenant, id) DO UPDATE SET
    status = EXCLUDED.status, outcome = EXCLUDED.outcome, language = EXCLUDED.language,
    priority = EXCLUDED.priority, completed_at = EXCLUDED.completed_at, number = EXCLUDED.number,
    stream_sequence = EXCLUDED.stream_sequence, view = EXCLUDED.view, state = EXCLUDED.state,
    engine = EXCLUDED.engine, queued_at = EXCLUDED.queued_at, started_at = EXCLUDED.started_at,
    ran_on = EXCLUDED.ran_on, run_seconds = EXCLUDED.run_seconds
WHERE evaluations.number < EXCLUDED.number
"""
# What a row has already is cut off a piece, so that a chunk that comes again changes nothing. Of a piece longer than
# a row holds, the data is only the beginning, which is all that the row keeps of it.
_OUTPUT = f"""
MERGE INTO outputs AS o
USING (SELECT * FROM unnest($1::text[], $2::uuid[], $3::integer[], $4::text[], $5::bigint[], $6::bigint[],
                            $7::bytea[]))
    AS n (tenant, evaluation, attempt, stream, start, stop, data)
ON (o.tenant, o.evaluation, o.attempt, o.stream) = (n.tenant, n.evaluation, n.attempt, n.stream)
WHEN MATCHED AND n.stop > o.position THEN UPDATE SET
    size = o.size + n.stop - greatest(n.start, o.position),
    position = n.stop,
    data = substring(
        o.data || substring(n.data FROM greatest(o.position - n.start, 0)::integer + 1)
        FROM 1 FOR CASE WHEN o.size + n.stop - greatest(n.start, o.position) > {WHOLE_BYTES}
                        THEN {PREVIEW_BYTES} ELSE {WHOLE_BYTES} END)
WHEN NOT MATCHED THEN INSERT (tenant, evaluation, attempt, stream, size, position, data)
    VALUES (n.tenant, n.evaluation, n.attempt, n.stream, n.stop - n.start, n.stop,
            CASE WHEN n.stop - n.start > {WHOLE_BYTES}
                 THEN substring(n.data FROM 1 FOR {PREVIEW_BYTES}) ELSE n.data END)
"""  # noqa: S608 - made of our own constants
_CASES = """
INSERT INTO cases (tenant, evaluation, attempt, index, result)
SELECT * FROM unnest($1::text[], $2::uuid[], $3::integer[], $4::integer[], $5::jsonb[])
ON CONFLICT DO NOTHING
"""
# The first one stays: a key stands for what it was first given.
_KEYS = """
INSERT INTO idempotency_keys (tenant, kind, key, id, digest, created_at)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[])
ON CONFLICT DO NOTHING
"""

_views = msgspec.json.Decoder(EvaluationView)
_states = msgspec.json.Decoder(Evaluation)


class Checkpoint(Struct, frozen=True):
    """Everything up to `sequence` of the stream `epoch` is in the tables.

    `version`: of the projection that made the rows; `build`: which making of them; `live`: everybody reads them;
    `complete`: nothing is missing that the log no longer holds.
    """

    epoch: str
    sequence: int
    version: int = 1
    build: str = ""
    live: bool = True
    complete: bool = True


class Superseded(Exception):  # noqa: N818
    """The checkpoint is not where we left it: somebody else projects, or these are other rows. Nothing was written."""


async def begin(connection: Connection, name: str, epoch: str) -> Checkpoint:
    """The checkpoint of projection `name`; a new one starts at the beginning of stream `epoch`."""
    row = await connection.fetchrow(_BEGIN, name, epoch)
    assert row is not None  # noqa: S101 - RETURNING
    return Checkpoint(*row)


async def checkpoint_of(
    connection: Connection, name: str, table: str = "checkpoints"
) -> Checkpoint | None:
    """The checkpoint of projection `name`, if it has begun."""
    row = await connection.fetchrow(_CHECKPOINT.format(table=table), name)
    return None if row is None else Checkpoint(*row)


async def set_complete(
    connection: Connection, name: str, checkpoint: Checkpoint, *, complete: bool
) -> Checkpoint:
    """The checkpoint with the word on whether the rows have everything that the log no longer holds."""
    changed = await connection.execute(_COMPLETE, name, checkpoint.build, complete)
    if changed != "UPDATE 1":
        raise Superseded(f"checkpoint {name} is of another build")
    return replace(checkpoint, complete=complete)


async def read_rows(connection: Connection, keys: Iterable[Key]) -> dict[Key, Row]:
    """The rows of those evaluations that have one."""
    wanted = list(keys)
    found = await connection.fetch(_READ, [key[0] for key in wanted], [key[1] for key in wanted])
    return {
        (tenant, id_): Row(_views.decode(view), _states.decode(state), last, first)
        for tenant, id_, view, state, last, first in found
    }


async def write(
    connection: Connection, name: str, *, before: Checkpoint, after: int, changes: Changes
) -> None:
    """What changed and the checkpoint `after`, in one transaction. `Superseded` if it is no longer at `before`."""
    async with connection.transaction():
        fence = (before.epoch, before.sequence, after, before.build, before.live)
        moved = await connection.execute(_ADVANCE, name, *fence)
        if moved != "UPDATE 1":
            raise Superseded(f"checkpoint {name} is no longer at {before.sequence}")
        crashpoint("checkpoint-moved")
        if changes.rows:
            await connection.execute(UPSERT, *columns(changes.rows))
        for round_ in changes.pieces:
            await connection.execute(_OUTPUT, *_output_columns(round_))
        if changes.cases:
            await connection.execute(_CASES, *_case_columns(changes.cases))
        if changes.keys:
            await connection.execute(_KEYS, *_key_columns(changes.keys))
        if tallied := tallies.columns(changes.ends):
            await connection.execute(tallies.ADD, *tallied)
        await _write_texts(connection, changes)
        crashpoint("rows-written")


async def _write_texts(connection: Connection, changes: Changes) -> None:
    """What evaluations are found by. What those wrote that have ended is in the tables by now."""
    said: dict[Key, str] = {}
    if wanted := texts.wanted(changes.ends):
        said = texts.said(await connection.fetch(texts.WRITTEN, *wanted))
    if changes.texts:
        # Of what began and ended in one batch the index takes every word once.
        await connection.execute(texts.SUBMITTED, *texts.submitted(changes.texts, said))
    later = {key: text for key, text in said.items() if key not in changes.texts}
    if later:
        await connection.execute(texts.WROTE, *texts.wrote(later))


def columns(rows: Mapping[Key, Row]) -> tuple[list[object], ...]:
    """The rows as the arrays that the upsert unnests."""
    arrays: tuple[list[object], ...] = tuple([] for _ in range(20))
    for (tenant, id_), row in rows.items():
        view = row.view
        values = (
            tenant,
            id_,
            view.status,
            view.outcome,
            view.language,
            view.priority,
            view.submitted_at,
            view.completed_at,
            row.state.number,
            row.stream_sequence,
            jsonb(view),
            jsonb(row.state),
            view.engine_requested,
            view.queued_at,
            view.started_at,
            row.first_sequence,
            jsonb(view.labels),
            view.schedule,
            view.engine,
            durations.ran(view),
        )
        for array, value in zip(arrays, values, strict=True):
            array.append(value)
    return arrays


def _output_columns(pieces: list[Piece]) -> tuple[list[object], ...]:
    return (
        [piece.key[0] for piece in pieces],
        [piece.key[1] for piece in pieces],
        [piece.attempt for piece in pieces],
        [piece.stream for piece in pieces],
        [piece.start for piece in pieces],
        [piece.end for piece in pieces],
        [bytes(piece.data) for piece in pieces],
    )


def _case_columns(cases: Mapping[CaseKey, CaseResult]) -> tuple[list[object], ...]:
    return (
        [case.key[0] for case in cases],
        [case.key[1] for case in cases],
        [case.attempt for case in cases],
        [case.index for case in cases],
        [jsonb(result) for result in cases.values()],
    )


def _key_columns(keys: Mapping[tuple[str, str, str], Given]) -> tuple[list[object], ...]:
    return (
        [tenant for tenant, _, _ in keys],
        [kind for _, kind, _ in keys],
        [key for _, _, key in keys],
        [given.id for given in keys.values()],
        [given.digest for given in keys.values()],
        [given.at for given in keys.values()],
    )
