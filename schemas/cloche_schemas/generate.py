"""Write the contract in the languages of others: JSON Schema and AsyncAPI 3.0, into ``schemas/generated``.

python -m cloche_schemas.generate            write
python -m cloche_schemas.generate --check    exit 1 and name the files that differ from what would be written
"""

import json
import sys
from pathlib import Path
from typing import Any

import msgspec

from cloche_schemas.about import About
from cloche_schemas.access import (
    ChangeKey,
    ChangeTenant,
    CreateKey,
    CreateTenant,
    ImportRecords,
    ImportReport,
    KeyList,
    KeyView,
    NewKey,
    RotateKey,
    TenantList,
    TenantView,
)
from cloche_schemas.audit import AuditPage, AuditReport
from cloche_schemas.batches import (
    BatchAccepted,
    BatchCancelled,
    BatchPage,
    BatchProgress,
    BatchView,
    RerunBatch,
    SubmitBatch,
)
from cloche_schemas.commands import CancelEvaluation, SubmitEvaluation
from cloche_schemas.dead_letters import (
    DeadLetter,
    DeadLetterPage,
    PurgeReport,
    Requeued,
    RequeueReport,
    SelectDeadLetters,
)
from cloche_schemas.envelope import CONTENT_TYPE, Envelope
from cloche_schemas.events import (
    EVENT_TYPES,
    CaseCompleted,
    EvaluationEvent,
    EvaluationQueued,
    OutputChunk,
    type_of,
)
from cloche_schemas.feeds_api import feeds_asyncapi
from cloche_schemas.health import PlatformHealth
from cloche_schemas.projections import ProjectionList, ProjectionView, RebuildProjection
from cloche_schemas.queue import ExecutorList, QueuePlace, QueueView
from cloche_schemas.schedules import CreateSchedule, ScheduleList, ScheduleView
from cloche_schemas.statistics import Statistics
from cloche_schemas.timeline import Timeline
from cloche_schemas.usage import UsageReport
from cloche_schemas.values import ENGINE_CHOICES, PRIORITIES
from cloche_schemas.views import (
    Accepted,
    ArtifactList,
    AttemptList,
    BlobView,
    CaseList,
    EvaluationPage,
    EvaluationView,
    LanguageList,
    OutputMatches,
    Problem,
)

GENERATED = Path(__file__).parent.parent / "generated"
#: Lies beside the others, but is made of the gateway's routes: cloche_gateway.openapi_file writes it.
OPENAPI = "openapi.json"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
Document = dict[str, Any]
#: Every body that the REST API takes or gives.
BODIES: tuple[type, ...] = (
    About,
    SubmitEvaluation,
    CancelEvaluation,
    Accepted,
    EvaluationView,
    EvaluationPage,
    SubmitBatch,
    RerunBatch,
    BatchAccepted,
    BatchView,
    BatchPage,
    BatchProgress,
    BatchCancelled,
    CaseList,
    ArtifactList,
    AttemptList,
    Timeline,
    OutputMatches,
    BlobView,
    SelectDeadLetters,
    DeadLetter,
    DeadLetterPage,
    Requeued,
    RequeueReport,
    PurgeReport,
    LanguageList,
    CreateSchedule,
    ScheduleView,
    ScheduleList,
    QueueView,
    QueuePlace,
    ExecutorList,
    PlatformHealth,
    CreateTenant,
    ChangeTenant,
    TenantView,
    TenantList,
    CreateKey,
    ChangeKey,
    RotateKey,
    NewKey,
    KeyView,
    KeyList,
    ImportRecords,
    ImportReport,
    ProjectionView,
    ProjectionList,
    RebuildProjection,
    UsageReport,
    Statistics,
    AuditPage,
    AuditReport,
    Problem,
)


def events_schema() -> Document:
    """JSON Schema of every event's data, a union told apart by ``type``."""
    return _schema("Events of Cloche", EvaluationEvent, EVENT_TYPES)


def envelope_schema() -> Document:
    """JSON Schema of the CloudEvents envelope."""
    return _schema("Envelope of an event of Cloche", Envelope, (Envelope,))


def api_schema() -> Document:
    """JSON Schema of the bodies of the REST API."""
    _, components = msgspec.json.schema_components(BODIES, ref_template="#/$defs/{name}")
    return {"$schema": DIALECT, "title": "Bodies of the REST API of Cloche", "$defs": components}


def asyncapi() -> Document:
    """The log and the live feed as AsyncAPI 3.0 channels; JetStream facts are under ``x-jetstream``."""
    _, schemas = msgspec.json.schema_components(
        (*EVENT_TYPES, Envelope), ref_template="#/components/schemas/{name}"
    )
    output: list[type[EvaluationEvent]] = [OutputChunk, CaseCompleted]
    lifecycle = [cls for cls in EVENT_TYPES if cls not in output]
    channels = {
        "queued": _channel(
            "evaluations.{tenant}.{evaluation}.lifecycle.queued.{engine}.{priority}",
            [EvaluationQueued],
        ),
        "held": _channel(
            "evaluations.{tenant}.{evaluation}.lifecycle.held.{engine}.{priority}.{turns}",
            [EvaluationQueued],
        ),
        "lifecycle": _channel(
            "evaluations.{tenant}.{evaluation}.lifecycle.log",
            [cls for cls in lifecycle if cls is not EvaluationQueued],
        ),
        "output": _channel("evaluations.{tenant}.{evaluation}.output.{attempt}", output),
        "live": _channel("live.{tenant}.{evaluation}.lifecycle.>", lifecycle),
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "The event log of Cloche",
            "version": "1.0.0",
            "description": "CloudEvents 1.0.2 in structured mode on NATS JetStream.",
            "license": {"name": "MIT"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": channels,
        "operations": {
            f"read-{name}": {"action": "receive", "channel": {"$ref": f"#/channels/{name}"}}
            for name in channels
        },
        "components": {
            "messages": {cls.__name__: _message(cls) for cls in EVENT_TYPES},
            "schemas": schemas,
        },
    }


def documents() -> dict[str, Document]:
    """Every generated file by name."""
    return {
        "events.schema.json": events_schema(),
        "envelope.schema.json": envelope_schema(),
        "api.schema.json": api_schema(),
        "asyncapi.json": asyncapi(),
        "feeds.asyncapi.json": feeds_asyncapi(),
    }


def render(document: Document) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=False) + "\n"


def drifted(folder: Path = GENERATED) -> list[str]:
    """Names of files in `folder` that are not what would be written, and of files that nobody would write."""
    wanted = {name: render(document) for name, document in documents().items()}
    found = {path.name: path.read_text() for path in _written(folder)} if folder.is_dir() else {}
    return sorted(
        name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name)
    )


def _written(folder: Path) -> list[Path]:
    """What lies in `folder` and is written here."""
    return [path for path in folder.glob("*") if path.name != OPENAPI]


def _schema(title: str, root: Any, types: tuple[type, ...]) -> Document:
    (schema,), components = msgspec.json.schema_components((root,), ref_template="#/$defs/{name}")
    return {
        "$schema": DIALECT,
        "title": title,
        **schema,
        "$defs": components,
        "x-types": _names(types),
    }


def _names(types: tuple[type, ...]) -> list[str]:
    return [type_of(cls) if cls in EVENT_TYPES else cls.__name__ for cls in types]


def _channel(address: str, carried: list[type[EvaluationEvent]]) -> Document:
    names = [part[1:-1] for part in address.split(".") if part.startswith("{")]
    return {
        "address": address,
        "parameters": {name: {"description": _PARAMETERS[name]} for name in names},
        "messages": {
            cls.__name__: {"$ref": f"#/components/messages/{cls.__name__}"} for cls in carried
        },
        "x-jetstream": {"stream": "EVALUATIONS" if address.startswith("evaluations") else None},
    }


_PARAMETERS = {
    "tenant": "server-made token of the owning tenant",
    "evaluation": "id of the evaluation, UUIDv7 or UUIDv8",
    "engine": f"one of {', '.join(ENGINE_CHOICES)}",
    "priority": f"one of {', '.join(PRIORITIES)}",
    "turns": "whom it takes turns with: all of its tenant, or a batch",
    "attempt": "number of the attempt, from 1",
}


def _message(cls: type[EvaluationEvent]) -> Document:
    data = {"$ref": f"#/components/schemas/{cls.__name__}"}
    return {
        "name": type_of(cls),
        "title": cls.__name__,
        "summary": (cls.__doc__ or "").strip().splitlines()[0],
        "contentType": CONTENT_TYPE,
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/Envelope"},
                {"type": "object", "properties": {"type": {"const": type_of(cls)}, "data": data}},
            ]
        },
    }


def main(arguments: list[str]) -> int:
    if arguments == ["--check"]:
        stale = drifted()
        for name in stale:
            sys.stderr.write(f"schemas/generated/{name} is not what `make generate` writes\n")
        return 1 if stale else 0
    GENERATED.mkdir(exist_ok=True)
    for path in _written(GENERATED):
        path.unlink()
    for name, document in documents().items():
        (GENERATED / name).write_text(render(document))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
