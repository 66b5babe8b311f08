"""A sweep over learning rates and seeds: one batch, a grid of parameters, and the figures of every run compared.

`.venv/bin/python examples/ml-workload/sweep.py` beside `cloche up`.
"""

import json
import sys
from pathlib import Path

from cloche import Client, LimitsBody, SubmitBatch, SubmitEvaluation

PROGRAM = (Path(__file__).parent / "train.py").read_text()
GRID = {"ARG_RATE": ("0.02", "0.1", "0.5"), "SEED": ("1", "2")}

with Client.local() as client:
    accepted = client.batches.submit(
        SubmitBatch(
            name="spirals",
            template=SubmitEvaluation(
                code=PROGRAM,
                language="python",
                limits=LimitsBody(wall_seconds=60.0, cpu_seconds=30.0),
            ),
            parameters=GRID,
            # A sweep is patient: others' programs run beside it.
            concurrency=2,
        )
    )
    client.batches.wait(
        accepted.id, progress=lambda view: print(f"{view.over}/{view.size}", file=sys.stderr)
    )
    runs = [
        json.loads(client.artifact(view.id, "metrics.json"))
        for view in client.batches.evaluations(accepted.id, outcome="succeeded")
    ]

for run in sorted(runs, key=lambda run: run["loss"]):
    print(
        f"rate {run['rate']:<5} seed {run['seed']}  loss {run['loss']:.3f}  accuracy {run['accuracy']:.2f}"
    )
