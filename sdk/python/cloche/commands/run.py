"""`cloche run`: a program goes in, its output and its exit code come out as if it had run here."""

import sys
from collections.abc import Callable
from functools import wraps
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, cast

from cloche_schemas.commands import RetryBody
from cloche_schemas.values import Engine, EngineChoice, Priority
from cyclopts import Parameter
from msgspec.structs import replace

from cloche.commands.cases import read_cases
from cloche.commands.connecting import connect
from cloche.commands.program import STDIN, named_or_piped, read_program
from cloche.commands.quantities import BadWord, limits, marks, moment, seconds, variables
from cloche.commands.showing import Manner, show
from cloche.complaints import USAGE, say

Flag = Annotated[bool, Parameter(negative="")]
Words = Annotated[list[str] | None, Parameter(negative="")]


def run(  # noqa: PLR0913 - the options of a command
    program: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
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
    label: Words = None,
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
    cancel_on_interrupt: bool = True,
    idempotency_key: str | None = None,
) -> int:
    """Run a program and show its output line by line while it runs; exit as it exits.

    Ctrl-C cancels it and waits for its end; a second one leaves at once.

    Parameters
    ----------
    program:
        The program: a file, a folder, or - for standard input, which it also is where nothing is named and something
        is piped in.
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
    label:
        A mark of your own, KEY=VALUE, to find it by: cloche list --label KEY=VALUE. May be repeated.
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
    cancel_on_interrupt:
        Ctrl-C cancels it; without, it leaves it to its end.
    idempotency_key:
        The same key and program are run once: again, this shows the evaluation that there is.
    """
    if detach and artifacts is not None:
        say("cloche: --detach waits for nothing; cloche artifacts ID --to FOLDER saves them later")
        return USAGE
    try:
        program = named_or_piped(program)
        request = replace(
            read_program(program, file or [], entry),
            language=language,
            argv=args,
            stdin=_read(stdin, program),
            env=variables(env or []),
            labels=marks(label or []),
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
    with connect() as client:
        evaluation = client.submit(request, idempotency_key=idempotency_key).id
        if detach:
            sys.stdout.write(evaluation + "\n")
            return 0
        return show(
            client,
            evaluation,
            Manner(
                cases=request.cases is not None,
                json=json,
                raw=raw,
                cancel=cancel_on_interrupt,
                artifacts=artifacts,
            ),
        )


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


def _submit(*args: Any, **options: Any) -> int:
    return run(*args, detach=True, **options)


def _as_submit(described: Callable[..., int]) -> Callable[..., int]:
    """`run` without what is about the time after the submission; its options are those of `run` for ever."""
    left_out = {"detach", "json", "raw", "artifacts", "cancel_on_interrupt"}
    kept = [one for name, one in signature(run).parameters.items() if name not in left_out]
    wraps(run)(described)
    described.__name__ = "submit"
    described.__doc__ = (run.__doc__ or "").replace(
        """Run a program and show its output line by line while it runs; exit as it exits.

    Ctrl-C cancels it and waits for its end; a second one leaves at once.
""",
        """Submit a program and write its id; cloche logs -f ID, cloche wait ID and cloche get ID are for later.
""",
    )
    cast("Any", described).__signature__ = signature(run).replace(parameters=kept)
    return described


submit = _as_submit(_submit)
