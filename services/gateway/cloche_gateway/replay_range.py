"""From where to where a replay goes: what a client says (a word, a cursor, a sequence, a time) as places of the log.

``beginning`` is the first event of all. A cursor is ``<epoch>-<sequence>``: what lies beyond it. A bare sequence is
one of the present log, and a time is RFC 3339: from there on, the event itself included. As an end, a cursor and a
sequence include their event, and a time includes nothing that was taken at it or later.
"""

import re
from datetime import UTC, datetime, timedelta

from cloche_kit.archive.history import History, Lineage, Place
from cloche_kit.archive.replay import Trimmed
from msgspec import Struct

from cloche_gateway.cursors import BadCursor, EventCursor
from cloche_gateway.problems import ClientError, at

BEGINNING = "beginning"
#: How far the clocks of clients, gateways and the log may differ before a time is one of the future.
SLACK = timedelta(minutes=1)
_SEQUENCE = re.compile(r"0|[1-9][0-9]{0,17}")
# A + that was not escaped in a query arrives as a space.
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:([Zz])|([ +-])(\d\d:\d\d))"
)
_FRACTION = re.compile(r"(\.\d{6})\d+")

Point = str | int | EventCursor | datetime


class Given(Struct, frozen=True):
    """What a client said, and a JSON pointer to where."""

    text: str
    pointer: str


class Range(Struct, frozen=True):
    """Beyond `after` up to `upto`, which may lie ahead; None: for ever, or until what comes was taken at `until`."""

    lineage: Lineage
    after: Place
    upto: Place | None
    until: datetime | None = None

    @property
    def bounded(self) -> bool:
        """Everything that it spans is there."""
        last = self.lineage.end.sequence
        here = self.upto is not None and self.upto.epoch == self.lineage.state.epoch
        return self.upto is not None and (not here or self.upto.sequence <= last)


async def range_of(history: History, start: Given, end: Given | None, *, follow: bool) -> Range:
    """The range that a client asks for. `invalid_position`, `events_trimmed`, and what `History` raises."""
    begin = _point(start)
    stop = None if end is None else _point(end)
    if end is not None and stop == BEGINNING:
        raise invalid(end, "nothing lies before the beginning")
    lineage = await _lineage(history, begin, stop)
    after = await _start(history, lineage, begin, start)
    if end is None or stop is None:
        return Range(lineage, after, None if follow else lineage.end)
    if isinstance(stop, datetime) and stop > datetime.now(UTC):
        if follow:
            return Range(lineage, after, None, stop)
        return Range(lineage, after, lineage.end)
    upto = await _end(history, lineage, stop, end, follow=follow)
    if lineage.order(upto) < lineage.order(after):
        raise invalid(end, "it lies before where the replay begins")
    return Range(lineage, after, upto)


async def trimmed(history: History, error: Trimmed) -> ClientError:
    """`events_trimmed`, with the place to begin at instead."""
    epoch = (await history.bus.state()).epoch
    return ClientError(
        "events_trimmed",
        f"the first event that is left has the sequence {error.first}",
        extensions={"first": error.first, "from": str(Place(epoch, error.first - 1))},
    )


def invalid(given: Given, detail: str) -> ClientError:
    return ClientError("invalid_position", detail, errors=at(given.pointer, detail))


def _point(given: Given) -> Point:
    text = given.text
    if text == BEGINNING:
        return text
    if _SEQUENCE.fullmatch(text):
        return int(text)
    if (match := _TIME.fullmatch(text)) is not None:
        moment, _, sign, offset = match.groups()
        zone = f"{sign.replace(' ', '+')}{offset}" if sign else "+00:00"
        try:
            return datetime.fromisoformat(_FRACTION.sub(r"\1", moment) + zone).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise invalid(given, f"no such time: {error}") from None
    try:
        return EventCursor.decode(text)
    except BadCursor:
        pass
    kinds = "a cursor <epoch>-<sequence>, a sequence, or a time (RFC 3339, with its offset)"
    raise invalid(given, f"neither {BEGINNING} nor {kinds}")


async def _lineage(history: History, begin: Point, stop: Point | None) -> Lineage:
    """Without a look at the archive where the present stream alone is spoken of."""
    state = await history.bus.state()

    def is_present(point: Point | None) -> bool:
        if isinstance(point, EventCursor):
            return point.epoch == state.epoch
        return point is None or isinstance(point, int)

    if is_present(begin) and is_present(stop):
        return Lineage(state)
    return await history.lineage(including=begin.epoch if isinstance(begin, EventCursor) else "")


async def _start(history: History, lineage: Lineage, begin: Point, given: Given) -> Place:
    present = lineage.state
    match begin:
        case EventCursor(epoch=epoch, sequence=sequence):
            last = lineage.last(epoch)
            if last is None:
                raise _foreign(lineage, begin, given)
            if epoch != present.epoch:
                # What lay beyond the end of that archive is lost with its stream, and was seen by this client alone.
                return Place(epoch, min(sequence, last))
            if sequence > last:
                raise invalid(given, "no event has this cursor yet")
            return Place(epoch, sequence)
        case int():
            if begin > present.last + 1:
                raise invalid(given, f"the last event has the sequence {present.last}")
            return Place(present.epoch, max(begin - 1, 0))
        case datetime():
            if begin > datetime.now(UTC) + SLACK:
                raise invalid(given, "it lies in the future")
            try:
                return await history.before(lineage, begin)
            except Trimmed as error:
                raise await trimmed(history, error) from None
        case _:
            return lineage.beginning


async def _end(
    history: History, lineage: Lineage, stop: Point, given: Given, *, follow: bool
) -> Place:
    present = lineage.state
    match stop:
        case datetime():
            try:
                return await history.before(lineage, stop)
            except Trimmed as error:
                raise await trimmed(history, error) from None
        case EventCursor(epoch=epoch, sequence=sequence) if epoch != present.epoch:
            last = lineage.last(epoch)
            if last is None:
                raise _foreign(lineage, stop, given)
            return Place(epoch, min(sequence, last))
        case EventCursor(sequence=sequence) | int(sequence):
            if sequence > present.last and not follow:
                raise invalid(given, f"the last event has the sequence {present.last}")
            return Place(present.epoch, sequence)
        case _:
            return lineage.end


def _foreign(lineage: Lineage, cursor: EventCursor, given: Given) -> ClientError:
    """Nobody has the stream of `cursor`: it is gone if it may have been there, else it never was."""
    epoch, present = cursor.epoch, lineage.state.epoch
    if re.fullmatch("[0-9a-f]+", epoch) and (len(epoch), epoch) < (len(present), present):
        return ClientError(
            "events_trimmed",
            "the log that gave this cursor is gone, and no archive of it is here",
            errors=at(given.pointer, f"{cursor.encode()} is of another log"),
            extensions={"from": str(lineage.beginning)},
        )
    return invalid(given, "no log gave this cursor")
