"""`cloche batch`: many programs go in at once, a line for each comes out as it ends."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cloche_schemas.batches import SubmitBatch
from cloche_schemas.values import EngineChoice
from cyclopts import Parameter
from msgspec.structs import replace

from cloche.commands.batch_results import Results
from cloche.commands.connecting import connect
from cloche.commands.program import read_program
from cloche.commands.quantities import BadWord, limits, marks, variables
from cloche.complaints import USAGE, note, say

Flag = Annotated[bool, Parameter(negative="")]
Words = Annotated[list[str] | None, Parameter(negative="")]

_bodies = msgspec.json.Decoder(SubmitBatch)


def batch(  # noqa: PLR0913 - the options of a command
    program: Path,
    /,
    *more: Path,
    name: str | None = None,
    concurrency: Annotated[int | None, Parameter(alias="--max-parallel")] = None,
    fail_fast: Flag = False,
    json: Flag = False,
    timeout: Annotated[float | None, Parameter(alias="-t")] = None,
    memory: str | None = None,
    limit: Words = None,
    language: str = "auto",
    engine: EngineChoice = "auto",
    env: Words = None,
    label: Words = None,
    detach: Flag = False,
    idempotency_key: str | None = None,
) -> int:
    """Run many programs at once, a line for each as it ends; exit 1 if any failed.

    Ctrl-C cancels what is left and waits for its end; a second one leaves at once.

    Parameters
    ----------
    program:
        A program, or a JSON file with the body of a batch: `evaluations`, or `template` and `parameters`.
    more:
        More programs: a file or a folder each.
    name:
        What the batch is called.
    concurrency:
        No more than so many of them run at once.
    fail_fast:
        Cancel what is left as soon as one failed.
    json:
        Each evaluation as a JSON object on a line of its own.
    timeout:
        Seconds until a program is killed.
    memory:
        The most memory a program may take: 128MiB.
    limit:
        Any limit as NAME=VALUE: pids=16, cpu_seconds=2, scratch=256MiB. May be repeated.
    language:
        What the programs are written in; auto finds it for each.
    engine:
        The sandbox that they must run in.
    env:
        A variable of every program's environment, NAME=VALUE, or NAME as it is set here. May be repeated.
    label:
        A mark of every program, KEY=VALUE, to find them by: cloche list --label KEY=VALUE. May be repeated.
    detach:
        Print the batch's id and return.
    idempotency_key:
        The same key and programs are run once: again, this waits for the batch that there is.
    """
    try:
        request = None if more else _body_of(program)
        if request is None:
            common = {
                "language": language,
                "engine": engine,
                "env": variables(env or []),
                "labels": marks(label or []),
                "limits": limits(limit or [], timeout, memory),
            }
            programs = [read_program(str(path), [], None) for path in (program, *more)]
            request = SubmitBatch(evaluations=tuple(replace(one, **common) for one in programs))
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    except OSError as error:
        say(f"cloche: {error.filename}: {error.strerror}")
        return USAGE
    if name is not None:
        request = replace(request, name=name)
    if concurrency is not None:
        request = replace(request, concurrency=concurrency)
    with connect() as client:
        accepted = client.batches.submit(request, idempotency_key=idempotency_key)
        if detach:
            sys.stdout.write(accepted.id + "\n")
            return 0
        note(f"batch {accepted.id}: {accepted.size} evaluations")
        return Results(client, accepted.id, json=json, fail_fast=fail_fast).show()


def _body_of(path: Path) -> SubmitBatch | None:
    """The body of a batch that the file holds; None if it is a program."""
    if path.suffix != ".json" or not path.is_file():
        return None
    try:
        return _bodies.decode(path.read_bytes())
    except msgspec.DecodeError as error:
        raise BadWord(f"{path}: {error}") from None
