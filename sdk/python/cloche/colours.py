"""Whether there is to be colour: as the option says, else as the environment says, else on a terminal."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TextIO

from cloche.choices import current

Paint = Literal["red", "green", "yellow", "dim", "bold"]
_CODES: dict[Paint, str] = {"red": "31", "green": "32", "yellow": "33", "dim": "2", "bold": "1"}
_OUTCOMES: dict[str, Paint] = {
    "succeeded": "green",
    "failed": "red",
    "compile_failed": "red",
    "timed_out": "red",
    "out_of_memory": "red",
    "dead_lettered": "red",
    "cancelled": "yellow",
    "cancelling": "yellow",
    "retry_pending": "yellow",
    "running": "bold",
}


def wanted(stream: TextIO) -> bool:
    """Whether what is written to `stream` may be coloured."""
    match current().color:
        case "always":
            return True
        case "never":
            return False
    if os.environ.get("NO_COLOR"):
        return False
    if _on("CLICOLOR_FORCE") or _on("FORCE_COLOR"):
        return True
    if os.environ.get("TERM") == "dumb" or os.environ.get("CLICOLOR") == "0":
        return False
    return stream.isatty()


def refused() -> bool:
    """Whether somebody said that there be none: then programs do not colour a terminal either."""
    return current().color == "never" or (
        current().color == "auto" and bool(os.environ.get("NO_COLOR"))
    )


def painted(text: str, paint: Paint | None, stream: TextIO) -> str:
    """`text` in a colour, where that is wanted."""
    return f"\x1b[{_CODES[paint]}m{text}\x1b[0m" if paint and wanted(stream) else text


def of(status: str, outcome: str | None) -> Paint | None:
    """The colour of an evaluation."""
    return _OUTCOMES.get(outcome or status)


@contextmanager
def told_to_libraries() -> Iterator[None]:
    """What was chosen, in the words that other libraries know (rich), while inside."""
    names = ("NO_COLOR", "FORCE_COLOR")
    before = {name: os.environ.get(name) for name in names}
    choice = current().color
    if choice == "always" or (
        choice == "auto" and _on("CLICOLOR_FORCE") and not before["NO_COLOR"]
    ):
        os.environ.pop("NO_COLOR", None)
        os.environ["FORCE_COLOR"] = "1"
    elif choice == "never":
        os.environ.pop("FORCE_COLOR", None)
        os.environ["NO_COLOR"] = "1"
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _on(name: str) -> bool:
    return os.environ.get(name, "0") not in {"", "0"}
