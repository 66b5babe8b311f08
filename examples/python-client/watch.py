"""Submit a program from Python and watch it: `.venv/bin/python examples/python-client/watch.py` beside `cloche up`."""

import sys

from cloche import Client, SubmitEvaluation
from cloche_schemas.events import EvaluationCompleted, OutputChunk

PROGRAM = "for n in range(3): print(n * n, flush=True)"

with Client.local() as client:
    accepted = client.submit(SubmitEvaluation(code=PROGRAM, labels={"example": "watch"}))
    for event in client.events(accepted.id):
        match event.event:
            case OutputChunk(stream="stdout", data=data):
                sys.stdout.buffer.write(data)
                sys.stdout.flush()
            case EvaluationCompleted(outcome=outcome, exit_code=code):
                print(f"{accepted.id} {outcome} with exit code {code}")
            case _:
                print(f"  {event.envelope.type}")
