"""Lines that hold a text or match a pattern, found in bytes as they come, in bounded memory. Pure.

Patterns are RE2's, which takes time in proportion to the text whatever the pattern is; a line is matched by itself.
A line longer than `LINE_BYTES` is searched in overlapping pieces: what a text, or a match of at most `OVERLAP_BYTES`,
holds is found wherever it lies.
"""

from typing import Protocol

import re2
from cloche_schemas.views import OutputMatch

LINE_BYTES = 1 << 20
OVERLAP_BYTES = 4 << 10
MOST_PATTERN = 1000
EXCERPT_BYTES = 400
_BEFORE = 80
#: For the automaton of one pattern; beyond it RE2 refuses the pattern or begins the automaton anew.
_PATTERN_MEMORY = 8 << 20


class BadPattern(ValueError):  # noqa: N818
    """What is asked for cannot be searched for; the text says why."""


class Find(Protocol):
    """Begin and end of the first match in `data` from `start` on, or None."""

    def __call__(self, data: bytes, start: int, /) -> tuple[int, int] | None: ...


def finder(text: str, *, regex: bool, ignore_case: bool) -> Find:
    """How to find `text`, or what the pattern `text` matches. `BadPattern`."""
    if not text or "\n" in text or "\0" in text:
        raise BadPattern("it must hold something, and neither a line feed nor the character U+0000")
    if not regex and not ignore_case:
        literal = text.encode()

        def find(data: bytes, start: int, /) -> tuple[int, int] | None:
            at = data.find(literal, start)
            return None if at < 0 else (at, at + len(literal))

        return find
    options = re2.Options()
    options.case_sensitive = not ignore_case
    options.literal = not regex
    # Matches no line feed, so that no match spans two lines.
    options.never_nl = True
    options.log_errors = False
    options.max_mem = _PATTERN_MEMORY
    # It would remember the last 128 patterns, and what each has taken of its memory.
    re2.purge()
    try:
        # ^ and $ are the ends of lines: a pattern is never applied to one alone.
        pattern = re2.compile(f"(?m){text}" if regex else text, options)
    except re2.error as error:
        raise BadPattern(f"it is no pattern of RE2: {_words(error)}") from None

    def match(data: bytes, start: int, /) -> tuple[int, int] | None:
        found = pattern.search(data, start)
        return None if found is None else found.span()

    return match


def _words(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return (said.decode(errors="replace") if isinstance(said, bytes) else str(said))[:200]


class Search:
    """Feed it the bytes from `offset` on, which lies in line `line`; it gives matches, one a line.

    All three tell where it has come to. `known`: line `line` has been given already.
    """

    def __init__(self, find: Find, *, line: int = 1, offset: int = 0, known: bool = False) -> None:
        self.line = line
        self.offset = offset
        self.known = known
        self._find = find
        self._held = b""

    def feed(self, data: bytes) -> list[OutputMatch]:
        """Matches in all the lines that are whole now."""
        self._held += data
        end = self._held.rfind(b"\n") + 1
        found = self._lines(self._held[:end]) if end else []
        if end:
            self._advance(end)
            self.known = False
        if len(self._held) > LINE_BYTES:
            found += self._piece()
            # What begins in the overlap may have been found already, and then the line is known.
            self._advance(len(self._held) - OVERLAP_BYTES)
        return found

    def finish(self) -> list[OutputMatch]:
        """Matches in what has no end of line."""
        found = self._lines(self._held) if self._held else []
        self._advance(len(self._held))
        return found

    def _advance(self, count: int) -> None:
        self._held = self._held[count:]
        self.offset += count

    def _piece(self) -> list[OutputMatch]:
        span = None if self.known else self._find(self._held, 0)
        if span is None:
            return []
        self.known = True
        return [self._match(self._held, span, (0, len(self._held)))]

    def _lines(self, block: bytes) -> list[OutputMatch]:
        found: list[OutputMatch] = []
        at, counted = 0, 0
        if self.known:
            at = block.find(b"\n") + 1 or len(block)
        while at < len(block) and (span := self._find(block, at)) is not None:
            begin = block.rfind(b"\n", 0, span[0]) + 1
            # An empty match may lie behind the last line feed: there is no line.
            if begin >= len(block):
                break
            self.line += block.count(b"\n", counted, begin)
            counted = begin
            stop = block.find(b"\n", span[0])
            stop = len(block) if stop < 0 else stop
            found.append(self._match(block, span, (begin, stop)))
            at = stop + 1
        self.line += block.count(b"\n", counted)
        return found

    def _match(self, block: bytes, span: tuple[int, int], line: tuple[int, int]) -> OutputMatch:
        begin = max(line[0], span[0] - _BEFORE)
        end = min(line[1], begin + EXCERPT_BYTES)
        return OutputMatch(
            line=self.line,
            offset=self.offset + span[0],
            text=block[begin:end].removesuffix(b"\r").decode(errors="replace"),
            cut=begin > line[0] or end < line[1],
        )
