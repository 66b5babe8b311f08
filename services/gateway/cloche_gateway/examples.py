"""An example of every body of the API, for its description. Structs, so that they cannot say what the API does not."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from cloche_schemas import access, audit, batches, dead_letters, queue, schedules, statistics, views
from cloche_schemas.commands import CancelEvaluation, EvaluationSpec, SubmitEvaluation
from cloche_schemas.projections import ProjectionList, ProjectionView, RebuildProjection
from cloche_schemas.timeline import Timeline, TimelineSpan
from cloche_schemas.usage import TenantUsage, UsageReport, Used
from cloche_schemas.values import Artifact, CaseCounts, OutputSummary, Usage

from cloche_gateway.example_of_service import ABOUT, HEALTH

_ID = "01a21861-bbf3-7038-b942-0e64e1468e3d"
_BATCH = "01a21861-c45b-70ee-bbb2-6e55cced55e9"
_LETTER = "evaluation-77"
_WRITER = "wabcdefgh2345"
_NOON = datetime(2026, 11, 26, 12, 0, 0, tzinfo=UTC)
_LATER = _NOON + timedelta(seconds=1.25)
_SHA256 = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
_PATH = f"/v1/evaluations/{_ID}"
_REQUEST = "01a21861-0000-7000-8000-000000000000"
_TRACE = "0af7651916cd43dd8448eb211c80319c"

_stdout = OutputSummary(total_bytes=3, head_bytes=3, sha256=_SHA256, chunks=1)
_artifact = Artifact(name="squares.csv", size=8, sha256=_SHA256, offset=0)
_evaluation = views.EvaluationView(
    id=_ID,
    status="completed",
    outcome="succeeded",
    exit_code=0,
    attempt=1,
    name="sum.py",
    engine="gvisor",
    runtime="runsc",
    image="python",
    executor="executor-1",
    usage=Usage(wall_seconds=0.43, cpu_seconds=0.03, peak_memory_bytes=3_276_800, warm=True),
    stdout=_stdout,
    artifact_count=1,
    labels={"model": "m-7", "task": "sum"},
    cases=CaseCounts(total=1, passed=1),
    submitted_at=_NOON,
    queued_at=_NOON,
    started_at=_NOON + timedelta(seconds=0.25),
    completed_at=_LATER,
    sequence=3,
)
_submission = SubmitEvaluation(
    code="import sys\nprint(sum(map(int, sys.stdin.read().split())))",
    name="sum.py",
    stdin="1 2\n",
    labels={"model": "m-7", "task": "sum"},
)
_batch = batches.BatchView(
    id=_BATCH,
    name="grid",
    size=3,
    by_status={"completed": 2, "running": 1},
    by_outcome={"succeeded": 2},
    created_at=_NOON,
)
_key = access.KeyView(
    id="abcdefgh2345",
    tenant="main",
    name="ci",
    role="user",
    scopes=("read", "write"),
    status="active",
    created_at=_NOON,
    created_by="first-key",
)
_entry = audit.AuditEntry(
    action="POST /v1/keys/{key}/rotate",
    address="192.0.2.7",
    at=_NOON,
    digest=_SHA256,
    key="first-key",
    number=12,
    outcome="allowed",
    previous=hashlib.sha256(b"").hexdigest(),
    request_id=_REQUEST,
    status=201,
    target="/v1/keys/abcdefgh2345/rotate",
    tenant="main",
    trace_id=_TRACE,
    writer=_WRITER,
)
_tenant = access.TenantView(tenant="main", name="main", created_at=_NOON)
_schedule = schedules.ScheduleView(
    id=_ID,
    name="nightly",
    cron="0 3 * * *",
    timezone="Europe/Berlin",
    paused=False,
    evaluation=EvaluationSpec(code="print('good night')"),
    created_at=_NOON,
    next_due=_NOON + timedelta(hours=14),
)
_letter = dead_letters.DeadLetter(
    id=_LETTER,
    kind="evaluation",
    handler="scheduler",
    reason="executor_lost",
    evaluation=_ID,
    deliveries=3,
    subject=f"evaluations.main.{_ID}.lifecycle.queued.auto.normal",
    sequence=77,
    time=_NOON,
    parked_at=_LATER,
)
_requeued = dead_letters.Requeued(letter=_LETTER, evaluation=_BATCH, rerun_of=_ID)
_executor = queue.ExecutorState(
    executor="executor-1",
    version="0.1.0",
    slots=4,
    busy=1,
    takes=("auto", "gvisor", "docker"),
    engines=(
        queue.EngineState(name="gvisor", runtime="runsc", strength="own kernel", warm=2),
        queue.EngineState(name="docker", runtime="runc", strength="shared kernel", warm=2),
    ),
    started_at=_NOON,
    said_at=_LATER,
)
_recent = queue.WaitTimes(seconds=300.0, started=40, completed=39, completed_per_second=0.13)
_ended: dict[str, Any] = {
    "ended": 40,
    "per_second": 0.011,
    "by_outcome": {"succeeded": 36, "failed": 4},
    "success_rate": 0.9,
    "queue": statistics.Durations(count=40, p50=0.04, p95=0.21, p99=0.33),
    "run": statistics.Durations(count=40, p50=0.41, p95=1.9, p99=4.2),
}
_projection = ProjectionView(name="read-models", version=2, sequence=4711)

_MADE: tuple[msgspec.Struct, ...] = (
    ABOUT,
    _submission,
    CancelEvaluation(reason="no longer needed"),
    views.Accepted(id=_ID, links={"self": _PATH, "events": f"{_PATH}/events"}),
    _evaluation,
    views.EvaluationPage(items=(_evaluation,)),
    batches.SubmitBatch(
        template=SubmitEvaluation(code="import os\nprint(os.environ['SEED'])"),
        parameters={"SEED": ("1", "2", "3")},
        name="grid",
        concurrency=2,
    ),
    batches.RerunBatch(only="failed"),
    batches.BatchAccepted(id=_BATCH, size=3, links={"self": f"/v1/batches/{_BATCH}"}),
    _batch,
    batches.BatchProgress(
        id=_BATCH,
        size=3,
        over=2,
        by_status={"completed": 2, "running": 1},
        by_outcome={"succeeded": 2},
    ),
    batches.BatchPage(items=(_batch,)),
    batches.BatchCancelled(id=_BATCH, cancelled=1, already_over=2),
    views.CaseList(
        attempt=1,
        complete=True,
        total=1,
        items=(views.CaseResult(index=0, outcome="succeeded", passed=True, exit_code=0),),
    ),
    views.ArtifactList(attempt=1, complete=True, items=(_artifact,)),
    views.AttemptList(
        items=(views.AttemptView(number=1, queued_at=_NOON, outcome="succeeded"),),
        counts=1,
        complete=True,
    ),
    Timeline(
        trace_id="0af7651916cd43dd8448eb211c80319c",
        spans=(
            TimelineSpan(
                id="evaluation",
                name="evaluation",
                kind="internal",
                started_at=_NOON,
                attributes={"cloche.evaluation.id": _ID},
            ),
            TimelineSpan(
                id="attempt-1",
                parent="evaluation",
                name="run attempt",
                kind="consumer",
                started_at=_NOON,
                attempt=1,
                attributes={"cloche.attempt": 1, "cloche.engine": "gvisor"},
            ),
        ),
    ),
    views.OutputMatches(
        attempt=1, complete=True, items=(views.OutputMatch(line=1, offset=0, text="KeyError: 'a'"),)
    ),
    views.BlobView(sha256=_SHA256, size=5),
    dead_letters.SelectDeadLetters(kind="evaluation", reason="executor_lost"),
    _letter,
    dead_letters.DeadLetterPage(items=(_letter,)),
    _requeued,
    dead_letters.RequeueReport(requeued=1, items=(_requeued,)),
    dead_letters.PurgeReport(purged=1),
    views.LanguageList(
        items=(
            views.LanguageView(name="python", image="python", suffixes=(".py",), compiled=False),
        ),
        images=("python",),
        env=("APP_*", "SEED"),
    ),
    schedules.CreateSchedule(
        name="nightly",
        cron="0 3 * * *",
        timezone="Europe/Berlin",
        evaluation=SubmitEvaluation(code="print('good night')"),
    ),
    _schedule,
    schedules.ScheduleList(items=(_schedule,)),
    queue.QueueView(
        lines=(
            queue.QueueLine(
                tenant="main", engine="auto", priority="normal", waiting=3, oldest_seconds=1.5
            ),
        ),
        tenants=(queue.TenantLoad(tenant="main", waiting=3, running=1, max_queued=200_000),),
        recent=_recent,
        slots=4,
        busy=1,
        executors=1,
    ),
    queue.QueuePlace(
        id=_ID,
        status="queued",
        reason="no_free_slot",
        detail="all 4 slots that take auto are busy",
        ahead=2,
        waited_seconds=1.5,
    ),
    queue.ExecutorList(items=(_executor,), slots=4, busy=1),
    HEALTH,
    access.CreateTenant(name="research"),
    access.ChangeTenant(max_running=8),
    _tenant,
    access.TenantList(items=(_tenant,)),
    access.CreateKey(name="ci", scopes=("read", "write"), expires_seconds=2_592_000.0),
    access.NewKey(api_key="cloche_abcdefgh2345_" + "0" * 48, key=_key),
    _key,
    access.KeyList(items=(_key,)),
    access.ChangeKey(name="ci of the mirror", require_signature=True),
    access.RotateKey(overlap_seconds=3600.0),
    access.ImportRecords(
        records=(access.TenantRecord(tenant="t7", name="research", created_at=_NOON),)
    ),
    access.ImportReport(imported=1),
    audit.AuditPage(items=(_entry,)),
    audit.AuditReport(
        sound=True,
        entries=12,
        messages=3,
        first_sequence=1,
        last_sequence=3,
        heads=(audit.Head(writer=_WRITER, number=12, digest=_SHA256),),
    ),
    _projection,
    ProjectionList(items=(_projection,)),
    RebuildProjection(swap="auto"),
    UsageReport(items=(TenantUsage(tenant="main", stream=Used(count=120, bytes=96_000)),)),
    statistics.Statistics(
        since=_NOON - timedelta(hours=1),
        until=_NOON,
        step="1h",
        total=statistics.Ended(**_ended),
        languages=(statistics.EndedIn(language="python", **_ended),),
        buckets=(statistics.EndedAt(at=_NOON - timedelta(hours=1), **_ended),),
    ),
    views.Problem(
        type="/problems/invalid_body",
        title="The body does not fit the schema",
        status=422,
        code="invalid_body",
        detail="Object contains unknown field `nmae`",
        instance="/v1/evaluations",
        request_id=_REQUEST,
        trace_id=_TRACE,
        errors=(views.FieldError(pointer="/nmae", detail="Object contains unknown field `nmae`"),),
    ),
)
#: By the name of the body.
EXAMPLES: dict[str, Any] = {
    type(one).__name__: msgspec.json.decode(msgspec.json.encode(one)) for one in _MADE
}
