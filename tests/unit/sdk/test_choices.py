"""What is chosen for every command alike: where it may stand, and what it does."""

import io
import os
from typing import Any

import pytest
from cloche import colours
from cloche.choices import BadChoice, Choices, chosen, current, split
from cloche.colours import painted, refused, told_to_libraries, wanted
from support.command import Ran
from support.fake_answers import ID
from support.fake_gateway import FakeGateway, completed

VARIABLES = ("NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "FORCE_COLOR", "TERM")


class Terminal(io.StringIO):
    """A stream that somebody looks at."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def test_choices_are_taken_out_of_the_words_wherever_they_stand() -> None:
    words = ["--quiet", "run", "--color=never", "a.py", "--profile", "p", "--no-input", "--curl"]
    found, left = split(words)
    assert found == Choices(profile="p", color="never", quiet=True, no_input=True, curl=True)
    assert left == ["run", "a.py"]
    assert split(["-q"])[0].quiet
    assert split([]) == (Choices(), [])


def test_what_stands_behind_two_dashes_is_the_programs() -> None:
    words = ["run", "a.py", "--", "-q", "--color", "blue"]
    assert split(words) == (Choices(), words)


@pytest.mark.parametrize(
    "words", [["--color"], ["--color", "blue"], ["--profile", "--quiet"], ["--profile="]]
)
def test_a_value_that_is_none_is_wrong_usage(
    ran: Ran, gateway: FakeGateway, words: list[str]
) -> None:
    with pytest.raises(BadChoice):
        split(words)
    code, out, err = ran(gateway, "list", *words)
    assert (code, out) == (2, b"")
    assert words[0].strip("=").encode() in err


def test_they_hold_for_one_command_alone() -> None:
    with chosen(Choices(quiet=True)):
        assert current().quiet
    assert current() == Choices()


@pytest.mark.parametrize(
    ("variables", "color", "terminal", "coloured"),
    [
        ({}, "auto", True, True),
        ({}, "auto", False, False),
        ({"NO_COLOR": "1"}, "auto", True, False),
        ({"NO_COLOR": ""}, "auto", True, True),
        ({"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}, "auto", True, False),
        ({"CLICOLOR_FORCE": "1"}, "auto", False, True),
        ({"CLICOLOR_FORCE": "0"}, "auto", False, False),
        ({"FORCE_COLOR": "1"}, "auto", False, True),
        ({"TERM": "dumb"}, "auto", True, False),
        ({"CLICOLOR": "0"}, "auto", True, False),
        ({"NO_COLOR": "1"}, "always", False, True),
        ({"CLICOLOR_FORCE": "1"}, "never", True, False),
    ],
)
def test_there_is_colour_where_somebody_wants_it(
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    color: Any,
    terminal: bool,
    coloured: bool,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    stream = Terminal() if terminal else io.StringIO()
    with chosen(Choices(color=color)):
        assert wanted(stream) is coloured
        assert painted("x", "red", stream) == ("\x1b[31mx\x1b[0m" if coloured else "x")
        assert painted("x", None, stream) == "x"
        no_colour = color == "auto" and bool(variables.get("NO_COLOR"))
        assert refused() is (color == "never" or no_colour)


@pytest.mark.parametrize(
    ("color", "before", "inside"),
    [
        ("always", {"NO_COLOR": "1"}, (None, "1")),
        ("never", {"FORCE_COLOR": "1"}, ("1", None)),
        ("auto", {"CLICOLOR_FORCE": "1"}, (None, "1")),
        ("auto", {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, ("1", None)),
        ("auto", {}, (None, None)),
    ],
)
def test_libraries_are_told_in_their_own_words_for_as_long_as_it_holds(
    monkeypatch: pytest.MonkeyPatch,
    color: Any,
    before: dict[str, str],
    inside: tuple[str | None, str | None],
) -> None:
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    names = ("NO_COLOR", "FORCE_COLOR")
    outside = tuple(os.environ.get(name) for name in names)
    with chosen(Choices(color=color)), told_to_libraries():
        assert tuple(os.environ.get(name) for name in names) == inside
    assert tuple(os.environ.get(name) for name in names) == outside


def test_evaluations_are_coloured_by_their_end(ran: Ran, gateway: FakeGateway) -> None:
    gateway.add(completed("failed", 1))
    assert b"\x1b[31mcompleted" in ran(gateway, "list", "--color", "always")[1]
    assert b"\x1b" not in ran(gateway, "list")[1]
    assert colours.of("running", None) == "bold"
    assert colours.of("queued", None) is None


def test_quiet_leaves_out_news_and_no_errors(ran: Ran, gateway: FakeGateway) -> None:
    gateway.add(completed())
    assert ran(gateway, "list")[2] == b"more: --cursor more\n"
    code, out, err = ran(gateway, "list", "--quiet")
    assert (code, err) == (0, b"")
    assert ID.encode() in out
    assert b"Over already" in ran(gateway, "cancel", ID, "-q")[2]
