"""What the client wants done, as values: nothing in here talks to anybody, sleeps, or knows whether it is awaited.

An operation is described once, as a `Procedure`: a generator that yields steps, is sent what came of each, and returns
its result. Two transports perform them, one that blocks (`blocking.py`) and one that is awaited (`awaiting.py`). A
`Stream` is a procedure that gives items on its way. Every step can be used with ``yield from``, which gives the type of
its result:

    def place(evaluation: str) -> Steps[QueuePlace]:
        view = yield from ask("GET", path("evaluations", evaluation, "queue"), QueuePlace)
        yield from Sleep(seconds=0.5)
        return view
"""

from collections.abc import Callable, Generator, Mapping
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

from msgspec import Struct

from cloche.errors import ClocheError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
Pairs = tuple[tuple[str, str], ...]
#: How long an answer may take: for most, for what carries many bytes, and for a feed, which pings.
Pace = Literal["usual", "upload", "feed"]


class Answer(Struct, frozen=True):
    """What came back. Names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""
    reason: str = ""

    @property
    def success(self) -> bool:
        return 200 <= self.status < 300


class Frame(Struct, frozen=True):
    """One server-sent event. `retry`: milliseconds to wait before the next connection."""

    event: str
    data: str
    id: str
    retry: int | None = None


class Step(Struct, Generic[T], frozen=True):
    """One thing to be done, with a result."""

    def __iter__(self) -> "Generator[Step[Any], Any, T]":
        result: T = yield self
        return result


class Call(Step[T], Generic[T], frozen=True, kw_only=True):
    """A request and how its answer is read. Performed, it is repeated where that is safe (`retries.py`).

    `repeatable`: sent twice it does the same as once, so it may be sent again although the first may have arrived.
    """

    method: str
    path: str
    read: Callable[[Answer], T]
    query: Pairs = ()
    headers: Pairs = ()
    body: bytes | None = None
    repeatable: bool = False
    pace: Pace = "usual"


class Exchange(Step[Answer], frozen=True):
    """Send a call once. `Unreachable` if nothing comes back; a refusal is an answer."""

    call: Call[Any]


class Open(Step[Answer], frozen=True):
    """Send a call once and keep what comes to be read bit by bit, in place of what was open.

    Of a refusal everything is in the answer, and nothing is open. `silence`: seconds without a byte that are too many.
    """

    call: Call[Any]
    silence: float | None = None


class NextBytes(Step[bytes | None], frozen=True):
    """More of what is open; None at its end."""


class NextFrame(Step[Frame | None], frozen=True):
    """The next server-sent event of what is open; None at its end. `UnexpectedAnswer` if it is no feed."""


class Shut(Step[None], frozen=True):
    """Read no more of what is open."""


class Sleep(Step[None], frozen=True):
    """Let time pass."""

    seconds: float


class Given(Struct, Generic[T], frozen=True):
    """One item of a stream, on its way to whoever iterates over it."""

    item: T


class Finished(Struct, Generic[T], frozen=True):
    """The procedure is over."""

    result: T


Steps: TypeAlias = Generator[Step[Any], Any, T]
Stream: TypeAlias = Generator[Step[Any] | Given[T], Any, None]


class Procedure(Protocol[T_co]):
    """What can be performed for a result: a generator of steps, or one step."""

    def __iter__(self) -> Generator[Step[Any], Any, T_co]: ...


class Came(Struct, frozen=True):
    """What came of a step: a result, or an error."""

    result: object = None
    error: ClocheError | None = None


#: For the first step, which nothing came before.
NOTHING = Came()


def resumed(steps: Generator[Any, Any, T], came: Came = NOTHING) -> Any | Finished[T]:
    """The next step, or the item, after what came of the last one."""
    try:
        return steps.send(came.result) if came.error is None else steps.throw(came.error)
    except StopIteration as end:
        return Finished(end.value)


def drained(stream: Stream[Any]) -> Steps[None]:
    """Perform a stream for what it does; what it gives is left out."""
    step = resumed(stream)
    while not isinstance(step, Finished):
        came = NOTHING
        if not isinstance(step, Given):
            try:
                came = Came((yield step))
            except ClocheError as error:
                came = Came(error=error)
        step = resumed(stream, came)
