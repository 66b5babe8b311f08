"""An engine in memory: its programs are coroutines of the test."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from cloche_executor.sandbox import (
    Engine,
    EngineFacts,
    Exit,
    Image,
    Job,
    Mould,
    Owned,
    Sandbox,
    SandboxError,
    Stream,
    Usage,
    Wanted,
    always,
    start,
)
from cloche_schemas.values import Engine as EngineName

Write = Callable[[Stream, bytes], Awaitable[None]]
#: Gets the job and a function to write output with; gives the exit status.
Program = Callable[[Job, Write], Awaitable[int]]


async def silent(_job: Job, _write: Write) -> int:
    """A program that does nothing and succeeds."""
    return 0


class FakeSandbox:
    """`Sandbox` whose program is a task. It holds one piece of output, so a slow reader blocks the program."""

    def __init__(self, job: Job, program: Program, exit_: Callable[[int], Exit]) -> None:
        self.job = job
        self.closed = False
        self.closing = False
        self.close_seconds = 0.0
        self.used = Usage()
        self._exit = exit_
        self._pieces: asyncio.Queue[tuple[Stream, bytes] | None] = asyncio.Queue(1)
        self._task = asyncio.create_task(self._run(program))
        self.vanished: SandboxError | None = None

    async def output(self) -> AsyncGenerator[tuple[Stream, bytes], None]:
        while (piece := await self._pieces.get()) is not None:
            yield piece

    @property
    def over(self) -> bool:
        return self._task.done()

    async def usage(self) -> Usage:
        return self.used

    async def wait(self) -> Exit:
        status = await asyncio.shield(self._task)
        if self.vanished is not None:
            raise self.vanished
        return self._exit(status)

    async def kill(self) -> None:
        self._task.cancel()

    def vanish(self, error: SandboxError) -> None:
        """The sandbox is gone under the program."""
        self.vanished = error
        self._task.cancel()

    async def close(self) -> None:
        self.closing = True
        await asyncio.sleep(self.close_seconds)
        self._task.cancel()
        await asyncio.wait({self._task})
        self.closed = True

    async def _run(self, program: Program) -> int:
        async def write(name: Stream, data: bytes) -> None:
            await self._pieces.put((name, data))

        try:
            status = await program(self.job, write)
        except asyncio.CancelledError:
            status = 137
            while not self._pieces.empty():
                self._pieces.get_nowait()
        await self._pieces.put(None)
        return status


class FakePrepared:
    """`Prepared` that waits for its program."""

    def __init__(self, engine: "FakeEngine", mould: Mould) -> None:
        self.mould = mould
        self.alive = True
        self.closed = False
        self._engine = engine

    async def hand_over(self, job: Job) -> FakeSandbox:
        self.alive = False
        if (error := self._engine.handover_error) is not None:
            raise error
        sandbox = FakeSandbox(job, self._engine.program, self._engine.exit)
        sandbox.close_seconds = self._engine.close_seconds
        sandbox.used = self._engine.used
        self._engine.started.append(sandbox)
        return sandbox

    async def close(self) -> None:
        self.alive, self.closed = False, True


class FakeEngine:
    """`Engine` that runs `program` for every job. Set `error` and `prepare` raises it."""

    def __init__(self, program: Program = silent, *, name: EngineName = "bubblewrap") -> None:
        self.facts = EngineFacts(
            name=name, runtime="fake", strength="none", enforced=("wall_seconds",)
        )
        self.program = program
        self.exit: Callable[[int], Exit] = lambda status: Exit(status=status)
        self.error: SandboxError | None = None
        self.handover_error: SandboxError | None = None
        self.image_error: SandboxError | None = None
        self.used = Usage()
        self.healthy = True
        self.close_seconds = 0.0
        self.prepared: list[FakePrepared] = []
        self.started: list[FakeSandbox] = []
        self.owned: Owned | None = None
        self.closed = False

    @property
    def running(self) -> list[FakeSandbox]:
        return [sandbox for sandbox in self.started if not sandbox.closed]

    async def image(self, name: str) -> Image:
        if self.image_error is not None:
            raise self.image_error
        return Image(name=f"fake-{name}", digest="sha256:fake")

    async def prepare(self, mould: Mould) -> FakePrepared:
        if self.error is not None:
            raise self.error
        prepared = FakePrepared(self, mould)
        self.prepared.append(prepared)
        return prepared

    async def ready(self) -> bool:
        return self.healthy

    async def reap(self, owned: Owned) -> int:
        self.owned = owned
        return 0

    async def close(self) -> None:
        self.closed = True


class ColdPool:
    """`Pool` that starts nothing ahead."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def start(self, job: Job, *, wanted: Wanted = always) -> tuple[Sandbox, bool]:
        return await start(self._engine, job, wanted=wanted), False
