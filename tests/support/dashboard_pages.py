"""The pages of the dashboard, and a system that has something to show on each of them."""

from collections.abc import Mapping
from typing import Final

from cloche import CreateKey, CreateSchedule, SubmitBatch, SubmitEvaluation
from support.giving_up import give_up
from support.system import System

#: Name, address, and words that are there once it has been loaded. `{run}` is an evaluation, `{batch}` a batch, and
#: `{given_up}` an evaluation that is a dead letter.
PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "submit": ("/submit", "Submit"),
    "output": ("/evaluations/{run}", "epoch 3"),
    "detail": ("/evaluations/{run}?tab=events", "State now"),
    "attempts": ("/evaluations/{run}?tab=attempts", "Executor"),
    "limits": ("/evaluations/{run}?tab=limits", "Granted"),
    "files": ("/evaluations/{run}?tab=files", "weights.json"),
    "trace": ("/evaluations/{run}?tab=trace", "attempt 1"),
    "history": ("/history", "train.py"),
    "history-empty": ("/history?q=nothing-is-called-so", "Nothing fits"),
    "batches": ("/batches", "nightly regression"),
    "batch": ("/batches/{batch}", "case-7.py"),
    "schedules": ("/schedules", "0 3 * * *"),
    "queue": ("/queue", "Slots in use"),
    "dead-letters": ("/dead-letters", "sandbox_unavailable"),
    "dead-letters-empty": ("/dead-letters?reason=nothing-has-it", "Nothing fits"),
    "given-up": ("/evaluations/{given_up}?tab=attempts", "the disk is full"),
    "events": ("/events?from=beginning", "completed"),
    "statistics": ("/statistics?range=1h", "By language"),
    "health": ("/health", "gateway is ready"),
    "keys": ("/admin/keys", "continuous integration"),
    "tenants": ("/admin/tenants", "Compilers"),
    "projections": ("/admin/projections", "read-models"),
    "audit": ("/admin/audit", "allowed"),
    "not-found": ("/no-such-page", "Not found"),
    "no-such-run": (
        "/evaluations/01900000-0000-7000-8000-000000000000",
        "There is no such evaluation",
    ),
}

_TRAINING: Final = """
import json, os, sys, time
for epoch in range(1, 4):
    print(f"epoch {epoch}  \\033[32mloss {1 / epoch:.3f}\\033[0m", flush=True)
    time.sleep(0.05)
print("the learning rate was cut", file=sys.stderr)
json.dump({"loss": 1 / 3}, open(os.environ["CLOCHE_OUTPUT"] + "/weights.json", "w"))
"""
_CASES: Final = 20


def fill(system: System) -> dict[str, str]:
    """Run a program and a batch to their ends, have an evaluation given up, make a schedule, a tenant and a key.

    The ids that `PAGES` name."""
    with system.client() as client:
        cases = tuple(
            SubmitEvaluation(code=f"raise SystemExit({number} % 7 == 6)", name=f"case-{number}.py")
            for number in range(_CASES)
        )
        batch = client.batches.submit(SubmitBatch(name="nightly regression", evaluations=cases))
        list(client.batches.results(batch.id))
        client.create_schedule(
            CreateSchedule(
                name="nightly", cron="0 3 * * *", evaluation=SubmitEvaluation(code=_TRAINING)
            )
        )
        tenant = client.create_tenant("Compilers", max_queued=5000).tenant
        client.create_key(CreateKey(name="continuous integration", tenant=tenant))
    given_up = give_up(system, _TRAINING, name="fine-tune.py", reason="sandbox_unavailable")
    # The last: the history draws the rows that are seen, and no others.
    with system.client() as client:
        labels = {"suite": "smoke"}
        run = client.run(SubmitEvaluation(code=_TRAINING, name="train.py", labels=labels))
    return {"run": run.id, "batch": batch.id, "given_up": given_up}
