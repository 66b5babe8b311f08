"""`cloche batch`: many programs go in at once, a line for each comes out when all are over."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cloche_schemas.batches import BatchView, SubmitBatch
from cloche_schemas.values import EngineChoice
from cyclopts import Parameter
from msgspec.structs import replace

from cloche.client import Client
from cloche.commands.evaluations import line_of
from cloche.commands.program import read_program
from cloche.commands.quantities import BadWord, limits, variables
from cloche.commands.watching import INTERRUPTED
from cloche.complaints import USAGE, complain, say
from cloche.errors import ClocheError
from cloche.terminal import json_of

NOT_ALL_SUCCEEDED = 1
Flag = Annotated[bool, Parameter(negative="")]
Words = Annotated[list[str] | None, Parameter(negative="")]

_bodies = msgspec.json.Decoder(SubmitBatch)


def batch(  # noqa: PLR0913 - the options of a command
    program: Path,
    /,
    *more: Path,
    name: str | None = None,
    concurrency: int | None = None,
    json: Flag = False,
    timeout: Annotated[float | None, Parameter(alias="-t")] = None,
    memory: str | None = None,
    limit: Words = None,
    language: str = "auto",
    engine: EngineChoice = "auto",
    env: Words = None,
    detach: Flag = False,
    idempotency_key: str | None = None,
) -> int:
    """Run many programs at once, and wait until all are over; exit 1 if any failed.

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
    with Client.local() as client:
        accepted = client.batches.submit(request, idempotency_key=idempotency_key)
        if detach:
            sys.stdout.write(accepted.id + "\n")
            return 0
        say(f"batch {accepted.id}: {accepted.size} evaluations")
        view = _watched(client, accepted.id)
        if view is None:
            return INTERRUPTED
        for evaluation in client.batches.evaluations(accepted.id):
            sys.stdout.write((json_of(evaluation) if json else line_of(evaluation)) + "\n")
    return 0 if view.by_outcome.get("succeeded", 0) == view.size else NOT_ALL_SUCCEEDED


def progress_of(view: BatchView) -> str:
    """How far a batch is, on a line."""
    counts = [*view.by_outcome.items(), *view.by_status.items()]
    words = [f"{number} {word.replace('_', ' ')}" for word, number in counts if word != "completed"]
    return ", ".join([f"{view.over} of {view.size} over", *words])


class Progress:
    """Says how far a batch is, once for each change: on a terminal in the same line."""

    def __init__(self) -> None:
        self._said = ""
        self._terminal = sys.stderr.isatty()

    def __call__(self, view: BatchView) -> None:
        line = progress_of(view)
        if line == self._said:
            return
        self._said = line
        if self._terminal:
            sys.stderr.write(f"\r\x1b[K{line}")
            sys.stderr.flush()
        else:
            say(line)

    def finish(self) -> None:
        if self._terminal and self._said:
            sys.stderr.write("\n")


def _watched(client: Client, batch: str) -> BatchView | None:
    """The batch at its end; None if a second Ctrl-C ended the watching."""
    progress = Progress()
    try:
        return client.batches.wait(batch, progress=progress)
    except KeyboardInterrupt:
        progress.finish()
        say("cancelling; Ctrl-C again leaves at once")
        try:
            client.batches.cancel(batch, reason="interrupted by the user")
            return client.batches.wait(batch, progress=progress)
        except KeyboardInterrupt:
            say(f"left it to its end; cloche batches get {batch} shows it")
        except ClocheError as error:
            complain(error)
        return None
    finally:
        progress.finish()


def _body_of(path: Path) -> SubmitBatch | None:
    """The body of a batch that the file holds; None if it is a program."""
    if path.suffix != ".json" or not path.is_file():
        return None
    try:
        return _bodies.decode(path.read_bytes())
    except msgspec.DecodeError as error:
        raise BadWord(f"{path}: {error}") from None
