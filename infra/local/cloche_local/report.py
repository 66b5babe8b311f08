"""What `cloche up` tells a person or a script."""

import shlex
import sys
from pathlib import Path
from typing import IO

import msgspec
from cloche.discovery import KEY_VARIABLE, URL_VARIABLE, elsewhere, find_folder
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cloche_local.folder import SystemState
from cloche_local.logs import COLOURS


class ConsoleReporter:
    """For a person: news on stderr, the banner on stdout. With `json` the banner is one JSON object on a line."""

    def __init__(self, *, json: bool = False) -> None:
        self._json = json
        self._errors = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)

    def say(self, line: str) -> None:
        self._errors.print(Text("· ", style="dim") + Text(line))

    def log(self, component: str, line: str) -> None:
        prefix = Text(f"{component:<10}", style=COLOURS.get(component, ""))
        self._errors.print(prefix + Text("│ ", style="dim") + Text(line))

    def ready(self, state: SystemState) -> None:
        self.banner(state, "Cloche is running")

    def failed(self, reason: str) -> None:
        self._errors.print(Text("Cloche cannot run: ", style="bold red") + Text(reason))

    def banner(self, state: SystemState, title: str) -> None:
        if self._json:
            sys.stdout.write(msgspec.json.encode(state).decode() + "\n")
            sys.stdout.flush()
        else:
            show_banner(state, title, sys.stdout)


def show_banner(state: SystemState, title: str, to: IO[str]) -> None:
    """Everything that somebody needs who has just started the system."""
    console = Console(file=to, highlight=False, markup=False, soft_wrap=True)
    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    # It asks for the key below: in the address it would stay in the browser's history.
    table.add_row("Dashboard", f"{state.url}/")
    table.add_row("API", state.url)
    table.add_row("Docs", state.docs_url)
    table.add_row("API key", state.api_key)
    table.add_row("Data", state.data_dir)
    table.add_row("Sandbox", engine_line(state))
    console.print()
    console.print(Text(title, style="bold green"))
    console.print(table)
    # Not in the table, which would break it into pieces that cannot be copied.
    console.print(Text(f"{'Try':<11}", style="dim") + Text(try_next(state)))
    console.print(
        Text(
            "  For this machine only: it listens on loopback and is not hardened for production.",
            style="dim",
        )
    )
    console.print()


def engine_line(state: SystemState) -> str:
    """Which sandbox, how strong, and why this one."""
    engine = state.engine
    if engine is None:
        return "unknown: the executor has not reported"
    runtime = f" ({engine.runtime})" if engine.runtime else ""
    others = f"also {', '.join(engine.others)}" if engine.others else ""
    words = [f"{engine.engine}{runtime}", engine.strength, others, engine.reason]
    return " · ".join(word for word in words if word)


def variables(state: SystemState) -> list[str]:
    """What leads the client to this system from anywhere, as a shell takes it."""
    named = ((URL_VARIABLE, state.url), (KEY_VARIABLE, state.api_key))
    return [f"{name}={shlex.quote(value)}" for name, value in named]


def try_next(state: SystemState) -> str:
    """A command that works from here: with the address where it would not be found."""
    example = Path("examples/basic-evaluation/hello.py")
    command = Path(sys.argv[0])
    if command.name != "cloche":
        command = Path(sys.executable).parent / "cloche"
    name = str(command)
    if command.is_absolute() and command.is_relative_to(Path.cwd()):
        name = str(command.relative_to(Path.cwd()))
    program = str(example) if example.exists() else "- <<< 'print(6 * 7)'"
    found = find_folder(Path.cwd())
    by_itself = not elsewhere() and found == Path(state.data_dir)
    return " ".join([*([] if by_itself else variables(state)), name, "run", program])
