"""What strangers wrote, on its way to our own streams: unchanged into files and pipes, inert on a terminal.

A terminal obeys escape sequences: they move the cursor over what was said before, set the clipboard, make links, ask
questions whose answers are typed into the shell. So on a terminal only text, line ends, tabs and colours (SGR) pass;
every other control is shown as a symbol, and colours do not pass where somebody wants none (``--color never``,
NO_COLOR). ``--raw`` turns that off for programs that are meant to draw.
"""

import codecs
import re
from typing import Any, TextIO

import msgspec

from cloche.colours import refused

_SGR = re.compile(r"(\x1b\[[0-9;:]{0,64}m)")
# What may become a colour when more of it comes.
_BEGUN = re.compile(r"\x1b(?:\[[0-9;:]{0,64})?\Z")
_OBEYED = "\n\r\t"
_PLAIN = b"\x1b[0m"
# C1 controls are escape sequences in one character; the others write from right to left over what was there.
_INVISIBLE = [*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_SHOWN = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in _OBEYED},
    0x7F: 0x2421,
    **dict.fromkeys(_INVISIBLE, 0xFFFD),
}
_ESCAPED = {code: f"\\u{code:04x}" for code in (0x7F, 0x2028, 0x2029, *_INVISIBLE)}


class Unchanged:
    """The bytes under one of our text streams: programs write what is no text."""

    def __init__(self, stream: TextIO) -> None:
        self._buffer = stream.buffer
        self._last = b"\n"

    def write(self, data: bytes) -> None:
        """Now, not when a buffer is full."""
        self._buffer.write(data)
        self._buffer.flush()
        self._last = data[-1:] or self._last

    def finish(self) -> None:
        """Nothing more of the program will come."""

    def rest_of_line(self) -> bytes:
        """What must be written for the next bytes to begin a line."""
        return b"" if self._last == b"\n" else b"\n"


class Inert(Unchanged):
    """For a terminal: text, line ends, tabs and colours pass, every other control is shown and not obeyed."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._encoding = stream.encoding or "utf-8"
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._begun = ""
        self._coloured = False
        self._plain = refused()

    def write(self, data: bytes) -> None:
        self._show(self._decoder.decode(data), final=False)

    def finish(self) -> None:
        self._show(self._decoder.decode(b"", final=True), final=True)
        if self._coloured:
            # What comes after the program is not in its colours.
            self._coloured = False
            super().write(_PLAIN)

    def _show(self, text: str, *, final: bool) -> None:
        text = self._begun + text
        begun = None if final else _BEGUN.search(text)
        self._begun = "" if begun is None else begun[0]
        parts = _SGR.split(text[: len(text) - len(self._begun)])
        # Colours are at the odd places.
        parts[::2] = [part.translate(_SHOWN) for part in parts[::2]]
        if self._plain:
            del parts[1::2]
        self._coloured = self._coloured or (len(parts) > 1 and not self._plain)
        super().write("".join(parts).encode(self._encoding, "replace"))


def writer(stream: TextIO, *, raw: bool = False) -> Unchanged:
    """Writes a program's output to `stream`."""
    return Inert(stream) if stream.isatty() and not raw else Unchanged(stream)


def json_of(value: Any) -> str:
    """One line of JSON without a character that a terminal would obey; the same to whoever parses it."""
    return msgspec.json.encode(value).decode().translate(_ESCAPED)
