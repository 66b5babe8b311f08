"""`cloche run`: a program goes in, its output and its exit code come out as if it had run here."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TextIO

import msgspec
from cloche_schemas.commands import LimitsBody, SubmitEvaluation
from cloche_schemas.events import AttemptFailed, AttemptStarted, OutputChunk
from cloche_schemas.values import EngineChoice, Language, Outcome
from cloche_schemas.views import EvaluationView
from cyclopts import Parameter
from msgspec.structs import replace

from cloche.client import Client
from cloche.commands.quantities import BadWord, language_of, name_of, size
from cloche.complaints import USAGE, complain, say
from cloche.errors import ClocheError, Conflict
from cloche.feed import Event

TIMED_OUT = 124
PLATFORM = 125
NOT_RUNNABLE = 126
INTERRUPTED = 130
OUT_OF_MEMORY = 137
BY_SIGNAL = 128


def run(  # noqa: PLR0913 - the options of a command
    file: Annotated[str, Parameter(allow_leading_hyphen=True)],
    *args: str,
    json: Annotated[bool, Parameter(negative="")] = False,
    timeout: Annotated[float | None, Parameter(alias="-t")] = None,
    memory: str | None = None,
    language: Language | None = None,
    engine: EngineChoice = "auto",
    stdin: Path | None = None,
    detach: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Run a program and show its output line by line while it runs; exit as it exits.

    Ctrl-C cancels it and waits for its end; a second one leaves at once.

    Parameters
    ----------
    file:
        The program; - reads it from standard input.
    args:
        What the program gets as its arguments; after -- they may begin with a dash.
    json:
        End with the whole evaluation as one JSON object on a line of its own.
    timeout:
        Seconds until it is killed.
    memory:
        The most memory it may take: 128MiB.
    language:
        python or bash; else by the file's suffix or its first line.
    engine:
        The sandbox that it must run in.
    stdin:
        A file that the program reads as its standard input.
    detach:
        Print the id and return.
    """
    try:
        program = _program(file, args, stdin)
        request = replace(
            program,
            language=language or language_of(file, program.code),
            engine=engine,
            limits=LimitsBody(
                wall_seconds=timeout, memory_bytes=None if memory is None else size(memory)
            ),
        )
    except (BadWord, OSError, UnicodeDecodeError) as error:
        say(f"cloche: {_words(error)}")
        return USAGE
    with Client.local() as client:
        evaluation = client.submit(request).id
        if detach:
            sys.stdout.write(evaluation + "\n")
            return 0
        out = Unchanged(sys.stdout)
        view = watch(client, evaluation, out, Unchanged(sys.stderr))
        if isinstance(view, int):
            return view
        if json:
            out.write(out.rest_of_line() + msgspec.json.encode(view) + b"\n")
        return exit_code(view)


class Unchanged:
    """The bytes under one of our text streams: programs write what is no text."""

    def __init__(self, stream: TextIO) -> None:
        self._buffer = stream.buffer
        self._last = b"\n"

    def write(self, data: bytes) -> None:
        """Now, not when a buffer is full."""
        self._buffer.write(data)
        self._buffer.flush()
        self._last = data[-1:] or self._last

    def rest_of_line(self) -> bytes:
        """What must be written for the next bytes to begin a line."""
        return b"" if self._last == b"\n" else b"\n"


def watch(client: Client, evaluation: str, out: Unchanged, err: Unchanged) -> EvaluationView | int:
    """Copy output as it comes until the end: the evaluation, or an exit code if a second Ctrl-C ended the watching."""
    events = client.events(evaluation)
    try:
        copy(events, out, err)
    except KeyboardInterrupt:
        say("cancelling; Ctrl-C again leaves at once")
        try:
            return _cancelled(client, evaluation, out, err)
        except KeyboardInterrupt:
            say(f"left it to its end; cloche events {evaluation} watches it again")
            return INTERRUPTED
        except ClocheError as error:
            complain(error)
            return INTERRUPTED
    return _settled(client, evaluation)


def copy(events: Iterator[Event], out: Unchanged, err: Unchanged) -> None:
    """Write each chunk of the attempts to its stream, flushed.

    A retried attempt begins its output anew; what an earlier attempt had shown stays on the screen, so it is said.
    """
    shown = False
    for event in events:
        match event.event:
            case OutputChunk(stream=stream, data=data):
                shown = True
                (out if stream == "stdout" else err).write(data)
            case AttemptFailed(attempt=attempt, reason=reason):
                say(f"attempt {attempt} was lost ({reason}); it is tried again")
            case AttemptStarted(attempt=attempt) if attempt > 1 and shown:
                say(
                    f"attempt {attempt} begins; the output above is of an attempt that does not count"
                )
            case _:
                pass


WORDS: dict[Outcome, tuple[str, int]] = {
    "timed_out": ("it ran out of time and was killed", TIMED_OUT),
    "out_of_memory": ("it ran out of memory and was killed", OUT_OF_MEMORY),
    "cancelled": ("it was cancelled", INTERRUPTED),
}


def exit_code(view: EvaluationView) -> int:
    """The program's, or the shell's way to say why it has none."""
    if view.status == "dead_lettered":
        say(f"Cloche could not run it: {view.detail or 'every attempt failed'}")
        return PLATFORM
    if view.outcome in WORDS:
        words, code = WORDS[view.outcome]
        say(words)
        return code
    if view.outcome == "compile_failed":
        return view.exit_code or NOT_RUNNABLE
    if view.signal is not None:
        return BY_SIGNAL + view.signal
    return PLATFORM if view.exit_code is None else view.exit_code


def _cancelled(client: Client, evaluation: str, out: Unchanged, err: Unchanged) -> EvaluationView:
    try:
        client.cancel(evaluation, reason="interrupted by the user")
    except Conflict:
        say("it was over already")
    # Output from here on is not shown twice: only the end is waited for.
    return client.wait(evaluation)


def _settled(client: Client, evaluation: str) -> EvaluationView:
    view = client.wait(evaluation)
    dropped = view.stdout.dropped_bytes + view.stderr.dropped_bytes
    if dropped:
        say(f"{dropped} bytes of output were over the limit and not recorded")
    return view


def _program(file: str, args: tuple[str, ...], stdin: Path | None) -> SubmitEvaluation:
    # The parser lets a dash through for the sake of "-" alone.
    if file.startswith("-") and file != "-":
        raise BadWord(f"unknown option {file}; a file of that name is ./{file}")
    code = (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode()
    return SubmitEvaluation(
        code=code,
        name=name_of(file),
        argv=args,
        stdin=stdin.read_bytes().decode() if stdin is not None else "",
    )


def _words(error: Exception) -> str:
    match error:
        case UnicodeDecodeError():
            return "program and standard input must be UTF-8 text"
        case OSError(filename=filename, strerror=strerror):
            return f"{filename}: {strerror}"
        case _:
            return str(error)
