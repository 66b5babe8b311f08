"""`cloche schedules`: programs that run again and again."""

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
from cloche_schemas.schedules import CreateSchedule, ScheduleView
from cloche_schemas.values import EngineChoice
from cyclopts import Parameter
from msgspec.structs import replace

from cloche.commands.connecting import connect
from cloche.commands.program import STDIN, read_program
from cloche.commands.quantities import BadWord, limits, marks, variables
from cloche.complaints import USAGE, note, printable, say
from cloche.terminal import json_of

Flag = Annotated[bool, Parameter(negative="")]
Words = Annotated[list[str] | None, Parameter(negative="")]


def create(  # noqa: PLR0913 - the options of a command
    cron: str,
    program: Annotated[str, Parameter(allow_leading_hyphen=True)],
    /,
    *args: str,
    name: str | None = None,
    timezone: str = "UTC",
    paused: Flag = False,
    timeout: Annotated[float | None, Parameter(alias="-t")] = None,
    memory: str | None = None,
    limit: Words = None,
    language: str = "auto",
    image: str | None = None,
    engine: EngineChoice = "auto",
    file: Annotated[list[Path] | None, Parameter(negative="")] = None,
    entry: str | None = None,
    env: Words = None,
    label: Words = None,
    json: Flag = False,
) -> int:
    """Make a schedule, and write its id.

    Parameters
    ----------
    cron:
        When: "*/5 * * * *" as of cron, @hourly, @daily, @weekly, @monthly, @yearly, or "@every 90s".
    program:
        The program: a file, a folder, or - for standard input. It is read now, once.
    args:
        What the program gets as its arguments.
    name:
        For people (default: the program's name).
    timezone:
        Whose clocks cron goes by: Europe/Berlin.
    paused:
        It waits until it is resumed.
    timeout:
        Seconds until a run is killed.
    memory:
        The most memory that a run may take: 128MiB.
    limit:
        Any limit as NAME=VALUE. May be repeated.
    language:
        What it is written in; auto finds it by name, first line and text.
    image:
        The image to run in, instead of the language's own.
    engine:
        The sandbox that it must run in.
    file:
        A file or folder to put beside the program. May be repeated.
    entry:
        Which file of a folder runs, if not its only one and not the one called main.
    env:
        A variable of the program's environment, NAME=VALUE, or NAME as it is set here. May be repeated.
    label:
        A mark of its runs, KEY=VALUE, to find them by: cloche list --label KEY=VALUE. May be repeated.
    json:
        The schedule as one JSON object.
    """
    try:
        evaluation = replace(
            read_program(program, file or [], entry),
            language=language,
            argv=args,
            env=variables(env or []),
            labels=marks(label or []),
            image=image,
            engine=engine,
            limits=limits(limit or [], timeout, memory),
        )
    except OSError as error:
        say(f"cloche: {error.filename}: {error.strerror}")
        return USAGE
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    called = name or ("standard input" if program == STDIN else Path(program).name)
    wish = CreateSchedule(
        name=called, cron=cron, timezone=timezone, evaluation=evaluation, paused=paused
    )
    with connect() as client:
        made = client.create_schedule(wish)
    if json:
        return _shown(made, json=True)
    sys.stdout.write(made.id + "\n")
    note(_line(made))
    return 0


def ls(*, json: Flag = False) -> int:
    """List schedules, oldest first.

    Parameters
    ----------
    json:
        One JSON object a line.
    """
    with connect() as client:
        listed = client.schedules()
    for one in listed.items:
        _shown(one, json=json)
    return 0


def get(schedule: str, /, *, json: Flag = False) -> int:
    """Show one schedule: when it is due next, what it submitted last, and what was missed.

    Parameters
    ----------
    schedule:
        Its id.
    json:
        As one JSON object.
    """
    with connect() as client:
        view = client.schedule(schedule)
    if json:
        return _shown(view, json=True)
    for name, value in msgspec.to_builtins(view).items():
        if value not in (None, "", 0):
            text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            sys.stdout.write(f"{name:<18}{printable(text)}\n")
    return 0


def pause(schedule: str, /) -> int:
    """Submit nothing until it is resumed.

    Parameters
    ----------
    schedule:
        Its id.
    """
    with connect() as client:
        return _told(client.pause_schedule(schedule))


def resume(schedule: str, /) -> int:
    """Go on from now; what was due meanwhile is not made up for.

    Parameters
    ----------
    schedule:
        Its id.
    """
    with connect() as client:
        return _told(client.resume_schedule(schedule))


def trigger(schedule: str, /) -> int:
    """Run its program now, once more, and write the evaluation's id.

    Parameters
    ----------
    schedule:
        Its id.
    """
    with connect() as client:
        sys.stdout.write(client.trigger_schedule(schedule).id + "\n")
    return 0


def rm(schedule: str, /) -> int:
    """Delete a schedule; what it has submitted goes its own way.

    Parameters
    ----------
    schedule:
        Its id.
    """
    with connect() as client:
        return _told(client.delete_schedule(schedule))


def _shown(view: ScheduleView, *, json: bool) -> int:
    sys.stdout.write((json_of(view) if json else _line(view)) + "\n")
    return 0


def _told(view: ScheduleView) -> int:
    note(_line(view))
    return 0


def _line(view: ScheduleView) -> str:
    due = "paused" if view.paused else f"next {_time(view.next_due)}"
    last = "" if view.last_due is None else f"last {_time(view.last_due)}"
    missed = f"missed {view.missed}" if view.missed else ""
    trouble = f"last time: {view.problem}" if view.problem else ""
    words = (
        view.id,
        f"{due:<25}",
        f"{view.cron} {view.timezone}",
        view.name,
        last,
        missed,
        trouble,
    )
    return printable("  ".join(word for word in words if word)).rstrip()


def _time(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment:%Y-%m-%d %H:%M:%S}Z"
