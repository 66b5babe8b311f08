"""The dashboard folds events as the domain does: the same histories through both give the same views."""

import json
import subprocess
from datetime import UTC, datetime, timedelta
from functools import reduce
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cloche_domain.view import Occurrence, project
from cloche_schemas.codec import decode
from cloche_schemas.events import LifecycleEvent
from cloche_schemas.views import EvaluationView
from support.node import NODE

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "schemas" / "examples"
ID = "01900000-0000-7000-8000-000000000001"
TRACE = "0af7651916cd43dd8448eb211c80319c"
BEGUN = datetime(2026, 11, 26, 12, 0, 0, 120_000, UTC)

# Golden files in the order of a life, without their suffix.
HISTORIES = [
    ["queued.v1.minimal"],
    ["scheduled.v1", "queued.v1", "started.v1.gvisor", "completed.v1.all", "output-archived.v1"],
    ["queued.v1", "started.v1", "completed.v1"],
    ["queued.v1.files-and-cases", "started.v1", "cancel-requested.v1", "completed.v1"],
    ["queued.v1", "started.v1", "attempt-failed.v1", "queued.v1.minimal", "started.v1.gvisor", "completed.v1"],
    ["queued.v1", "started.v1", "attempt-failed.v1", "dead-lettered.v1"],
    ["queued.v1", "cancel-requested.v1", "dead-lettered.v1"],
]  # fmt: skip


def history_of(names: list[str]) -> list[dict[str, Any]]:
    """The examples as one evaluation's events, a second apart."""
    events = []
    for number, name in enumerate(names, start=1):
        envelope = json.loads((EXAMPLES / f"{name}.json").read_text())
        time = BEGUN + timedelta(seconds=number)
        stamped = {"subject": ID, "sequence": str(number), "time": msgspec.to_builtins(time)}
        events.append({**envelope, **stamped, "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})
    return events


def viewed(history: list[dict[str, Any]]) -> EvaluationView:
    """What the projector makes of it."""

    def after(view: EvaluationView | None, message: dict[str, Any]) -> EvaluationView:
        envelope, event = decode(json.dumps(message).encode())
        assert isinstance(event, LifecycleEvent)
        return project(
            view,
            Occurrence(
                evaluation=envelope.subject,
                number=envelope.number,
                time=envelope.time,
                trace_id=TRACE,
                event=event,
            ),
        )

    view = reduce(after, history, None)
    assert view is not None
    return view


@pytest.fixture(scope="module")
def folded() -> list[EvaluationView]:
    """What the dashboard makes of each history."""
    histories = [history_of(names) for names in HISTORIES]
    said = subprocess.run(
        [NODE, "dashboard/test/fold.ts"],
        input=json.dumps(histories).encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    ).stdout
    # What may be left out may also be there with its default.
    return msgspec.json.decode(said, type=list[EvaluationView])


@pytest.mark.parametrize("number", range(len(HISTORIES)), ids=lambda n: HISTORIES[n][-1])
def test_both_folds_agree(folded: list[EvaluationView], number: int) -> None:
    assert folded[number] == viewed(history_of(HISTORIES[number]))
