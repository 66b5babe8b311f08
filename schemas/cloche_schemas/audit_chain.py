"""The chains of the audit log: how an entry is sealed, and what verifies that nobody touched one.

The digest of an entry is SHA-256 over the entry without `digest`, as JSON with its members in the order of their names
and no white space (the form of RFC 8785). `previous` is one of them, so a digest stands for everything before it, too.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from cloche_schemas.audit import AUDIT_TYPE, LOST, AuditEntry, AuditReport, Break, BreakKind, Head

#: What the first entry of a chain names as the one before.
BEGINNING = "0" * 64
MOST_BREAKS = 100
MOST_HEADS = 1000
# Messages whose ends a later chain may name: between its look and its own first message few others come.
_REMEMBERED = 4096
_encode = msgspec.json.encode


class _Message(Struct, frozen=True):
    type: str
    data: tuple[dict[str, Any], ...]
    after: int = 0


_messages = msgspec.json.Decoder(_Message)


def sealed(entry: AuditEntry) -> tuple[bytes, str]:
    """The entry as it lies on the log, and its digest. `entry` has none yet."""
    bare = _encode(entry)
    digest = hashlib.sha256(bare).hexdigest()
    return b'%b,"digest":"%b"}' % (bare[:-1], digest.encode()), digest


def digest_of(entry: dict[str, Any]) -> str:
    """The digest that an entry should have, whatever it was written by: unknown members count, too."""
    bare = {name: value for name, value in entry.items() if name != "digest"}
    return hashlib.sha256(_encode(bare, order="sorted")).hexdigest()


class _Chain(Struct):
    """How far one chain was followed. `sequence`: of the message with its last entry."""

    number: int
    digest: str
    sequence: int


class Walk:
    """Verifies entries in the order of the log. Goes on after a break, from what it finds there.

    `first`: the first sequence that the log still holds; what lies before was forgotten by its size, and is no break.
    `kept`: heads of earlier reports; each must still be in its chain, unless that part is forgotten.
    """

    def __init__(self, *, first: int = 1, kept: Iterable[Head] = ()) -> None:
        self._first = first
        self._kept = {(head.writer, head.number): head for head in kept}
        self._found: set[tuple[str, int]] = set()
        self._chains: OrderedDict[str, _Chain] = OrderedDict()
        self._oldest: dict[str, int] = {}
        self._ends: OrderedDict[int, str] = OrderedDict()
        self._breaks: list[Break] = []
        self._sound = True
        self._entries = self._messages = self._last = self._forgotten = self._lost = 0
        self._begin = 0

    def take(self, message: bytes, sequence: int) -> None:
        """The next message of the log, by its stream sequence."""
        self._messages += 1
        self._begin = self._begin or sequence
        self._last = sequence
        try:
            decoded = _messages.decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self._break("malformed", "", 0, sequence, str(error))
            return
        if decoded.type != AUDIT_TYPE:
            self._break("malformed", "", 0, sequence, f"of the type {decoded.type[:64]}")
            return
        for entry in decoded.data:
            self.entry(entry, sequence, decoded.after)
        if decoded.data:
            last = decoded.data[-1]
            self._ends[sequence] = f"{last.get('writer')}-{last.get('number')}-{last.get('digest')}"
            if len(self._ends) > _REMEMBERED:
                self._ends.popitem(last=False)

    def entry(self, entry: dict[str, Any], sequence: int = 0, after: int = 0) -> None:
        """One entry, of a message or of an export, where there are no sequences."""
        self._entries += 1
        writer, number = str(entry.get("writer", "")), entry.get("number")
        if not isinstance(number, int) or not writer:
            self._break("malformed", writer, 0, sequence, "an entry without writer or number")
            return
        found = digest_of(entry)
        if entry.get("digest") != found:
            self._break("edited", writer, number, sequence, f"its digest should be {found}")
        self._link(entry, writer, number, sequence, after)
        self._compare(writer, number, str(entry.get("digest")), sequence)
        self._witness(entry, writer, number, sequence)
        if entry.get("action") == LOST and isinstance(entry.get("count"), int):
            self._lost += entry["count"]
        self._chains[writer] = _Chain(number, str(entry.get("digest")), sequence)
        self._chains.move_to_end(writer)

    def report(self) -> AuditReport:
        """What was found; to be asked for when there is nothing left to take."""
        for (writer, number), head in self._kept.items():
            chain = self._chains.get(writer)
            if (writer, number) in self._found or number < self._oldest.get(writer, 0):
                continue
            if chain is not None:
                detail = f"its last entry is {chain.number}, {number} was kept"
                self._break("truncated", writer, chain.number, chain.sequence, detail)
            elif self._first == 1:
                self._break("truncated", writer, 0, 0, f"nothing of it is left, {head} was kept")
        newest = list(self._chains.items())[-MOST_HEADS:]
        return AuditReport(
            sound=self._sound,
            entries=self._entries,
            messages=self._messages,
            first_sequence=self._begin,
            last_sequence=self._last,
            forgotten_beginnings=self._forgotten,
            lost=self._lost,
            breaks=tuple(self._breaks),
            heads=tuple(
                Head(writer=writer, number=chain.number, digest=chain.digest)
                for writer, chain in newest
            ),
        )

    def _link(
        self, entry: dict[str, Any], writer: str, number: int, sequence: int, after: int
    ) -> None:
        """Whether it follows the entry before it."""
        chain = self._chains.get(writer)
        if chain is None:
            self._oldest[writer] = number
            # The message before it is gone by size. An export has no places, and may begin anywhere.
            if number > 1 and (0 < after < self._first or not sequence):
                self._forgotten += 1
            elif number > 1:
                detail = f"the chain begins with {number}, and the log has forgotten nothing of it"
                self._break("missing", writer, number, sequence, detail)
            elif entry.get("previous") != BEGINNING:
                detail = "a first entry names one before it"
                self._break("broken-chain", writer, number, sequence, detail)
        elif number <= chain.number:
            detail = f"comes after {chain.number}"
            self._break("repeated", writer, number, sequence, detail)
        elif number > chain.number + 1:
            detail = f"{number - chain.number - 1} are missing after {chain.number}"
            self._break("missing", writer, number, sequence, detail)
        elif entry.get("previous") != chain.digest:
            detail = f"names {entry.get('previous')}, the one before has {chain.digest}"
            self._break("broken-chain", writer, number, sequence, detail)

    def _compare(self, writer: str, number: int, digest: str, sequence: int) -> None:
        head = self._kept.get((writer, number))
        if head is None:
            return
        self._found.add((writer, number))
        if head.digest != digest:
            detail = f"{head.digest} was kept, here is {digest}"
            self._break("rewritten", writer, number, sequence, detail)

    def _witness(self, entry: dict[str, Any], writer: str, number: int, sequence: int) -> None:
        """A chain that begins names the end of the log that it found: ``<sequence>:<writer>-<number>-<digest>``."""
        place, colon, end = str(entry.get("witness", "")).partition(":")
        if not colon or not place.isdecimal() or not sequence:
            return
        oldest = next(iter(self._ends), sequence)
        if int(place) >= max(self._first, oldest if len(self._ends) == _REMEMBERED else 0):
            known = self._ends.get(int(place))
            if known != end:
                detail = f"it found {end} at {place}, there is {known or 'nothing'}"
                self._break("witness", writer, number, sequence, detail)

    def _break(self, kind: BreakKind, writer: str, number: int, sequence: int, detail: str) -> None:
        self._sound = False
        if len(self._breaks) < MOST_BREAKS:
            self._breaks.append(
                Break(kind=kind, writer=writer, number=number, sequence=sequence, detail=detail)
            )


def verify_lines(lines: Iterable[bytes], *, kept: Iterable[Head] = ()) -> AuditReport:
    """An export (``GET /v1/audit/export`` without a filter), verified where no server is. `malformed` for other lines.

    What the log had forgotten before the export is not in it, so that no beginning is called missing.
    """
    walk = Walk(kept=kept)
    for number, line in enumerate(lines, start=1):
        try:
            entry = msgspec.json.decode(line, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            entry = {"writer": f"line {number}", "problem": str(error)}
        if "end" not in entry:
            walk.entry(entry)
    return walk.report()
