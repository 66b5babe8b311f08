"""Why an evaluation is not running: pure."""

from collections.abc import Mapping

from cloche_schemas.queue import WaitReason
from cloche_schemas.values import TURNS_OF_TENANT, EngineChoice
from cloche_schemas.views import EvaluationView

from cloche_gateway.turns import Counts, Line


def reason_of(
    view: EvaluationView,
    tenant: str,
    counts: Counts,
    slots: Mapping[EngineChoice, int],
    max_running: int | None,
) -> tuple[WaitReason | None, str]:
    """The nearest reason, and a sentence about it. `view` is scheduled, queued or waits for its next attempt."""
    if view.status == "scheduled":
        return "not_due", f"it is due at {view.due_at:%Y-%m-%dT%H:%M:%SZ}" if view.due_at else ""
    if view.status == "retry_pending":
        return "backing_off", f"attempt {view.attempt} failed, the next one waits for its time"
    there = slots.get(view.engine_requested, 0)
    if there == 0:
        return "no_executor", f"no executor takes work for the engine {view.engine_requested}"
    line = Line(view.engine_requested, view.priority, tenant, view.turns or "")
    if view.turns is not None and counts.held.get(line, 0) > 0:
        return _held(view, line, counts, max_running)
    return "no_free_slot", f"all {there} slots that take {view.engine_requested} are busy"


def _held(
    view: EvaluationView, line: Line, counts: Counts, max_running: int | None
) -> tuple[WaitReason, str]:
    if max_running is not None and counts.in_work(line.tenant) >= max_running:
        return "tenant_cap", f"its tenant may run {max_running} at once"
    limit = view.batch.concurrency if view.batch and line.turns != TURNS_OF_TENANT else None
    if limit is not None and counts.in_turns(line) >= limit:
        return "batch_limit", f"its batch may run {limit} at once"
    return "turn", "others of its tenant are before it, and other tenants have their turns"
