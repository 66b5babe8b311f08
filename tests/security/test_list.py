"""The list of hostile programs, and that there is a test for each entry on every engine that it can get to."""

import ast
import inspect
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from types import FunctionType

import pytest
from cloche_schemas.values import ENGINES_BY_STRENGTH
from support.deviations import DEVIATIONS

ENTRIES = {
    1: "fork bomb",
    2: "thread bomb",
    3: "an endless loop",
    4: "an endless sleep, which uses no CPU time",
    5: "every signal ignored",
    6: "a daemon that has left its session, and whose parent ends well",
    7: "a daemon that holds the output open",
    8: "reads input that there is not",
    9: "does not read ten megabytes of input",
    10: "stops itself",
    11: "every exit code and signal of its own, told from ours",
    12: "zombies",
    13: "memory without end",
    14: "scratch space without end",
    15: "a million empty files",
    16: "writes to / and /etc",
    17: "a sparse file of a terabyte",
    18: "fills the shared memory",
    19: "folders nested ten thousand deep",
    20: "a core dump",
    21: "memory that is locked, in a memory file, in huge pages",
    22: "page cache and input/output without a break",
    23: "output without end",
    24: "one line of fifty megabytes",
    25: "invalid UTF-8, half a character at a chunk's edge",
    26: "NUL bytes",
    27: "a terminal's commands",
    28: "HTML, and names that a browser would follow",
    29: "output that looks like a frame of an event stream",
    30: "a million writes of one byte",
    31: "two streams in turn",
    32: "output that looks like an event or verdict of ours",
    33: "output, then an instant exit",
    34: "secrets in environments, memories and files",
    35: "sockets of daemons",
    36: "calls into the kernel, its devices and settings",
    37: "the programs that run it, and ways out along descriptors",
    38: "other users and capabilities",
    39: "devices replaced by links",
    40: "the network",
    41: "a program that runs at the same time",
    42: "names of files that lead elsewhere",
    43: "archives that unpack to more than there is room for",
    44: "options and shell words in ids, images, languages",
    45: "compilers",
    46: "what cannot be decoded",
    47: "an end exactly at the deadline",
    48: "a cancellation at every phase",
}
# These are refused before anything is on the log, so no engine ever sees them.
REFUSED = {42, 43, 44, 46}
# These are about what is shown of an output, which is the same whichever engine it comes from.
SHOWN = {28, 29}


def every_test() -> Iterator[FunctionType]:
    """Every test of this folder."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        spec = util.spec_from_file_location(f"listed_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = util.module_from_spec(spec)
        spec.loader.exec_module(module)
        for name, value in vars(module).items():
            if name.startswith("test_") and isinstance(value, FunctionType):
                yield value


def entries_of(test: FunctionType) -> Iterator[int]:
    """The entries that a test is for: by a mark of its own, or of a row of its table."""
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "entry":
            yield from mark.args
        if mark.name == "parametrize":
            for row in mark.args[1]:
                for inner in getattr(row, "marks", ()):
                    yield from inner.args if inner.name == "entry" else ()


def attacks_of(test: FunctionType) -> Iterator[str]:
    """The names of the attacks in a test's table."""
    for mark in getattr(test, "pytestmark", ()):
        if mark.name == "parametrize" and mark.args[0] == "attack":
            yield from (row.id for row in mark.args[1])


def test_every_entry_of_the_list_has_a_test_on_every_engine_that_it_can_get_to() -> None:
    attacked: set[int] = set()
    shown: set[int] = set()
    for test in every_test():
        full = any(mark.name == "full" for mark in getattr(test, "pytestmark", ()))
        on_engines = "trial" in inspect.signature(test).parameters
        if not full:
            (attacked if on_engines else shown).update(entries_of(test))
    assert attacked == ENTRIES.keys() - REFUSED - SHOWN
    assert shown >= REFUSED | SHOWN
    assert shown <= ENTRIES.keys()


def test_every_attack_on_a_trial_proves_that_it_leaves_nothing_behind() -> None:
    """By `withstand`, or by `unharmed` around all that it submits."""
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.AsyncFunctionDef) or not node.name.startswith("test_"):
                continue
            if "trial" in {argument.arg for argument in node.args.args}:
                called = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
                assert called & {"withstand", "unharmed"}, f"{path.name}: {node.name}"


@pytest.mark.parametrize("engine", ENGINES_BY_STRENGTH)
def test_deviations_are_listed_by_engine_and_those_in_containers_have_none(engine: str) -> None:
    if engine != "bubblewrap":
        assert DEVIATIONS[engine] == {}
    names = {name for test in every_test() for name in attacks_of(test)}
    for attack, deviation in DEVIATIONS[engine].items():
        assert attack in names
        assert deviation.outcomes
        assert deviation.why
