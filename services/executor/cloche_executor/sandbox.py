"""The port to sandboxes: a sealed place in which one program runs once.

"We failed" is an exception of the `SandboxError` family: the attempt failed, the program is not to blame, somebody
tries again. "The program failed" is a value, `Exit`: final. Which limits count as enforced, an engine says itself.

A sandbox is made in two steps, so that the slow one can be done ahead (pool.py): `Engine.prepare` starts and attaches
it, `Prepared.hand_over` gives it the program.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal, Protocol

from cloche_schemas.values import Engine as EngineName
from cloche_schemas.values import Limits
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


class CalledOff(Exception):  # noqa: N818
    """Nobody wants the program to run any more, and it has not begun."""


class Labels(Struct, frozen=True, kw_only=True):
    """Whose sandbox it is: enough for a stranger to decide whether anybody still wants it."""

    installation: str
    tenant: str
    evaluation: str
    attempt: int
    executor: str
    deadline: datetime


class Mould(Struct, frozen=True, kw_only=True):
    """What of a sandbox is fixed when it is made: sandboxes of one mould can stand in for one another.

    `image` is a name of the registry. The other limits are lowered at hand-over or watched from outside.
    """

    image: str
    cpus: float
    memory_bytes: int
    pids: int
    scratch_bytes: int
    scratch_inodes: int
    open_files: int


def mould_of(image: str, limits: Limits) -> Mould:
    names = [name for name in Mould.__struct_fields__ if name != "image"]
    return Mould(image=image, **{name: getattr(limits, name) for name in names})


class File(Struct, frozen=True, kw_only=True):
    """A file to put into a sandbox before the program starts. `name` is a checked relative path.

    `folder`: work is the program's, build holds what its compiler made.
    """

    name: str
    content: bytes
    executable: bool = False
    folder: Literal["work", "build"] = "work"


class Collect(Struct, frozen=True, kw_only=True):
    """Which folder of the sandbox comes back after the program's end, as a tar of at most `most_bytes`."""

    folder: Literal["output", "build"]
    most_bytes: int


class Job(Struct, frozen=True, kw_only=True):
    """One program to run once: `command` in a folder with `files`. Nothing in it is trusted but `labels`."""

    image: str
    command: tuple[str, ...]
    files: tuple[File, ...] = ()
    stdin: bytes = b""
    environment: Mapping[str, str] = {}
    collect: Collect | None = None
    limits: Limits
    labels: Labels

    @property
    def mould(self) -> Mould:
        return mould_of(self.image, self.limits)


class Usage(Struct, frozen=True, kw_only=True):
    """What a sandbox has used since the hand-over, as its control group counts. None where nobody measures it.

    `events`: how often it ran into memory_bytes (a process was killed for it) and pids.
    """

    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = None
    events: Mapping[str, int] = {}


class Exit(Struct, frozen=True, kw_only=True):
    """How the program ended. `out_of_memory` only from evidence of the control group.

    `status` is the exit code as the runtime tells it. A program that a signal ended has 128 + the signal's number
    there, which a program may also return by itself: runtimes do not tell the two apart. `reached`: limits that it ran
    into, by evidence. `usage` is as of the program's end, so what collecting its files took is not in it.
    """

    status: int
    out_of_memory: bool = False
    reached: tuple[str, ...] = ()
    usage: Usage = Usage()


class EngineFacts(Struct, frozen=True, kw_only=True):
    """What an engine is and how far it can be trusted here.

    `enforced` names the fields of `Limits` that hold; `shortfalls` says of the others what holds instead.
    """

    name: EngineName
    runtime: str
    strength: str
    enforced: tuple[str, ...]
    shortfalls: tuple[str, ...] = ()


#: Said where the limit holds, but no control group counts who ran into it.
UNCOUNTED_PIDS = "pids: a refused process is known to the program alone and not recorded as reached"


class Image(Struct, frozen=True, kw_only=True):
    """An image as an engine has it. `digest` names its contents.

    `shortfall` is said where it is not what it should be (the host's programs).
    """

    name: str
    digest: str = ""
    shortfall: str = ""


#: collected: the tar of the folder that the job asked for.
Stream = Literal["stdout", "stderr", "collected"]
Output = AsyncGenerator[tuple[Stream, bytes], None]


class Sandbox(Protocol):
    """A program that is running, or has run, in its sandbox. Every method may raise `SandboxError`."""

    def output(self) -> Output:
        """What the program writes, as it comes, byte-exact and in order per stream; then what it left, if asked for.

        Read slowly, the program blocks: nothing is lost and nothing piles up. Read it once, and close it with
        `aclosing`. It ends even if a child of the program outlives it and holds its streams.
        """
        ...

    @property
    def over(self) -> bool:
        """Whether the program is known to have ended; what still comes is collected."""
        ...

    async def wait(self) -> Exit:
        """Until the program has ended. Needs somebody to read `output` at the same time."""
        ...

    async def usage(self) -> Usage:
        """What it has used so far. Cheap: asked several times a second."""
        ...

    async def kill(self) -> None:
        """End the program and every process it made, now. Harmless when it has ended."""
        ...

    async def close(self) -> None:
        """Kill what still runs and give everything back. Harmless when called again; never raises."""
        ...


class Prepared(Protocol):
    """A sandbox that waits for its program. Used once: handed over, or closed."""

    @property
    def alive(self) -> bool:
        """Whether it still waits, as far as can be told without asking."""
        ...

    async def hand_over(self, job: Job) -> Sandbox:
        """Give it its program; returns when that begins, and its wall time starts then.

        Raises `SandboxError`, and leaves nothing behind then.
        """
        ...

    async def close(self) -> None:
        """Give it back unused. Harmless when called again or after a hand-over; never raises."""
        ...


#: Says whether the attempt with these labels is alive, so that its sandbox must stay. Past the deadline it may not be.
Owned = Callable[[Labels], Awaitable[bool]]


class Engine(Protocol):
    """Makes sandboxes. Safe for concurrent use by the tasks of one event loop."""

    @property
    def facts(self) -> EngineFacts: ...

    async def image(self, name: str) -> Image:
        """The image of that name in the registry, as it is here now. `ImageMissing`, `EngineUnavailable`.

        Cheap after the first time.
        """
        ...

    async def prepare(self, mould: Mould) -> Prepared:
        """Start a sandbox that waits for its program. Raises `SandboxError`, and leaves nothing behind then."""
        ...

    async def ready(self) -> bool:
        """Whether `prepare` has a chance."""
        ...

    async def reap(self, owned: Owned) -> int:
        """Remove what is left of sandboxes of this installation that are not `owned`; how many."""
        ...

    async def close(self) -> None:
        """Give back what the engine itself holds."""
        ...


#: Whether a program is still to run: asked when its sandbox is ready, which may have taken a while.
Wanted = Callable[[], bool]


def always() -> bool:
    return True


async def start(engine: Engine, job: Job, *, wanted: Wanted = always) -> Sandbox:
    """A sandbox made for this job alone: a cold start. `CalledOff` if it is not `wanted` when that is ready."""
    return await begin(await engine.prepare(job.mould), job, wanted)


async def begin(prepared: Prepared, job: Job, wanted: Wanted) -> Sandbox:
    """The program handed over; or its sandbox ended unused, and `CalledOff`."""
    if not wanted():
        await prepared.close()
        raise CalledOff
    return await prepared.hand_over(job)
