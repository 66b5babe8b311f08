"""Make a corpus of a running system: run evaluations of every sort, then keep what its archive holds.

    cloche up --data-dir DIR &                                    # CLOCHE_WORK_ACK_WAIT=5 CLOCHE_SEGMENT_BYTES=20000
    python tests/corpus/record.py DIR tests/corpus/NAME           # runs, waits for the archive, copies it
    python tests/corpus/fold.py tests/corpus/NAME                 # writes rows.json, once

README.md says when, and why an old corpus is never written again.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from cloche import Client
from cloche_kit.archive.index import decode_manifest
from cloche_kit.archive.segment import folder
from cloche_kit.s3 import open_objects
from cloche_kit.settings import ObjectSettings
from cloche_local.folder import SystemState
from cloche_local.seaweed import ACCESS_KEY, BUCKET, REGION
from cloche_schemas.batches import SubmitBatch
from cloche_schemas.commands import Case, SubmitEvaluation
from pydantic import SecretStr

PATIENCE = 240.0
ADD = "import sys\nprint(sum(map(int, sys.stdin.read().split())))"
FILES = "import os, pathlib\npathlib.Path(os.environ['CLOCHE_OUTPUT'], 'squares.csv').write_text('1,1\\n2,4\\n')"
FLAKY = "import random, sys\nsys.exit(7)"
NOISY = "import sys\nfor n in range(40):\n print(n, 'x' * 400)\nprint('oops', file=sys.stderr)\nsys.exit(3)"


def until(what: str, true: Callable[[], bool]) -> None:
    """Return when it is true."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            sys.exit(f"not within {PATIENCE:g} s: {what}")
        time.sleep(0.2)


def run_everything(data: Path) -> None:
    """Evaluations of every sort, each to its end."""
    state = msgspec.json.decode((data / "state.json").read_bytes(), type=SystemState)
    with Client(state.url, state.api_key) as client:

        def submit(code: str, key: str | None = None, **fields: object) -> str:
            body = msgspec.convert({"code": code, **fields}, SubmitEvaluation)
            return client.submit(body, idempotency_key=key).id

        ids = [
            submit("print('hello')", language="python", labels={"sort": "plain"}),
            submit("echo $((6 * 7)); printf '\\0\\377'", language="bash"),
            submit(NOISY, language="python"),
            submit(FILES, language="python"),
            submit("while True: pass", language="python", limits={"wall_seconds": 1}),
            submit("this is no python", language="python"),
            submit("print(1)", language="python", delay_seconds=2),
            submit("print('kept')", language="python", key="corpus-key"),
            submit(FLAKY, language="python", retry=_retry(attempts=2, program_failures=True)),
        ]
        cases = (Case(stdin="1 2\n", expected_stdout="3\n"), Case(stdin="x", expected_stdout=""))
        ids.append(submit(ADD, language="python", cases=msgspec.to_builtins(cases)))
        assert submit("print('kept')", language="python", key="corpus-key") == ids[7]
        template = SubmitEvaluation(
            code="import os\nassert os.environ['SEED'] != '2'", language="python"
        )
        batch = SubmitBatch(template=template, parameters={"SEED": ("1", "2", "3")}, name="grid")
        grid = client.batches.submit(batch, idempotency_key="corpus-key")
        never = submit("print('never')", language="python", delay_seconds=3600)
        client.cancel(never, reason="never mind")
        running = submit("import time\ntime.sleep(600)", language="python")
        until("it runs", lambda: client.get(running).status == "running")
        client.cancel(running, reason="enough")
        for one in (*ids, never, running):
            client.wait(one)
        client.batches.wait(grid.id)
        client.batches.wait(client.batches.rerun(grid.id).id)
        _lose_executors(data, client, submit)


def _lose_executors(data: Path, client: Client, submit: Callable[..., str]) -> None:
    """One evaluation whose executor dies and that is run again, and one that is given up; it is requeued."""
    slow = "import time\ntime.sleep(3)\nprint('at last')"
    again = submit(slow, language="python")
    given_up = submit("import time\ntime.sleep(3)", language="python", retry=_retry(attempts=1))
    until("one runs", lambda: client.get(again).status == "running")
    until("the other runs", lambda: client.get(given_up).status == "running")
    state = msgspec.json.decode((data / "state.json").read_bytes(), type=SystemState)
    pid = next(one.pid for one in state.components if one.name == "executor")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    for one in (again, given_up):
        client.wait(one)
    letter = next(iter(client.dead_letters.each(kind="evaluation")))
    client.wait(client.dead_letters.requeue(letter.id).evaluation)


def _retry(**fields: object) -> dict[str, object]:
    return {"base_seconds": 0.2, "cap_seconds": 1, **fields}


async def copy_archive(data: Path, target: Path) -> None:
    """What is archived by now, after the last output is, as the store holds it."""
    secrets = msgspec.json.decode((data / "secrets.json").read_bytes())
    ports = msgspec.json.decode((data / "run" / "ports.json").read_bytes())
    settings = ObjectSettings(
        s3_endpoint=f"http://127.0.0.1:{ports['s3']}",
        s3_access_key=ACCESS_KEY,
        s3_secret_key=SecretStr(secrets["s3_secret_key"]),
        s3_bucket=BUCKET,
        s3_region=REGION,
    )
    async with open_objects(settings) as objects:
        keys = [info.key async for info in objects.list("archive/")]
        (manifest_key,) = [key for key in keys if key.endswith("manifest.json")]
        seen = -1
        while True:
            found = await objects.get(manifest_key)
            assert found is not None
            manifest = decode_manifest(found[1])
            if manifest.archived == seen:
                break
            seen = manifest.archived
            # Outputs of the last evaluations are announced a moment after their ends.
            await asyncio.sleep(8)
        below = folder(manifest.stream, manifest.epoch)
        for key in [info.key async for info in objects.list("archive/")]:
            found = await objects.get(key)
            assert found is not None
            path = target / key.removeprefix(below)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(found[1])


def main() -> None:
    data, target = Path(sys.argv[1]), Path(sys.argv[2])
    if target.exists():
        sys.exit(f"{target} is there: a corpus is never written again")
    run_everything(data)
    asyncio.run(copy_archive(data, target))


if __name__ == "__main__":
    main()
