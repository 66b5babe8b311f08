"""An event as clients get it: encoded once in a gateway for each form, however many watch it."""

from collections.abc import Iterable, Iterator
from functools import cached_property

import msgspec
from cloche_kit.bus import Stored
from cloche_schemas import codec
from cloche_schemas.events import EvaluationCompleted, EvaluationDeadLettered, name_of, type_of
from msgspec import Struct

#: What is handed to a connection at a time: beyond it one reader that is slow would hold a copy of all that waits.
PORTION_BYTES = 256 << 10
_TERMINAL = {type_of(EvaluationCompleted), type_of(EvaluationDeadLettered)}


class Frame(Struct, frozen=True, dict=True):
    """One event. `terminal`: nothing of interest follows in its evaluation; `name`: its type without version."""

    sequence: int
    terminal: bool
    name: str
    stored: Stored
    epoch: str

    @cached_property
    def data(self) -> bytes:
        """As a server-sent event."""
        # JSON may be spread over lines; a line of its own for each keeps the frame whole.
        lines = b"\ndata: ".join(self.stored.data.splitlines())
        head = f"id: {self.epoch}-{self.sequence}\nevent: {self.name}\ndata: ".encode()
        return b"%b%b\n\n" % (head, lines)

    @cached_property
    def line(self) -> bytes:
        """As a line of NDJSON."""
        cursor = f"{self.epoch}-{self.sequence}".encode()
        return b'{"cursor":"%b","event":%b}\n' % (cursor, on_one_line(self.stored.data))

    @cached_property
    def members(self) -> str:
        """The members of that line's object and its end, to be put behind what else an object says."""
        return self.line[1:-1].decode()

    @cached_property
    def evaluation(self) -> str:
        """The id of the evaluation whose event it is."""
        return self.stored.subject.split(".", 3)[2]

    @property
    def size(self) -> int:
        """Bytes, about, in any form."""
        return len(self.stored.data)


class Burst(list[Frame]):
    """Frames that came together, in order. Those who are handed the same burst share what is made of it."""

    @cached_property
    def size(self) -> int:
        return sum(frame.size for frame in self)

    @cached_property
    def terminal(self) -> bool:
        return any(frame.terminal for frame in self)

    @cached_property
    def data(self) -> bytes:
        """As server-sent events."""
        return b"".join([frame.data for frame in self])


def frame_of(stored: Stored, epoch: str) -> Frame | None:
    """The frame of a message; None for what is no event: it is parked elsewhere, and no business of clients."""
    try:
        type_ = codec.decode_envelope(stored.data).type
    except codec.Malformed:
        return None
    name = name_of(type_)
    if not name.replace("-", "").isalnum():
        return None
    return Frame(stored.sequence, type_ in _TERMINAL, name, stored, epoch)


def portions(frames: Iterable[Frame]) -> Iterator[Burst]:
    """The same frames in lists of about `PORTION_BYTES`, none empty."""
    if isinstance(frames, Burst) and 0 < frames.size < PORTION_BYTES:
        yield frames
        return
    portion = Burst()
    size = 0
    for frame in frames:
        portion.append(frame)
        size += frame.size
        if size >= PORTION_BYTES:
            yield portion
            portion, size = Burst(), 0
    if portion:
        yield portion


def on_one_line(data: bytes) -> bytes:
    """The event byte for byte, unless somebody has spread its JSON over lines."""
    return msgspec.json.format(data, indent=-1) if b"\n" in data or b"\r" in data else data
