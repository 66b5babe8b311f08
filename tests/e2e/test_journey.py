"""One evaluation the whole way: command line, log, sandbox, PostgreSQL, S3, REST and SSE of one running system."""

import json
import subprocess
import time
from pathlib import Path

import asyncpg
import msgspec
import pytest
from cloche_kit.bus import Conflict
from cloche_kit.jetstream import open_bus
from cloche_kit.objects import ObjectInfo
from cloche_kit.s3 import open_objects
from cloche_kit.settings import ObjectSettings
from cloche_local.folder import DataFolder
from cloche_schemas.commands import LimitsBody, SubmitEvaluation
from cloche_schemas.subjects import Address
from pydantic import SecretStr
from support.system import CLOCHE, System
from support.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

HELLO = Path(__file__).parents[2] / "examples" / "basic-evaluation" / "hello.py"


def objects_of(system: System) -> ObjectSettings:
    secrets = DataFolder(system.folder).secrets()
    port = system.component("s3").port
    return ObjectSettings(
        s3_endpoint=f"http://127.0.0.1:{port}",
        s3_access_key="cloche",
        s3_secret_key=SecretStr(secrets.s3_secret_key),
    )


def test_lines_come_while_the_program_runs(system: System) -> None:
    process = subprocess.Popen(
        [*CLOCHE, "run", str(HELLO)], stdout=subprocess.PIPE, env=system.environment()
    )
    with process:
        assert process.stdout is not None
        came = [(time.monotonic(), line) for line in process.stdout]
    assert process.returncode == 0
    assert [line for _, line in came][1:4] == [b"tick 1\n", b"tick 2\n", b"tick 3\n"]
    # The program pauses 0.4 s before each tick: printed at the end they would come all at once.
    assert came[-1][0] - came[0][0] > 0.8


def test_the_exit_code_is_the_programs(system: System) -> None:
    done = system.run("run", "-", stdin=b"import sys; print('out'); sys.exit(3)")
    assert (done.returncode, done.stdout) == (3, b"out\n")


def test_arguments_limits_and_json(system: System) -> None:
    done = system.run(
        *("run", "--json", "--timeout", "5", "--memory", "64MiB", "-", "--", "a", "b c"),
        stdin=b"import sys; print(sys.argv[1:])",
    )
    assert done.returncode == 0, done.stderr.decode()
    *output, last = done.stdout.splitlines()
    assert output == [b"['a', 'b c']"]
    view = json.loads(last)
    assert (view["status"], view["outcome"], view["exit_code"]) == ("completed", "succeeded", 0)
    assert view["limits"]["wall_seconds"] == 5.0
    assert view["limits"]["memory_bytes"] == 64 << 20


async def test_the_same_evaluation_is_in_postgresql_and_s3(system: System) -> None:
    with system.client() as client:
        accepted = client.submit(SubmitEvaluation(code="print('kept')"))
        client.wait(accepted.id)
        await wait_until(lambda: client.get(accepted.id).archived, within=20)
        view = client.get(accepted.id)
    lies = next(output for output in view.archived if output.stream == "stdout")

    secrets = DataFolder(system.folder).secrets()
    postgres = await asyncpg.connect(
        host="127.0.0.1",
        port=system.component("postgres").port,
        user="cloche",
        database="cloche",
        password=secrets.postgres_password,
    )
    try:
        row = await postgres.fetchrow(
            "SELECT status, outcome, view FROM evaluations WHERE tenant = 'main' AND id = $1",
            accepted.id,
        )
        assert row is not None
        assert (row["status"], row["outcome"]) == ("completed", "succeeded")
        assert json.loads(row["view"])["id"] == accepted.id
        kept = await postgres.fetchval(
            "SELECT data FROM outputs WHERE evaluation = $1", accepted.id
        )
        assert kept == b"kept\n"
    finally:
        await postgres.close()

    async with open_objects(objects_of(system)) as objects:
        found = await objects.get(lies.key)
        assert found is not None
        assert found[1] == b"kept\n"

        async def segments() -> list[ObjectInfo]:
            return [one async for one in objects.list("archive/") if one.key.endswith(".zst")]

        await wait_until(segments, within=20)


async def test_a_poison_message_is_parked_and_its_neighbours_move_on(system: System) -> None:
    stranger = Address("main", "00000000-0000-7000-8000-000000000001")
    async with open_bus(system.nats(), name="test") as bus:
        before = len(await bus.parked())
        poisons = {
            stranger.log: b"{not json",
            stranger.queued("auto", "normal"): b"no event at all",
        }
        for number, (subject, data) in enumerate(poisons.items()):
            stored = await bus.append(subject, data, msg_id=f"poison-{number}")
            assert not isinstance(stored, Conflict)
        begun = time.monotonic()
        with system.client() as client:
            accepted = client.submit(SubmitEvaluation(code="print('after the poison')"))
            view = client.wait(accepted.id)
        assert view.outcome == "succeeded"
        # What waits behind it is a whole sandbox; the poison itself may cost a second.
        assert time.monotonic() - begun < 8

        async def parked() -> bool:
            return len(await bus.parked()) >= before + 3

        await wait_until(parked, within=20)
        found = (await bus.parked())[before:]
    assert {one.handler for one in found} >= {"projector", "executor"}
    assert all(one.reason for one in found)
    assert {one.stored.data for one in found} == set(poisons.values())


def test_a_running_program_is_cancelled(system: System) -> None:
    with system.client() as client:
        accepted = client.submit(
            SubmitEvaluation(code="import time\nprint('up', flush=True)\ntime.sleep(60)")
        )
        for event in client.events(accepted.id):
            if event.envelope.type.endswith("output-chunk.v1"):
                client.cancel(accepted.id, reason="enough")
        view = client.get(accepted.id)
        assert (view.status, view.outcome) == ("completed", "cancelled")
        assert client.output(accepted.id) == b"up\n"


def test_a_program_that_takes_too_long_is_ended(system: System) -> None:
    with system.client() as client:
        accepted = client.submit(
            SubmitEvaluation(code="while True: pass", limits=LimitsBody(wall_seconds=1.0))
        )
        view = client.wait(accepted.id)
    assert (view.outcome, view.failure_domain) == ("timed_out", "limit")


def test_a_body_of_almost_the_limit_is_run_and_one_over_it_goes_another_way(system: System) -> None:
    program = "print('long')\n#"
    room = (1 << 20) - len(msgspec.json.encode(SubmitEvaluation(code=program)))
    with system.client() as client:
        accepted = client.submit(SubmitEvaluation(code=program + "x" * room))
        assert client.wait(accepted.id).outcome == "succeeded"
        assert client.output(accepted.id) == b"long\n"
        over = SubmitEvaluation(code=program + "x" * (room + 1))
        kind = {"Content-Type": "application/json"}
        refused = client._transport.http.post(
            "/v1/evaluations", content=msgspec.json.encode(over), headers=kind
        )
        assert refused.status_code == 413
        # What is over it, the client sends ahead.
        assert client.wait(client.submit(over).id).outcome == "succeeded"
