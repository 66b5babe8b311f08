"""The golden files are what lies in archives: every later version of the code must read them to the same events."""

import json
from pathlib import Path

import msgspec
import pytest
from cloche_schemas import codec
from cloche_schemas.codec import Stamp, Unknown
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import EVENT_TYPES, EvaluationQueued, type_of
from cloche_schemas.subjects import Address
from cloche_schemas.values import RequestedLimits
from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[3] / "schemas"
GOLDEN = sorted((SCHEMAS / "examples").glob("*.json"))


def schema(name: str) -> Draft202012Validator:
    document = json.loads((SCHEMAS / "generated" / name).read_text())
    Draft202012Validator.check_schema(document)
    return Draft202012Validator(document)


def test_every_event_type_has_a_golden_file() -> None:
    names = {path.name.removesuffix(".json") for path in GOLDEN}
    assert {type_of(cls).removeprefix("cloche.evaluation.") for cls in EVENT_TYPES} <= names


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_a_golden_file_is_read_and_written_back_unchanged(path: Path) -> None:
    written = path.read_bytes()
    envelope, event = codec.decode(written)
    assert not isinstance(event, Unknown)
    stamp = Stamp(
        id=envelope.id,
        source=envelope.source,
        address=Address(envelope.tenant, envelope.subject),
        time=envelope.time,
        sequence=envelope.number,
        traceparent=envelope.traceparent,
        tracestate=envelope.tracestate,
    )
    assert codec.encode(event, stamp) == msgspec.json.format(written, indent=-1)


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.name)
def test_a_golden_file_fits_the_generated_schemas(path: Path) -> None:
    document = json.loads(path.read_text())
    schema("envelope.schema.json").validate(document)
    schema("events.schema.json").validate(document["data"])


def test_the_generated_schema_refuses_what_is_no_event() -> None:
    document = json.loads((SCHEMAS / "examples" / "started.v1.json").read_text())
    assert not schema("events.schema.json").is_valid({**document["data"], "attempt": "first"})
    assert not schema("envelope.schema.json").is_valid({**document, "specversion": "0.3"})


def test_a_golden_submission_keeps_every_value() -> None:
    _, event = codec.decode((SCHEMAS / "examples" / "queued.v1.json").read_bytes())
    assert isinstance(event, EvaluationQueued)
    assert event.spec == EvaluationSpec(
        code="import sys\nprint('héllo', *sys.argv[1:])\n",
        name="hello.py",
        argv=("a", "b c"),
        stdin="1\n",
        priority="high",
        limits=RequestedLimits(wall_seconds=5.0, memory_bytes=128 << 20),
        labels={"suite": "smoke"},
    )
    assert event.limits is not None
    assert event.limits.wall_seconds == 5.0


def test_what_an_event_leaves_out_has_the_default_of_its_version() -> None:
    _, event = codec.decode((SCHEMAS / "examples" / "queued.v1.minimal.json").read_bytes())
    assert isinstance(event, EvaluationQueued)
    assert (event.engine, event.priority, event.max_attempts) == ("auto", "normal", 3)
