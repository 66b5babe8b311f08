"""`cloche logs`: what an evaluation writes, from any time on, as it comes, with or without the time of each line."""

import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Literal

from cloche_schemas.events import AttemptStarted, OutputChunk
from cloche_schemas.values import StreamName
from cyclopts import Parameter
from msgspec import Struct

from cloche.client import Client
from cloche.commands.connecting import connect
from cloche.commands.quantities import BadWord, place
from cloche.complaints import USAGE, note, say
from cloche.feed import Event
from cloche.history import Wanted
from cloche.terminal import writer

Flag = Annotated[bool, Parameter(negative="")]
_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
Shown = Literal["all", "stdout", "stderr", "compiler"]


class Piece(Struct, frozen=True):
    """A line of a stream or a part of one. `begins`: it is the beginning of one."""

    stream: StreamName
    time: datetime
    data: bytes
    begins: bool


def logs(  # noqa: PLR0913 - the options of a command
    evaluation: str,
    /,
    *,
    follow: Annotated[bool, Parameter(alias="-f", negative="")] = False,
    since: str | None = None,
    timestamps: Flag = False,
    tail: Annotated[int | None, Parameter(alias="-n")] = None,
    stream: Shown = "all",
    attempt: int | None = None,
    raw: Flag = False,
) -> int:
    """Show what a program has written, in the order in which it came: stdout to stdout, the rest to stderr.

    Parameters
    ----------
    evaluation:
        Its id.
    follow:
        Go on with what comes, until it is over.
    since:
        Only what it wrote since then: 90s, 12h, or a time.
    timestamps:
        Begin each line with the time when it was recorded, in UTC.
    tail:
        Only so many lines from the end of what is there.
    stream:
        Only stdout, stderr, or what its compiler said.
    attempt:
        Another one than the attempt that counts, or the last one.
    raw:
        Give a terminal every byte; else escape sequences but colours are shown, not obeyed.
    """
    try:
        begin = None if since is None else place(since)
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    with connect() as client:
        known = client.attempts(evaluation)
        number = attempt or known.counts or max((one.number for one in known.items), default=1)
        shown = Lines(timestamps=timestamps, raw=raw)
        past = Past(client, evaluation, begin)
        pieces = lines_of(past.events(), stream, number)
        shown.show(pieces if tail is None else last_of(pieces, tail))
        if follow and not known.complete:
            later = client.events(evaluation, after=past.cursor)
            shown.show(lines_of(later, stream, number, newer=attempt is None))
        shown.finish()
    return 0


class Past:
    """What is on the log and in the archive by now; and the cursor behind it."""

    def __init__(self, client: Client, evaluation: str, begin: str | None) -> None:
        self._client = client
        self._evaluation = evaluation
        self._begin = begin
        self.cursor: str | None = None

    def events(self) -> Iterator[Event]:
        wanted: Wanted = {} if self._begin is None else {"from_": self._begin}
        wanted["output"] = True
        for event in self._client.events(self._evaluation, **wanted):
            self.cursor = event.cursor
            yield event


def lines_of(
    events: Iterable[Event], shown: Shown, attempt: int, *, newer: bool = False
) -> Iterator[Piece]:
    """The lines of one attempt; with `newer` those of a later one, too, as soon as one begins."""
    open_: set[StreamName] = set()
    for event in events:
        match event.event:
            case AttemptStarted(attempt=begun) if newer and begun > attempt:
                attempt = begun
                note(
                    f"attempt {attempt} begins; what is above is of an attempt that does not count"
                )
            case OutputChunk(attempt=of, stream=name, data=data) if of == attempt and (
                name == shown or (shown == "all" and name != "artifacts")
            ):
                for line in _LINE.findall(data):
                    yield Piece(name, event.envelope.time, line, name not in open_)
                    (open_.discard if line.endswith(b"\n") else open_.add)(name)
            case _:
                pass


def last_of(pieces: Iterable[Piece], number: int) -> Iterator[Piece]:
    """The last lines, whole."""
    lines: deque[list[Piece]] = deque(maxlen=max(number, 0))
    unfinished: dict[StreamName, list[Piece]] = {}
    for piece in pieces:
        if piece.begins:
            unfinished[piece.stream] = []
            lines.append(unfinished[piece.stream])
        unfinished.setdefault(piece.stream, []).append(piece)
    for line in lines:
        yield from line


class Lines:
    """Writes lines where they belong, each as it comes."""

    def __init__(self, *, timestamps: bool, raw: bool) -> None:
        self._timestamps = timestamps
        self._out, self._err = writer(sys.stdout, raw=raw), writer(sys.stderr, raw=raw)

    def show(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            to = self._out if piece.stream == "stdout" else self._err
            if self._timestamps and piece.begins:
                to.write(to.rest_of_line() + f"{piece.time:%Y-%m-%dT%H:%M:%S.%f}Z ".encode())
            to.write(piece.data)

    def finish(self) -> None:
        self._out.finish()
        self._err.finish()
