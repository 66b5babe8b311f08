"""The `cloche` command. Commands are imported when they are called, so that help comes at once."""

import os
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points, version

from cyclopts import App, Group, Parameter

from cloche.complaints import complain

EXIT_CODES = """
Exit codes of `cloche run`: the program's own; 124 over its time, 125 Cloche failed, 126 the program does not
compile, 128+n ended by signal n, 130 interrupted, 137 out of memory, 2 wrong usage, 4 no or a wrong key.
With --cases: 0 all passed, 1 not all. `cloche batch`: 0 all succeeded, 1 not all.

On a terminal, what programs wrote is inert: colours pass, other escape sequences are shown. --raw passes everything.
"""

# Each with its file in cloche.commands.
COMMANDS = {
    "run": ("run", "Run a program and show its output live."),
    "get": ("evaluations", "Show one evaluation."),
    "ls": ("evaluations", "List evaluations, newest first."),
    "wait": ("evaluations", "Wait until an evaluation is over."),
    "cancel": ("evaluations", "Ask for the end of an evaluation."),
    "output": ("output", "Write what a program has written."),
    "events": ("history", "Show what happened, to one evaluation or to all, and what comes."),
    "attempts": ("attempts", "List the attempts of an evaluation."),
    "cases": ("cases", "Show what became of each case."),
    "artifacts": ("artifacts", "List or save the files that a program left."),
    "batch": ("batch", "Run many programs at once and wait for all of them."),
    "languages": ("languages", "List the languages that programs may be written in."),
}
QUEUE = {
    "queue": ("queue", "Show what waits, why, and how fast it goes."),
    "executors": ("queue", "List the executors that are there."),
}
KEPT = {"usage": ("usage", "Show how much is kept, by class.")}
# Groups of commands: a sentence, and for each command its function in the file of the group.
FAMILIES = {
    "batches": (
        "List, show, cancel and run again batches.",
        {
            "ls": "List batches, newest first.",
            "get": "Show how far a batch is.",
            "cancel": "Ask for the end of what is left of a batch.",
            "rerun": "Run again what failed, as a new batch.",
        },
    ),
    "schedules": (
        "Run programs again and again, at times that are said once.",
        {
            "create": "Make a schedule, and write its id.",
            "ls": "List schedules, oldest first.",
            "get": "Show one schedule.",
            "pause": "Submit nothing until it is resumed.",
            "resume": "Go on from now.",
            "trigger": "Run its program now, once more.",
            "rm": "Delete a schedule; what it has submitted goes its own way.",
        },
    ),
    "keys": (
        "Make, list, revoke, export and import API keys.",
        {
            "create": "Make a key; it is shown once.",
            "ls": "List keys, oldest first.",
            "revoke": "Refuse a key from now on.",
            "export": "Write every tenant and key, without what proves them.",
            "import": "Take in what export has written.",
        },
    ),
    "dlq": (
        "Dead letters: what was given up, to be run again or thrown away.",
        {
            "ls": "List them, oldest first.",
            "show": "Show one with its payload.",
            "requeue": "Run them again, each as a new evaluation.",
            "purge": "Throw them away.",
        },
    ),
    "projections": (
        "How the rows that are read are made: from the log, and anew when you say so.",
        {
            "ls": "List projections: how far each one is.",
            "rebuild": "Make one anew from archive and log, and compare.",
            "swap": "Put what was made anew in its place.",
            "rollback": "Go back to what was there before the last swap.",
            "abort": "Give up what is being done.",
        },
    ),
    "tenants": (
        "Make, change and list tenants.",
        {
            "create": "Make a tenant.",
            "ls": "List tenants, oldest first.",
            "set": "Change what a tenant may have queued and running, and how long its past is kept.",
        },
    ),
}

# What a package adds: a command's function and sentence, or a family's sentence and commands.
Added = Mapping[str, tuple[str, str | Mapping[str, tuple[str, str]]]]
# Headings of the help, by the name of the entry point.
ADDED = {"local": "Local system", "storage": "Archive"}


def build() -> App:
    """The command with everything that installed packages add to it."""
    app = App(
        name="cloche",
        help="Run untrusted programs in sealed sandboxes, and keep everything that happened.",
        help_epilogue=EXIT_CODES,
        version=lambda: f"cloche {version('cloche')}",
        help_format="markdown",
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    evaluations = Group.create_ordered("Evaluations")
    for name, (module, sentence) in COMMANDS.items():
        app.command(f"cloche.commands.{module}:{name}", name=name, help=sentence, group=evaluations)
    queue, recurring = Group.create_ordered("Queue"), Group.create_ordered("Schedules")
    for name, (module, sentence) in QUEUE.items():
        app.command(f"cloche.commands.{module}:{name}", name=name, help=sentence, group=queue)
    access = Group.create_ordered("Access")
    for name, (module, sentence) in KEPT.items():
        app.command(f"cloche.commands.{module}:{name}", name=name, help=sentence, group=access)
    for family, (sentence, members) in FAMILIES.items():
        group = recurring if family == "schedules" else access
        below = App(name=family, help=sentence, group=group)
        for name, sentence_of_one in members.items():
            function = f"{name}_" if name in {"set", "import"} else name
            below.command(f"cloche.commands.{family}:{function}", name=name, help=sentence_of_one)
        app.command(below)
    for point in sorted(entry_points(group="cloche.commands"), key=lambda point: point.name):
        _add(app, point.load(), Group.create_ordered(ADDED.get(point.name, point.name)))
    return app


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
    words = sys.argv[1:] if arguments is None else arguments
    try:
        # cyclopts itself ends the process with 2 where the words make no sense.
        code = build()(words)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone (`| head`); nothing more can be said there.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except Exception as error:
        code = complain(error)
        if code is None:
            raise
    return code if isinstance(code, int) else 0
