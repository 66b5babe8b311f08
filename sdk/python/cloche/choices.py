"""What is chosen for every command alike, wherever it stands among its words: ``--profile``, ``--color``, ``--quiet`` …

They are taken out of the words before the command's own options are read, up to ``--``, behind which everything
belongs to the program.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

from msgspec import Struct

Colour = Literal["auto", "always", "never"]
HELP = """
Options of every command: `--profile NAME` talks to another system (cloche login); `--color auto|always|never`;
`-q`, `--quiet` says nothing but errors and results; `--no-input` never asks; `--curl` prints the request that the
command would send first, with the key left out, and sends nothing; `--sign` signs requests with the key instead of
sending it. NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured.
"""


class Choices(Struct, frozen=True, kw_only=True):
    """`profile`: which system is talked to. `curl`: requests are printed instead of sent. `sign`: whatever it says."""

    profile: str | None = None
    color: Colour = "auto"
    quiet: bool = False
    no_input: bool = False
    curl: bool = False
    sign: bool = False


class BadChoice(ValueError):  # noqa: N818 - it says what is the case
    """A word that is none of the values, in a sentence."""


class ShownInstead(Exception):  # noqa: N818 - it says what is the case
    """What would have been sent has been made into text (`--curl`). Nothing was sent."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


_FLAGS = {"--quiet": "quiet", "-q": "quiet", "--no-input": "no_input", "--curl": "curl"}
_FLAGS |= {"--sign": "sign"}
_VALUES = {"--profile": "profile", "--color": "color"}
_USUAL = Choices()
_now: ContextVar[Choices] = ContextVar("choices", default=_USUAL)


def current() -> Choices:
    """What was chosen for the command that runs."""
    return _now.get()


@contextmanager
def chosen(choices: Choices) -> Iterator[None]:
    """They hold inside."""
    token = _now.set(choices)
    try:
        yield
    finally:
        _now.reset(token)


def split(words: Sequence[str]) -> tuple[Choices, list[str]]:
    """The choices among `words`, and the words that are left. `BadChoice` where a value is missing or is none."""
    found: dict[str, str | bool] = {}
    left: list[str] = []
    coming = iter(words)
    for word in coming:
        name, equals, value = word.partition("=")
        if word == "--":
            left += [word, *coming]
        elif word in _FLAGS:
            found[_FLAGS[word]] = True
        elif name in _VALUES:
            text = value if equals else next(coming, None)
            if not text or (not equals and text.startswith("-")):
                raise BadChoice(f"{name} needs a value")
            found[_VALUES[name]] = text
        else:
            left.append(word)
    if (colour := found.get("color", "auto")) not in get_args(Colour):
        raise BadChoice(f"--color is one of {', '.join(get_args(Colour))}, not {colour}")
    return Choices(**found), left  # type: ignore[arg-type]
