"""`cloche rerun`: an evaluation again, as it was or with changes."""

import sys
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cloche_schemas.commands import LimitsBody
from cloche_schemas.values import EngineChoice, Priority
from cyclopts import Parameter

from cloche.commands.connecting import connect
from cloche.commands.quantities import BadWord, limits, marks, variables
from cloche.commands.showing import Manner, show
from cloche.complaints import USAGE, note, say

Flag = Annotated[bool, Parameter(negative="")]
Words = Annotated[list[str] | None, Parameter(negative="")]


def rerun(  # noqa: PLR0913 - the options of a command
    evaluation: str,
    /,
    *args: str,
    code: Path | None = None,
    stdin: Path | None = None,
    timeout: Annotated[float | None, Parameter(alias="-t")] = None,
    memory: str | None = None,
    limit: Words = None,
    language: str | None = None,
    engine: EngineChoice | None = None,
    env: Words = None,
    label: Words = None,
    priority: Priority | None = None,
    change: str | None = None,
    json: Flag = False,
    raw: Flag = False,
    detach: Flag = False,
    cancel_on_interrupt: bool = True,
    idempotency_key: str | None = None,
) -> int:
    """Run an evaluation again, as it was or with what is changed here, and show it as cloche run does.

    Parameters
    ----------
    evaluation:
        Its id.
    args:
        Other arguments of the program, behind --.
    code:
        Another program, from this file.
    stdin:
        A file that the program reads as its standard input.
    timeout:
        Seconds until it is killed.
    memory:
        The most memory it may take: 128MiB.
    limit:
        Any limit as NAME=VALUE. May be repeated.
    language:
        What it is written in.
    engine:
        The sandbox that it must run in.
    env:
        A variable of the program's environment, NAME=VALUE, or NAME as it is set here. May be repeated.
    label:
        A mark of your own, KEY=VALUE, beside those that it has. May be repeated.
    priority:
        How urgent it is.
    change:
        Any other change, as a JSON Merge Patch of the submission: {"image": "python", "cases": null}.
    json:
        End with the whole evaluation as one JSON object on a line of its own.
    raw:
        Give a terminal every byte; else escape sequences but colours are shown, not obeyed.
    detach:
        Print the id and return.
    cancel_on_interrupt:
        Ctrl-C cancels it; without, it leaves it to its end.
    idempotency_key:
        With the same key it is run again once.
    """
    given: dict[str, Any] = {
        "argv": args or None,
        "language": language,
        "engine": engine,
        "priority": priority,
    }
    try:
        changes = _patch(change) | {name: word for name, word in given.items() if word is not None}
        if code is not None:
            changes["code"] = code.read_text()
        if stdin is not None:
            changes["stdin"] = stdin.read_text()
        if env:
            changes["env"] = variables(env)
        if label:
            changes["labels"] = marks(label)
        asked = limits(limit or [], timeout, memory)
        if asked != LimitsBody():
            changes["limits"] = msgspec.to_builtins(asked)
    except (BadWord, OSError, UnicodeDecodeError) as error:
        say(f"cloche: {error}")
        return USAGE
    with connect() as client:
        again = client.rerun(evaluation, changes, idempotency_key=idempotency_key).id
        if detach:
            sys.stdout.write(again + "\n")
            return 0
        note(f"evaluation {again}")
        cases = client.get(again).cases is not None
        manner = Manner(cases=cases, json=json, raw=raw, cancel=cancel_on_interrupt)
        return show(client, again, manner)


def _patch(text: str | None) -> dict[str, Any]:
    try:
        return {} if text is None else msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise BadWord(f"--change is no JSON object: {error}") from None
