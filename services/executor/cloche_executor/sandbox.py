"""The port to sandboxes: a sealed place in which one program runs once.

"We failed" is an exception of the `SandboxError` family: the attempt failed, the program is not to blame, somebody
tries again. "The program failed" is a value, `Exit`: final. Which limits count as enforced, an engine says itself.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from typing import Protocol

from cloche_schemas.values import Engine as EngineName
from cloche_schemas.values import Language, Limits, StreamName
from msgspec import Struct


class SandboxError(Exception):
    """Ours. `reason` is the slug that the attempt-failed event carries."""

    reason = "sandbox_unavailable"


class EngineUnavailable(SandboxError):  # noqa: N818
    """The daemon or the tool behind the engine does not answer. Take no work until it does."""

    reason = "engine_unavailable"


class ImageMissing(SandboxError):  # noqa: N818
    """The image of the sandbox is not there."""

    reason = "image_missing"


class HandoverFailed(SandboxError):  # noqa: N818
    """The sandbox came up, but the program could not be given to it."""

    reason = "handover_failed"


class SandboxLost(SandboxError):  # noqa: N818
    """The sandbox vanished, or its output did, while the program ran."""

    reason = "sandbox_lost"


class Labels(Struct, frozen=True, kw_only=True):
    """Whose sandbox it is: enough for a stranger to decide whether anybody still wants it."""

    installation: str
    tenant: str
    evaluation: str
    attempt: int
    executor: str
    deadline: datetime


class Job(Struct, frozen=True, kw_only=True):
    """One program to run once. `slot` tells apart what runs at the same time in this process (from 0)."""

    language: Language
    name: str
    source: bytes
    argv: tuple[str, ...] = ()
    stdin: bytes = b""
    limits: Limits
    labels: Labels
    slot: int = 0


class Exit(Struct, frozen=True, kw_only=True):
    """How the program ended. `out_of_memory` only from evidence; figures that nobody measured are None.

    `status` is the exit code as the runtime tells it. A program that a signal ended has 128 + the signal's number
    there, which a program may also return by itself: runtimes do not tell the two apart.
    """

    status: int
    out_of_memory: bool = False
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None


class EngineFacts(Struct, frozen=True, kw_only=True):
    """What an engine is and how far it can be trusted here.

    `enforced` names the fields of `Limits` that hold; `shortfalls` says of the others what holds instead.
    """

    name: EngineName
    runtime: str
    strength: str
    enforced: tuple[str, ...]
    shortfalls: tuple[str, ...] = ()
    image: str = ""
    image_digest: str = ""


class Sandbox(Protocol):
    """A program that is running, or has run, in its sandbox. Every method may raise `SandboxError`."""

    def output(self) -> AsyncGenerator[tuple[StreamName, bytes], None]:
        """What the program writes, as it comes, byte-exact and in order per stream; ends after its end.

        Read slowly, the program blocks: nothing is lost and nothing piles up. Read it once, and close it with
        `aclosing`. It ends even if a child of the program outlives it and holds its streams.
        """
        ...

    async def wait(self) -> Exit:
        """Until the program has ended. Needs somebody to read `output` at the same time."""
        ...

    async def kill(self) -> None:
        """End the program and every process it made, now. Harmless when it has ended."""
        ...

    async def close(self) -> None:
        """Kill what still runs and give everything back. Harmless when called again; never raises."""
        ...


#: Says whether the attempt with these labels is alive, so that its sandbox must stay. Past the deadline it may not be.
Owned = Callable[[Labels], Awaitable[bool]]


class Engine(Protocol):
    """Makes sandboxes. Safe for concurrent use by the tasks of one event loop."""

    @property
    def facts(self) -> EngineFacts: ...

    async def start(self, job: Job) -> Sandbox:
        """Make a sandbox and start the program in it; the clock of its wall time starts when this returns.

        Raises `SandboxError`, and leaves nothing behind then.
        """
        ...

    async def ready(self) -> bool:
        """Whether `start` has a chance."""
        ...

    async def reap(self, owned: Owned) -> int:
        """Remove sandboxes of this installation that are not `owned`; how many."""
        ...

    async def close(self) -> None:
        """Give back what the engine itself holds."""
        ...
