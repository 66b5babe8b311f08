"""A corpus as objects, and the rows that today's code makes of it.

python tests/corpus/fold.py tests/corpus/NAME     write its rows.json; README.md says when
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import msgspec
from cloche_kit.archive.index import Manifest, decode_manifest
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.segment import folder
from cloche_kit.bus import Stored
from cloche_kit.memory import MemoryBus
from cloche_kit.objects import MemoryObjects
from cloche_kit.telemetry import configure
from cloche_projector import layout
from cloche_projector.batches import Batches
from cloche_projector.connections import connect
from cloche_projector.layout import CURRENT, LIVE, NAME
from cloche_projector.tables import Connection
from cloche_storage.adoption import adopt

CORPUS = Path(__file__).parent
#: Every corpus in the repository.
NAMES = sorted(path.parent.name for path in CORPUS.glob("*/manifest.json"))
KEYS = {
    "evaluations": "tenant, id",
    "outputs": "tenant, evaluation, attempt, stream",
    "cases": "tenant, evaluation, attempt, index",
    "idempotency_keys": "tenant, kind, key",
    "texts": "tenant, evaluation",
    "tallies": "tenant, grain, at, language, outcome",
}
Rows = dict[str, list[Any]]


async def read(name: str) -> tuple[Manifest, list[Stored]]:
    """What the archive's reader makes of the files of a corpus: its manifest, and every message.

    One from before there was an index is taken over first, as storage does.
    """
    objects, place = MemoryObjects(), CORPUS / name
    kept = decode_manifest((place / "manifest.json").read_bytes())
    below = folder(kept.stream, kept.epoch)
    for path in (*place.rglob("*.zst"), *place.rglob("pages/*.json"), place / "manifest.json"):
        await objects.put(f"{below}{path.relative_to(place)}", path.read_bytes())
    reader = ArchiveReader(objects, stream=kept.stream)
    manifest = await reader.manifest(kept.epoch)
    assert manifest is not None
    if not manifest.indexed:
        manifest = await adopt(objects, manifest, _undisturbed)
    return manifest, [one async for batch in reader.read(manifest) for one in batch]


async def _undisturbed() -> None:
    """Nobody else writes it."""


async def fold(connection: Connection, epoch: str, messages: list[Stored], *, batch: int) -> Rows:
    """The rows of `messages`, in the tables of a fresh live schema; everything in them as JSON."""
    checkpoint = await layout.make(connection, LIVE, CURRENT, epoch, live=True)
    bus, telemetry = MemoryBus(), configure("projector", instance="corpus")
    batches = Batches(connection, bus, telemetry, name=NAME, checkpoint=checkpoint, cache=50)
    for at in range(0, len(messages), batch):
        await batches.project(messages[at : at + batch])
    parked = [[one.stored.sequence, one.reason] for one in await bus.parked()]
    rows: Rows = {"parked": parked}
    await connection.execute("SET TimeZone TO 'UTC'")
    for table, key in KEYS.items():
        query = f"SELECT to_jsonb(t)::text FROM {table} AS t ORDER BY {key}"  # noqa: S608 - ours
        rows[table] = [msgspec.json.decode(row[0]) for row in await connection.fetch(query)]
    return rows


async def write(name: str, dsn: str) -> None:
    """Keep what today's code makes of a corpus."""
    manifest, messages = await read(name)
    async with connect(dsn, LIVE) as connection:
        rows = await fold(connection, manifest.epoch, messages, batch=500)
    text = msgspec.json.format(msgspec.json.encode(rows, order="sorted"), indent=1)
    (CORPUS / name / "rows.json").write_bytes(text + b"\n")
    counts = {table: len(found) for table, found in rows.items()}
    sys.stdout.write(f"{name}: {len(messages)} messages, {counts}\n")


async def main(name: str) -> None:
    from support.postgres import server

    with server() as postgres:
        postgres.execute("CREATE DATABASE corpus")
        await write(name, postgres.dsn("corpus"))


if __name__ == "__main__":
    sys.path.insert(0, str(CORPUS.parent))
    asyncio.run(main(Path(sys.argv[1]).name))
