"""What programs write: byte for byte into files, inert on a terminal."""

import io
import json
import re
import unicodedata

import pytest
from cloche.choices import Choices, chosen
from cloche.terminal import Inert, Unchanged, json_of, writer
from hypothesis import given
from hypothesis import strategies as st

PLAIN = b"\x1b[0m"
SGR = b"\x1b[31mred\x1b[1;38:5:4mmore\x1b[m"
COMMANDS = {
    "clear the screen": b"\x1b[2J",
    "move the cursor": b"\x1b[10;10H",
    "where is the cursor": b"\x1b[6n",
    "hide the cursor": b"\x1b[?25l",
    "set the clipboard (OSC 52)": b"\x1b]52;c;aGk=\x07",
    "a link (OSC 8)": b"\x1b]8;;http://example.test\x1b\\x\x1b]8;;\x1b\\",
    "the title": b"\x1b]0;root@host\x07",
    "a device's string": b"\x1bP+q544e\x1b\\",
    "another character set": b"\x0e\x1b(0",
    "reset": b"\x1bc",
    "ask who it is": b"\x05",
    "bell, backspace and delete": b"\x07\x08\x7f",
    "C1 in UTF-8": "\x9b2J\x9d0;x\x9c".encode(),
    "C1 as a byte": b"\x9b2J",
    "no colour after all": b"\x1b[31;999999q",
    "a colour without end": b"\x1b[" + b"1" * 500 + b"m",
    "from right to left": "\u202eabc\u2066".encode(),
    "NUL": b"\0",
}


class Screen(io.TextIOWrapper):
    """A terminal that keeps what it was given."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.given = io.BytesIO()
        super().__init__(self.given, encoding=encoding)

    def isatty(self) -> bool:
        return True


def shown(*pieces: bytes, encoding: str = "utf-8") -> bytes:
    screen = Screen(encoding)
    out = writer(screen)
    assert isinstance(out, Inert)
    for piece in pieces:
        out.write(piece)
    out.finish()
    return screen.given.getvalue()


def obeyed(data: bytes) -> str:
    """The controls that a terminal would still act upon, colours left out."""
    text = re.sub(r"\x1b\[[0-9;:]{0,64}m", "", data.decode())
    return "".join(
        c
        for c in text
        if (unicodedata.category(c) == "Cc" and c not in "\n\r\t")
        or unicodedata.bidirectional(c) in {"LRE", "RLE", "LRO", "RLO", "LRI", "RLI", "FSI"}
    )


@pytest.mark.parametrize("data", COMMANDS.values(), ids=COMMANDS)
def test_a_command_to_the_terminal_is_shown_and_not_obeyed(data: bytes) -> None:
    seen = shown(b"before", data, b"after\n")
    assert obeyed(seen) == ""
    assert seen.startswith(b"before")
    assert seen.endswith(b"after\n")
    # Nothing is hidden: its text is there to be read.
    assert len(seen.decode()) >= len(data.decode(errors="replace"))


@pytest.mark.parametrize("data", COMMANDS.values(), ids=COMMANDS)
def test_neither_is_one_that_comes_byte_by_byte(data: bytes) -> None:
    assert shown(*(data[n : n + 1] for n in range(len(data)))) == shown(data)


def test_text_line_ends_and_colours_pass() -> None:
    text = "zwölf ✓ 😀\r\n\tx\r100 %\n".encode()
    assert shown(text) == text
    assert shown(SGR) == SGR + b"\x1b[0m"
    assert shown(*(SGR[n : n + 1] for n in range(len(SGR)))) == SGR + b"\x1b[0m"


def test_a_program_leaves_no_colour_behind_and_no_half_of_a_command() -> None:
    assert shown(b"\x1b[31mred") == b"\x1b[31mred\x1b[0m"
    assert shown(b"plain") == b"plain"
    assert shown(b"x\x1b[3") == "x␛[3".encode()
    assert shown(b"x\xc3") == "x\ufffd".encode()


def test_a_terminal_of_few_letters_gets_what_it_can_show() -> None:
    assert shown("ä✓\x1b[2J".encode(), encoding="ascii") == b"???[2J"


@given(st.lists(st.binary(max_size=12), max_size=6))
def test_whatever_is_written_and_however_it_is_cut_is_inert(pieces: list[bytes]) -> None:
    assert obeyed(shown(*pieces)) == ""


@given(st.binary())
def test_into_a_file_or_pipe_every_byte_passes(data: bytes) -> None:
    held = io.BytesIO()
    stream = io.TextIOWrapper(held)
    out = writer(stream)
    assert type(out) is Unchanged
    out.write(data)
    out.finish()
    assert held.getvalue() == data


def test_raw_passes_every_byte_to_a_terminal_too() -> None:
    screen = Screen()
    out = writer(screen, raw=True)
    out.write(b"\x1b[2J\xff")
    out.finish()
    assert screen.given.getvalue() == b"\x1b[2J\xff"


@given(st.text())
def test_json_is_the_same_to_a_parser_and_inert_to_a_terminal(text: str) -> None:
    line = json_of({text: text})
    assert json.loads(line) == {text: text}
    for unwanted in "\x00\x1b\x7f\x9b\u2028\u202e\n":
        assert unwanted not in line


def test_colours_do_not_pass_where_somebody_wants_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert shown(SGR) == SGR + PLAIN
    with chosen(Choices(color="never")):
        assert shown(b"\x1b[31", b"mred\x1b[0m plain") == b"red plain"
    monkeypatch.setenv("NO_COLOR", "1")
    assert shown(SGR) == b"redmore"
    with chosen(Choices(color="always")):
        assert shown(SGR) == SGR + PLAIN
