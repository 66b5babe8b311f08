"""The `cloche` command. Commands are imported when they are called, so that help comes at once."""

import os
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points, version

from cyclopts import App, Group, Parameter

from cloche import choices
from cloche.colours import told_to_libraries
from cloche.command_table import ALIASES, GROUPS, Table
from cloche.complaints import USAGE, complain, say

EXIT_CODES = """
Exit codes of `cloche run`: the program's own; 124 over its time, 125 Cloche failed, 126 the program does not
compile, 128+n ended by signal n, 130 interrupted, 137 out of memory, 2 wrong usage, 4 no or a wrong key. A program may
end with one of these itself: `--json` tells. With --cases: 0 all passed, 1 not all. `cloche batch`: 0 all succeeded,
1 not all. Elsewhere: 0 done, 1 refused.

On a terminal, what programs wrote is inert: colours pass, other escape sequences are shown. --raw passes everything.
"""

# What a package adds: a command's function and sentence, or a family's sentence and commands.
Added = Mapping[str, tuple[str, str | Mapping[str, tuple[str, str]]]]
# Headings of the help, by the name of the entry point.
ADDED = {"local": "Local system", "storage": "Archive"}


def build() -> App:
    """The command with everything that installed packages add to it; they may bring one of ours that does more."""
    app = App(
        name="cloche",
        help="Run untrusted programs in sealed sandboxes, and keep everything that happened.",
        help_epilogue=EXIT_CODES + choices.HELP,
        version=lambda: f"cloche {version('cloche')}",
        help_format="markdown",
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    points = sorted(entry_points(group="cloche.commands"), key=lambda point: point.name)
    added: dict[str, Added] = {point.name: point.load() for point in points}
    taken = {name for commands in added.values() for name in commands}
    for title, (table, families) in GROUPS.items():
        group = Group.create_ordered(title)
        _commands(app, {name: one for name, one in table.items() if name not in taken}, group)
        for family, (sentence, members) in families.items():
            below = App(name=family, help=sentence, group=group)
            _commands(below, members)
            app.command(below)
    for name, commands in added.items():
        _add(app, commands, Group.create_ordered(ADDED.get(name, name)))
    return app


def _commands(app: App, table: Table, group: Group | None = None) -> None:
    for name, (function, sentence) in table.items():
        names = [name, ALIASES[name]] if name in ALIASES and group is not None else [name]
        place = f"cloche.commands.{function}"
        if group is None:
            app.command(place, name=names, help=sentence)
        else:
            app.command(place, name=names, help=sentence, group=group)


def _add(app: App, commands: Added, group: Group) -> None:
    """Add what another package brings: commands, and families of them."""
    for name, (first, second) in commands.items():
        if isinstance(second, str):
            app.command(first, name=name, help=second, group=group)
            continue
        family = App(name=name, help=first, group=group, default_parameter=Parameter(negative=""))
        for member, (function, sentence) in second.items():
            family.command(function, name=member, help=sentence)
        app.command(family)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; its exit code."""
    try:
        chosen, words = choices.split(sys.argv[1:] if arguments is None else arguments)
    except choices.BadChoice as error:
        say(f"cloche: {error}")
        return USAGE
    with choices.chosen(chosen), told_to_libraries():
        return _ended(lambda: _called(words))


def _called(words: list[str]) -> object:
    if words == ["--version"]:
        from cloche.commands.versions import show_versions  # noqa: PLC0415

        return show_versions()
    # cyclopts itself ends the process with 2 where the words make no sense.
    return build()(words)


def _ended(call: Callable[[], object]) -> int:
    """The exit code of a call, however it ends."""
    try:
        code = call()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except choices.ShownInstead as shown:
        sys.stdout.write(shown.text)
        return 0
    except Exception as error:
        code = complain(error)
        if code is None:
            raise
    return code if isinstance(code, int) else 0
