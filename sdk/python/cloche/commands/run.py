"""`cloche run`: a program goes in, its output and its exit code come out as if it had run here."""

import sys
from pathlib import Path
from typing import Annotated

from cloche_schemas.commands import RetryBody, SubmitEvaluation
from cloche_schemas.events import CaseCompleted
from cloche_schemas.values import Engine, EngineChoice, Priority, StreamName
from cloche_schemas.views import EvaluationView
from cyclopts import Parameter
from msgspec.structs import replace

from cloche.client import Client
from cloche.commands.artifacts import fetch
from cloche.commands.cases import NOT_ALL_PASSED, line_of, read_cases, summary_of
from cloche.commands.program import STDIN, read_program
from cloche.commands.quantities import BadWord, limits, moment, seconds, variables
from cloche.commands.watching import exit_code, watch
from cloche.complaints import USAGE, say
from cloche.terminal import Unchanged, json_of, writer

Flag = Annotated[bool, Parameter(negative="")]
Words = Annotated[list[str] | None, Parameter(negative="")]


def run(  # noqa: PLR0913 - the options of a command
    program: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *args: str,
    json: Flag = False,
    timeout: Annotated[float | None, Parameter(alias="-t")] = None,
    memory: str | None = None,
    limit: Words = None,
    language: str = "auto",
    image: str | None = None,
    engine: EngineChoice = "auto",
    require: Engine | None = None,
    file: Annotated[list[Path] | None, Parameter(negative="")] = None,
    entry: str | None = None,
    stdin: Annotated[Path | None, Parameter(allow_leading_hyphen=True)] = None,
    env: Words = None,
    cases: Path | None = None,
    fail_fast: Flag = False,
    artifacts: Path | None = None,
    priority: Priority = "normal",
    attempts: int | None = None,
    retry_failures: Flag = False,
    at: str | None = None,
    delay: Annotated[str | None, Parameter(name="--in")] = None,
    raw: Flag = False,
    detach: Flag = False,
    idempotency_key: str | None = None,
) -> int:
    """Run a program and show its output line by line while it runs; exit as it exits.

    Ctrl-C cancels it and waits for its end; a second one leaves at once.

    Parameters
    ----------
    program:
        The program: a file, a folder, or - for standard input.
    args:
        What the program gets as its arguments; after -- they may begin with a dash.
    json:
        End with the whole evaluation as one JSON object on a line of its own.
    timeout:
        Seconds until it is killed.
    memory:
        The most memory it may take: 128MiB.
    limit:
        Any limit as NAME=VALUE: pids=16, cpu_seconds=2, scratch=256MiB. May be repeated.
    language:
        What it is written in (cloche languages lists them); auto finds it by name, first line and text.
    image:
        The image to run in, instead of the language's own.
    engine:
        The sandbox that it must run in.
    require:
        The weakest sandbox that may run it; where there is only a weaker one, nothing runs it.
    file:
        A file or folder to put beside the program. May be repeated.
    entry:
        Which file of a folder runs, if not its only one and not the one called main.
    stdin:
        A file that the program reads as its standard input; - for what this command reads.
    env:
        A variable of the program's environment, NAME=VALUE, or NAME as it is set here. May be repeated.
    cases:
        A file of cases (JSON, or one object a line): run once for each, a line for each, exit 0 if all passed.
    fail_fast:
        No more cases after one that does not pass.
    artifacts:
        Save the files that the program leaves in its folder $CLOCHE_OUTPUT here.
    priority:
        How urgent it is: high, normal and low are served 16 : 4 : 1.
    attempts:
        How often it is tried when sandbox or executor fail it, the first time included.
    retry_failures:
        Try again also when the program itself fails: for those that fail by chance.
    at:
        Not before this time: 2026-12-24T18:00 by the clock here, or with an offset as +01:00 or Z.
    delay:
        Not before so long from now: 90s, 15m, 12h or 30d.
    raw:
        Give a terminal every byte; else escape sequences but colours are shown, not obeyed.
    detach:
        Print the id and return.
    idempotency_key:
        The same key and program are run once: again, this shows the evaluation that there is.
    """
    if detach and artifacts is not None:
        say("cloche: --detach waits for nothing; cloche artifacts ID --to FOLDER saves them later")
        return USAGE
    try:
        request = replace(
            read_program(program, file or [], entry),
            language=language,
            argv=args,
            stdin=_read(stdin, program),
            env=variables(env or []),
            image=image,
            engine=engine,
            require=require,
            limits=limits(limit or [], timeout, memory),
            cases=None if cases is None else read_cases(cases),
            fail_fast=fail_fast,
            priority=priority,
            retry=RetryBody(attempts=attempts, program_failures=retry_failures),
            run_at=None if at is None else moment(at),
            delay_seconds=None if delay is None else seconds(delay),
        )
    except (BadWord, OSError, UnicodeDecodeError) as error:
        say(f"cloche: {_words(error)}")
        return USAGE
    with Client.local() as client:
        evaluation = client.submit(request, idempotency_key=idempotency_key).id
        if detach:
            sys.stdout.write(evaluation + "\n")
            return 0
        out = writer(sys.stdout, raw=raw)
        view = _shown(client, evaluation, request, out, writer(sys.stderr, raw=raw))
        if isinstance(view, int):
            return view
        code = _cases_code(view) if request.cases is not None else exit_code(view)
        if artifacts is not None:
            code = fetch(client, evaluation, client.artifacts(evaluation), artifacts) or code
        if json:
            out.write(out.rest_of_line() + json_of(view).encode() + b"\n")
        return code


def _shown(
    client: Client, evaluation: str, request: SubmitEvaluation, out: Unchanged, err: Unchanged
) -> EvaluationView | int:
    """The end of the evaluation, its output and its cases shown until then."""

    def show(stream: StreamName, data: bytes) -> None:
        if stream == "stdout" and request.cases is None:
            out.write(data)
        elif stream == "compiler" or (stream == "stderr" and request.cases is None):
            err.write(data)

    def on_case(case: CaseCompleted) -> None:
        out.write(line_of(case).encode() + b"\n")

    try:
        view = watch(client, evaluation, show, on_case)
    finally:
        out.finish()
        err.finish()
    if request.cases is not None and isinstance(view, EvaluationView):
        out.write(summary_of(view).encode() + b"\n")
        if view.cases is not None and view.cases.failed:
            say(f"what they wrote: cloche output {evaluation} [--stream stderr]")
    return view


def _cases_code(view: EvaluationView) -> int:
    """0 only if all passed."""
    if view.outcome in {"cancelled", "compile_failed"} or view.status == "dead_lettered":
        return exit_code(view)
    passed = view.cases is not None and view.cases.passed == view.cases.total
    return 0 if passed else NOT_ALL_PASSED


def _read(path: Path | None, program: str) -> str:
    """What the program reads."""
    if path is None:
        return ""
    if str(path) != STDIN:
        return path.read_bytes().decode()
    if program == STDIN:
        raise BadWord("standard input can be the program or what it reads, not both")
    return sys.stdin.buffer.read().decode()


def _words(error: Exception) -> str:
    match error:
        case UnicodeDecodeError():
            return "standard input and cases must be UTF-8 text"
        case OSError(filename=filename, strerror=strerror):
            return f"{filename}: {strerror}"
        case _:
            return str(error)
