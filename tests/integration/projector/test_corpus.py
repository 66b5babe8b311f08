"""Archived logs of every format that there was: today's code makes the same rows of them, to the last column."""

import msgspec
import pytest
from cloche_kit.archive.segment import Opened
from cloche_projector.connections import connect
from cloche_projector.layout import LIVE
from cloche_schemas import codec
from cloche_schemas.codec import Unknown
from cloche_schemas.events import EVENT_TYPES, OutputArchived, type_of
from corpus.fold import CORPUS, KEYS, NAMES, fold, read


@pytest.mark.parametrize("name", NAMES)
async def test_every_row_is_the_same(name: str, postgres_dsn: str) -> None:
    golden = msgspec.json.decode((CORPUS / name / "rows.json").read_bytes())
    manifest, messages = await read(name)
    assert messages[-1].sequence == manifest.archived
    # However it is cut into batches, and also from the beginning once more.
    async with connect(postgres_dsn, LIVE) as connection:
        for batch in (500, 7):
            rows = await fold(connection, manifest.epoch, messages, batch=batch)
            for table in (*KEYS, "parked"):
                for found, kept in zip(rows[table], golden[table], strict=True):
                    assert found == kept, table
    assert len(rows["evaluations"]) > 0


@pytest.mark.parametrize("name", NAMES)
async def test_every_event_is_understood(name: str) -> None:
    _, messages = await read(name)
    for stored in messages:
        assert not isinstance(codec.decode(stored.data)[1], Unknown), stored.sequence


async def test_between_them_they_have_every_type_of_event() -> None:
    seen = set()
    for name in NAMES:
        for stored in (await read(name))[1]:
            seen.add(codec.decode_envelope(stored.data).type)
    assert seen >= {type_of(cls) for cls in EVENT_TYPES}
    assert type_of(OutputArchived) in seen


def test_one_of_them_is_from_before_segments_had_headers() -> None:
    headers = {
        name: {
            Opened.of(str(path), path.read_bytes()).header is not None
            for path in (CORPUS / name).rglob("*.zst")
        }
        for name in NAMES
    }
    assert {False} in headers.values()
    assert {True} in headers.values()
