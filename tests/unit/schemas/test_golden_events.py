"""The golden files are what lies in archives: every later version of the code must read them to the same events."""

import json
from pathlib import Path

import msgspec
import pytest
from cloche_schemas import codec
from cloche_schemas.codec import Stamp, Unknown
from cloche_schemas.commands import Case, EvaluationSpec
from cloche_schemas.events import (
    EVENT_TYPES,
    CaseCompleted,
    EvaluationCompleted,
    EvaluationQueued,
    recorded,
    type_of,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import (
    Artifact,
    CaseCounts,
    Limits,
    OutputSummary,
    RequestedLimits,
    SkippedArtifact,
)
from jsonschema import Draft202012Validator

SCHEMAS = Path(__file__).parents[3] / "schemas"
GOLDEN = sorted((SCHEMAS / "examples").glob("*.json"))
#: Written before `Limits` and `Usage`, whose defaults are on the log, had the fields that they have today.
GROWN = {"completed.v1.json", "queued.v1.json", "scheduled.v1.json", "started.v1.json"}


def assert_holds(new: object, old: object) -> None:
    """Everything in `old` is in `new`, which may have more members."""
    if isinstance(old, dict):
        assert isinstance(new, dict)
        for name, value in old.items():
            assert_holds(new[name], value)
    else:
        assert new == old


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
    again = codec.encode(event, stamp)
    if path.name in GROWN:
        assert_holds(json.loads(again), json.loads(written))
        assert codec.decode(again)[1] == event
    else:
        assert again == msgspec.json.format(written, indent=-1)


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


def test_a_golden_submission_of_files_and_cases_keeps_every_value() -> None:
    written = (SCHEMAS / "examples" / "queued.v1.files-and-cases.json").read_bytes()
    _, event = codec.decode(written)
    assert isinstance(event, EvaluationQueued)
    spec = event.spec
    assert spec is not None
    assert [(file.name, file.raw[:1]) for file in spec.files] == [
        ("src/main.cpp", b"#"),
        ("src/shape.h", b"i"),
        ("data/table.bin", b"\0"),
    ]
    assert (spec.language, spec.name, spec.env) == ("c++", "src/main.cpp", {"LOG_LEVEL": "debug"})
    assert (spec.image, spec.engine, spec.require, spec.fail_fast) == (
        "gcc",
        "gvisor",
        "docker",
        True,
    )
    assert spec.cases == (
        Case(name="empty", stdin="", expected_stdout="0\n"),
        Case(argv=("b", "c"), limits=RequestedLimits(pids=8)),
    )
    assert event.limits is not None
    assert (event.limits.artifact_files, event.limits.artifact_bytes) == (10, 1 << 20)


def test_a_golden_verdict_keeps_every_value() -> None:
    _, event = codec.decode((SCHEMAS / "examples" / "completed.v1.all.json").read_bytes())
    assert isinstance(event, EvaluationCompleted)
    assert (event.limit, event.reached) == ("memory_bytes", ("memory_bytes", "output_bytes"))
    assert event.compilation is not None
    assert (event.compilation.exit_code, event.compilation.signal) == (0, 15)
    assert event.artifacts == (
        Artifact(name="plots/first.png", size=6, sha256="0" * 64, offset=0),
        Artifact(name="empty", size=0, sha256="0" * 64, offset=6),
    )
    assert event.skipped_artifacts == (SkippedArtifact(name="shadow", reason="link"),)
    assert event.cases == CaseCounts(total=3, passed=1, failed=1, skipped=1)
    assert recorded(event) == {
        "stdout": event.stdout,
        "stderr": event.stderr,
        "compiler": event.compiler,
        "artifacts": event.artifact_bytes,
    }


def test_a_golden_case_keeps_every_value() -> None:
    _, event = codec.decode((SCHEMAS / "examples" / "case-completed.v1.json").read_bytes())
    assert isinstance(event, CaseCompleted)
    assert (event.index, event.name, event.passed, event.stdout_offset) == (0, "empty", False, 7)
    assert event.usage is not None
    assert event.usage.warm is True


def test_what_was_written_before_there_were_files_and_cases_means_what_it_meant() -> None:
    """A verdict of the first version has nothing of what came later."""
    _, event = codec.decode((SCHEMAS / "examples" / "completed.v1.json").read_bytes())
    assert isinstance(event, EvaluationCompleted)
    assert (event.compiler, event.compilation, event.cases) == (OutputSummary(), None, None)
    assert (event.artifacts, event.limit, event.reached) == ((), None, ())
    _, event = codec.decode((SCHEMAS / "examples" / "queued.v1.json").read_bytes())
    assert isinstance(event, EvaluationQueued)
    assert event.spec is not None
    assert (event.spec.files, event.spec.cases, event.spec.require) == ((), None, None)
    assert event.limits is not None
    assert event.limits.artifact_files == Limits().artifact_files


def test_what_an_event_leaves_out_has_the_default_of_its_version() -> None:
    _, event = codec.decode((SCHEMAS / "examples" / "queued.v1.minimal.json").read_bytes())
    assert isinstance(event, EvaluationQueued)
    assert (event.engine, event.priority, event.max_attempts) == ("auto", "normal", 3)
