"""What strangers have written does not move the cursor of whoever looks into the archive."""

import io
import json
import sys

import pytest
from cloche_kit.archive.lines import Line
from cloche_storage.commands.selection import Selection
from cloche_storage.commands.store import say, write_line
from support.recorded import address_of


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_a_line_is_the_same_json_without_controls(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = json.dumps({"data": "a\x9b31m\x7f\u202e\u2066\x1b[2Jä"}, ensure_ascii=False).encode()
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    write_line(line)
    shown = terminal.getvalue()
    assert all(c.isprintable() for c in shown.removesuffix("\n"))
    assert json.loads(shown) == json.loads(line)


def test_a_key_in_a_sentence_cannot_either(monkeypatch: pytest.MonkeyPatch) -> None:
    errors = io.StringIO()
    monkeypatch.setattr(sys, "stderr", errors)
    say("archive/x\x1b[2J: missing")
    assert errors.getvalue() == "archive/x\N{REPLACEMENT CHARACTER}[2J: missing\n"


def test_whose_a_line_without_a_subject_is_nobody_knows() -> None:
    left = Line(sequence=1, forgotten="ab" * 32)
    assert Selection().takes(left)
    assert not Selection(tenant="main").takes(left)
    assert not Selection(evaluation=address_of(1).evaluation).takes(left)
