"""kill -9 of each service and of NATS while a program runs: one end, and every byte of its output.

The program writes for about three seconds. The kill comes after its first lines were seen on the live feed, so it hits
a sandbox that runs, chunks that are in flight, and readers that are behind.
"""

import hashlib
import os
import random
import sys
import time

import pytest
from cloche import Client, Event
from cloche_schemas.commands import SubmitEvaluation
from cloche_schemas.events import (
    AttemptFailed,
    EvaluationCompleted,
    EvaluationDeadLettered,
    OutputChunk,
)
from support.system import System
from support.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

LINES = 60
PROGRAM = f"""
import sys, time
for n in range({LINES}):
    print(f"line {{n:03d}} " + "x" * 200, flush=True)
    print(f"error {{n:03d}}", file=sys.stderr, flush=True)
    time.sleep(0.05)
sys.exit(7)
"""
STDOUT = b"".join(b"line %03d " % n + b"x" * 200 + b"\n" for n in range(LINES))
STDERR = b"".join(b"error %03d\n" % n for n in range(LINES))
WITHIN = 60.0
VICTIMS = ["gateway", "executor", "storage", "projector", "nats"]


def kill_once_it_prints(system: System, client: Client, id: str, victim: str) -> list[Event]:  # noqa: A002
    """Watch `id` to its end; kill `victim` when the first output is seen. Gives every event, each once."""
    events: list[Event] = []
    killed = None
    for event in client.events(id):
        events.append(event)
        if killed is None and isinstance(event.event, OutputChunk):
            killed = system.kill(victim)
    assert killed is not None, "the program ended before anything was killed"
    return events


@pytest.mark.parametrize("victim", VICTIMS)
async def test_an_evaluation_survives_the_kill_of(victim: str, system: System) -> None:
    await survives(system, victim)


@pytest.mark.full
@pytest.mark.timeout(1200)
async def test_evaluations_survive_forty_kills_in_a_row(system: System) -> None:
    seed = int(os.environ.get("CLOCHE_TEST_SEED", time.time_ns()))
    sys.stdout.write(f"CLOCHE_TEST_SEED={seed}\n")  # shown if it fails
    chosen = random.Random(seed)  # noqa: S311 - to be repeated
    for _ in range(40):
        await survives(system, chosen.choice(VICTIMS))


async def survives(system: System, victim: str) -> None:
    """Run the program, kill `victim` in the middle, and hold everything that is recorded against what it wrote."""
    restarts = system.component(victim).restarts
    client = system.client()
    with client:
        accepted = client.submit(SubmitEvaluation(code=PROGRAM))
        events = kill_once_it_prints(system, client, accepted.id, victim)

        decoded = [event.event for event in events]
        ends = [e for e in decoded if isinstance(e, EvaluationCompleted | EvaluationDeadLettered)]
        assert len(ends) == 1, system.logs()
        (end,) = ends
        assert isinstance(end, EvaluationCompleted)
        assert (end.outcome, end.exit_code) == ("failed", 7)
        assert len({event.envelope.id for event in events}) == len(events)
        lost = [e for e in decoded if isinstance(e, AttemptFailed)]
        assert end.attempt == len(lost) + 1
        # Without the log for half the ack wait an executor has to give its attempt up; readers cost nobody one.
        if victim != "nats":
            assert len(lost) == (1 if victim == "executor" else 0)

        chunks = [e for e in decoded if isinstance(e, OutputChunk) and e.attempt == end.attempt]
        assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
        assert b"".join(c.data for c in chunks if c.stream == "stdout") == STDOUT
        assert b"".join(c.data for c in chunks if c.stream == "stderr") == STDERR
        assert end.stdout.sha256 == hashlib.sha256(STDOUT).hexdigest()

        # Every reader caught up: the row, the outputs in S3, and the restarted process itself.
        await wait_until(lambda: client.get(accepted.id).archived, within=WITHIN)
        view = client.get(accepted.id)
        assert (view.status, view.outcome, view.exit_code) == ("completed", "failed", 7)
        assert {lies.stream: lies.size for lies in view.archived} == {
            "stdout": len(STDOUT),
            "stderr": len(STDERR),
        }
        await wait_until(
            lambda: accepted.id in {item.id for item in client.list(status="completed").items},
            within=WITHIN,
        )
        assert client.output(accepted.id, "stdout") == STDOUT
        assert client.output(accepted.id, "stderr") == STDERR
    await wait_until(lambda: system.component(victim).restarts > restarts, within=WITHIN)
    await wait_until(
        lambda: all(one.state == "ready" for one in system.state.components), within=WITHIN
    )
