"""Old versions of events: each has a golden file, and is the same as today's all the way from the archive to the rows.

No event has an old version yet, so the way is gone with one that never was: `attempt-failed.v0` (upcasts/), which kept
reason and detail in one text and the domain as a flag.
"""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from cloche_kit.archive.index import Manifest, SegmentRef
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.segment import Opened, Segment
from cloche_kit.bus import Stored
from cloche_kit.objects import MemoryObjects
from cloche_projector.projection import Row, decode, project_batch
from cloche_schemas import codec, upcasts
from cloche_schemas.codec import Unknown
from cloche_schemas.events import (
    EVENT_TYPES,
    AttemptFailed,
    EvaluationDeadLettered,
    EvaluationEvent,
    type_of,
)
from cloche_schemas.subjects import Address
from support.recorded import Recorder, queued, started

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples"
GOLDEN = Path(__file__).parent / "upcasts" / "attempt-failed.v0.json"
OLD, NEW = "cloche.evaluation.attempt-failed.v0", type_of(AttemptFailed)
ADDRESS = Address("main", "01936b5e-7a3c-7d10-8f00-2b9c4e1a6d55")
TODAY = AttemptFailed(attempt=1, reason="executor_lost", detail="it fell silent")


def from_v0(data: dict[str, Any]) -> dict[str, Any]:
    reason, _, detail = data["error"].partition(": ")
    domain = "program" if data["theirs"] else "infrastructure"
    return {"attempt": data["try"], "reason": reason, "detail": detail, "domain": domain}


@pytest.fixture
def _v0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(upcasts.UPCASTS, OLD, (NEW, from_v0))


def test_every_old_version_leads_to_an_event_of_today_and_has_a_golden_file() -> None:
    names = {path.name for path in EXAMPLES.glob("*.json")}
    today = {type_of(cls) for cls in EVENT_TYPES}
    for old in upcasts.UPCASTS:
        assert old not in today, "what is written today is no old version"
        golden = f"{old.removeprefix('cloche.evaluation.')}.json"
        assert golden in names
        _, event = codec.decode((EXAMPLES / golden).read_bytes())
        assert type_of(event) in today if not isinstance(event, Unknown) else False


def test_without_its_upcast_an_old_version_is_unknown_and_not_misread() -> None:
    assert codec.decode(GOLDEN.read_bytes())[1] == Unknown(OLD)


@pytest.mark.usefixtures("_v0")
def test_its_golden_file_is_read_as_today_s_event() -> None:
    envelope, event = codec.decode(GOLDEN.read_bytes())
    assert event == TODAY
    # What was written stays as it was.
    assert (envelope.type, envelope.number) == (OLD, 3)


@pytest.mark.usefixtures("_v0")
async def test_from_the_archive_to_the_rows_it_is_as_if_it_had_been_written_today() -> None:
    old = await archived(history(msgspec.json.format(GOLDEN.read_bytes(), indent=0)))
    assert b"attempt-failed.v0" in old[2].data
    assert rows(old) == rows(history(None))


def history(third: bytes | None) -> list[Stored]:
    """An evaluation that was given up; its third event as it is written today, or as `third`."""
    recorder = Recorder()
    given_up = EvaluationDeadLettered(attempts=1, reason="executor_lost")
    events: list[EvaluationEvent] = [queued(), started(), TODAY, given_up]
    found = [recorder.event(ADDRESS, number, one) for number, one in enumerate(events, start=1)]
    if third is not None:
        found[2] = msgspec.structs.replace(found[2], data=third)
    return found


async def archived(messages: list[Stored]) -> list[Stored]:
    """The same messages, out of a segment."""
    segment, objects = Segment(), MemoryObjects()
    for stored in messages:
        segment.add(stored)
    sealed = segment.seal(stream="S", epoch="e", previous="")
    ref = SegmentRef.of(sealed)
    manifest = Manifest(stream="S", epoch="e").grown(ref)
    await objects.put(manifest.segment_key(ref), sealed.data)
    assert Opened.of("k", sealed.data).messages() == messages
    reader = ArchiveReader(objects, stream="S")
    return [one async for batch in reader.read(manifest) for one in batch]


def rows(messages: list[Stored]) -> dict[tuple[str, str], Row]:
    """Their rows, but for the times, which are those of the messages."""
    changes = project_batch(decode(messages), {})
    assert changes.poison == []
    return changes.rows
