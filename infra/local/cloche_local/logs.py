"""Reading the logs of several components as one stream of lines."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from cloche_local.process import printable

# Fields of ANSI colour that are told apart on dark and light ground.
COLOURS = {
    "nats": "cyan",
    "postgres": "blue",
    "s3": "magenta",
    "gateway": "green",
    "executor": "yellow",
    "storage": "bright_magenta",
    "projector": "bright_blue",
}
LARGEST_PIECE = 1 << 20
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


class Follower:
    """Whole lines that were appended since the last look. A log that was shortened is read from its start."""

    def __init__(self, logs: Mapping[str, Path], *, from_start: bool = False) -> None:
        self._logs = dict(logs)
        self._offsets = {
            name: 0 if from_start or not path.exists() else path.stat().st_size
            for name, path in self._logs.items()
        }
        self._rests = dict.fromkeys(self._logs, b"")

    def lines(self) -> Iterator[tuple[str, str]]:
        """Component and line, without control characters."""
        for name, path in self._logs.items():
            for line in self._new(name, path):
                yield name, printable(ESCAPES.sub("", line.decode(errors="replace")))

    def _new(self, name: str, path: Path) -> list[bytes]:
        try:
            size = path.stat().st_size
            if size < self._offsets[name]:
                self._offsets[name] = 0
            if size == self._offsets[name]:
                return []
            with path.open("rb") as file:
                file.seek(self._offsets[name])
                piece = file.read(LARGEST_PIECE)
        except OSError:
            return []
        self._offsets[name] += len(piece)
        *whole, rest = (self._rests[name] + piece).split(b"\n")
        # A line longer than a piece is shown in pieces.
        if len(rest) > LARGEST_PIECE:
            whole, rest = [*whole, rest], b""
        self._rests[name] = rest
        return whole


def last_lines(path: Path, count: int) -> list[str]:
    """The end of a log, without control characters."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LARGEST_PIECE))
            text = file.read().decode(errors="replace")
    except OSError:
        return []
    lines = text.splitlines()[-count:] if count else []
    return [printable(ESCAPES.sub("", line)) for line in lines]
