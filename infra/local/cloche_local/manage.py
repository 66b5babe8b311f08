"""`cloche down`, `status`, `logs` and `reset`: what is done to a system that runs or has run."""

import os
import re
import select
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import msgspec
from cloche.choices import current as current_choices
from cloche.commands.logs import Shown
from cloche.commands.logs import logs as logs_of_evaluation
from cloche_schemas.values import EVALUATION_ID
from cyclopts import Parameter
from msgspec.structs import replace
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cloche_local.detached import LOG as SUPERVISOR_LOG
from cloche_local.folder import DataFolder, SystemState
from cloche_local.lifecycle import ComponentState
from cloche_local.logs import COLOURS, Follower, last_lines
from cloche_local.report import engine_line, variables
from cloche_local.system import NEEDS

STOP_SECONDS = 90.0
FOLLOW_SECONDS = 0.1
USAGE = 2
STATE_COLOURS = {"ready": "green", "stopped": "dim", "unready": "yellow", "backing_off": "red"}


def down(*, data_dir: Path | None = None) -> int:
    """Stop the system of this folder and wait until it has ended.

    Parameters
    ----------
    data_dir:
        The folder; else the nearest .cloche from here upwards.
    """
    folder = DataFolder.chosen(data_dir)
    pid = folder.holder()
    if pid is None:
        _say(f"nothing runs in {folder.path}")
        return 0
    begun = time.monotonic()
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return 0
    try:
        signal.pidfd_send_signal(descriptor, signal.SIGTERM)
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        ended = poll.poll(STOP_SECONDS * 1000)
    except ProcessLookupError:
        ended = [(descriptor, select.POLLIN)]
    finally:
        os.close(descriptor)
    if not ended:
        _say(
            f"process {pid} has not ended after {STOP_SECONDS:.0f} s: kill -9 {pid} ends it and its children"
        )
        return 1
    _say(f"stopped in {time.monotonic() - begun:.1f} s")
    return 0


def status(
    *,
    json: Annotated[bool, Parameter(negative="")] = False,
    env: Annotated[bool, Parameter(negative="")] = False,
    data_dir: Path | None = None,
) -> int:
    """Show what runs and how it is. Exit code 0 if everything is ready.

    Parameters
    ----------
    json:
        One JSON object with url, docs_url, engine and the state of every component.
    env:
        Address and key as lines for a shell: eval "$(cloche status --env)".
    data_dir:
        The folder; else the nearest .cloche from here upwards.
    """
    folder = DataFolder.chosen(data_dir)
    state = current(folder)
    if env:
        # Nothing while nothing runs: an old address must not pass for a good one.
        if state.state != "stopped" and state.url:
            sys.stdout.write("".join(f"export {one}\n" for one in variables(state)))
    elif json:
        fields = msgspec.to_builtins(state)
        # A status gets pasted into reports.
        del fields["api_key"]
        sys.stdout.write(msgspec.json.encode(fields).decode() + "\n")
    else:
        _show_status(state)
    ready = state.state == "ready" and all(c.state == "ready" for c in state.components)
    return 0 if ready else 1


def current(folder: DataFolder) -> SystemState:
    """The state as it is now: what the file says counts only while its writer holds the folder."""
    state = folder.state()
    if state is None:
        state = SystemState(
            state="stopped",
            version="",
            pid=0,
            data_dir=str(folder.path),
            components=tuple(ComponentState(name=name, state="stopped") for name in NEEDS),
        )
    if folder.holder() is None:
        components = (replace(c, state="stopped", pid=None) for c in state.components)
        state = replace(state, state="stopped", components=tuple(components))
    return state


def logs(  # noqa: PLR0913 - the options of a command
    *names: str,
    follow: Annotated[bool, Parameter(alias="-f", negative="")] = False,
    since: str | None = None,
    timestamps: Annotated[bool, Parameter(negative="")] = False,
    tail: Annotated[int | None, Parameter(name=["--tail", "--lines"], alias="-n")] = None,
    stream: Shown = "all",
    attempt: int | None = None,
    raw: Annotated[bool, Parameter(negative="")] = False,
    data_dir: Path | None = None,
) -> int:
    """Show what a program has written and writes, or what the components of the local system do.

    Of a program in the order in which it came, stdout to stdout and the rest to stderr. Of components each line with
    the name of its component.

    Parameters
    ----------
    names:
        The id of an evaluation; or nats, postgres, s3, executor, storage, projector, gateway, supervisor; all of these
        without any.
    follow:
        Go on with what comes: of a program until it is over.
    since:
        Only what the program wrote since then: 90s, 12h, or a time.
    timestamps:
        Begin each line of the program with the time when it was recorded, in UTC.
    tail:
        So many lines from the end of what is there; of components 20 each unless said.
    stream:
        Of the program only stdout, stderr, or what its compiler said.
    attempt:
        Another one than the attempt that counts, or the last one.
    raw:
        Give a terminal every byte; else escape sequences but colours are shown, not obeyed.
    data_dir:
        The folder; else the nearest .cloche from here upwards.
    """
    if len(names) == 1 and re.fullmatch(EVALUATION_ID, names[0]):
        return logs_of_evaluation(
            names[0],
            follow=follow,
            since=since,
            timestamps=timestamps,
            tail=tail,
            stream=stream,
            attempt=attempt,
            raw=raw,
        )
    return _logs_of_components(names, data_dir, 20 if tail is None else tail, follow=follow)


def _logs_of_components(
    components: tuple[str, ...], data_dir: Path | None, lines: int, *, follow: bool
) -> int:
    folder = DataFolder.chosen(data_dir)
    known = (*NEEDS, SUPERVISOR_LOG)
    unknown = [name for name in components if name not in known]
    if unknown:
        _say(
            f"there is no component {unknown[0]}: it is one of {', '.join(known)}, or the id of an evaluation"
        )
        return USAGE
    files = {name: folder.log(name) for name in components or known}
    console = Console(highlight=False, markup=False, soft_wrap=True)
    follower = Follower(files)
    with suppress(KeyboardInterrupt):
        for name, path in files.items():
            for line in last_lines(path, lines):
                _show_line(console, name, line)
        while follow:
            for name, line in follower.lines():
                _show_line(console, name, line)
            time.sleep(FOLLOW_SECONDS)
    return 0


def reset(
    *, yes: Annotated[bool, Parameter(negative="")] = False, data_dir: Path | None = None
) -> int:
    """Delete everything that the local system keeps: events, outputs, rows, keys and logs.

    Parameters
    ----------
    yes:
        Do not ask.
    data_dir:
        The folder; else the nearest .cloche from here upwards.
    """
    folder = DataFolder.chosen(data_dir)
    if not folder.path.exists():
        _say(f"there is no {folder.path}")
        return 0
    if not (folder.path / "format").is_file():
        _say(f"{folder.path} was not made by cloche up; it is left alone")
        return USAGE
    pid = folder.holder()
    if pid is not None:
        _say(f"the system in {folder.path} runs (process {pid}): cloche down first")
        return 1
    if not yes:
        if current_choices().no_input or not sys.stdin.isatty():
            _say("nobody can be asked here: --yes says that it is meant")
            return USAGE
        answer = input(f"Delete {folder.path} with all evaluations in it? [y/N] ")
        if answer.strip().lower() not in {"y", "yes"}:
            _say("nothing was deleted")
            return 1
    with folder.locked():
        shutil.rmtree(folder.path)
    _say(f"deleted {folder.path}")
    return 0


def _show_status(state: SystemState) -> None:
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(Text("Cloche is ") + Text(state.state, style=STATE_COLOURS.get(state.state, "")))
    about = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
    if state.state != "stopped":
        about.add_row("API", state.url)
        about.add_row("Docs", state.docs_url)
        about.add_row("Sandbox", engine_line(state))
        for shortfall in state.engine.shortfalls if state.engine is not None else ():
            about.add_row("Lacks", shortfall)
    about.add_row("Data", state.data_dir)
    console.print(about)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 2), header_style="dim")
    for title in ("component", "state", "pid", "port", "ready in", "restarts", "last exit"):
        table.add_column(title)
    for c in state.components:
        table.add_row(
            c.name,
            Text(c.state, style=STATE_COLOURS.get(c.state, "")),
            str(c.pid or ""),
            str(c.port or ""),
            f"{c.ready_seconds:.2f} s" if c.ready_seconds is not None else "",
            str(c.restarts),
            c.last_exit or "",
        )
    console.print(table)


def _show_line(console: Console, name: str, line: str) -> None:
    prefix = Text(f"{name:<10}", style=COLOURS.get(name, ""))
    console.print(prefix + Text("│ ", style="dim") + Text(line))


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
