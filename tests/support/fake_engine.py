"""An engine in memory: its programs are coroutines of the test."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from cloche_executor.sandbox import EngineFacts, Exit, Job, Owned, SandboxError
from cloche_schemas.values import StreamName

Write = Callable[[StreamName, bytes], Awaitable[None]]
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
        self._exit = exit_
        self._pieces: asyncio.Queue[tuple[StreamName, bytes] | None] = asyncio.Queue(1)
        self._task = asyncio.create_task(self._run(program))
        self.vanished: SandboxError | None = None

    async def output(self) -> AsyncGenerator[tuple[StreamName, bytes], None]:
        while (piece := await self._pieces.get()) is not None:
            yield piece

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
        async def write(name: StreamName, data: bytes) -> None:
            await self._pieces.put((name, data))

        try:
            status = await program(self.job, write)
        except asyncio.CancelledError:
            status = 137
            while not self._pieces.empty():
                self._pieces.get_nowait()
        await self._pieces.put(None)
        return status


class FakeEngine:
    """`Engine` that runs `program` for every job. Set `error` and `start` raises it."""

    def __init__(self, program: Program = silent, *, name: str = "bubblewrap") -> None:
        self.facts = EngineFacts(
            name="docker" if name == "docker" else "bubblewrap",
            runtime="fake",
            strength="none",
            enforced=("wall_seconds",),
        )
        self.program = program
        self.exit: Callable[[int], Exit] = lambda status: Exit(status=status)
        self.error: SandboxError | None = None
        self.healthy = True
        self.close_seconds = 0.0
        self.started: list[FakeSandbox] = []
        self.owned: Owned | None = None
        self.closed = False

    @property
    def running(self) -> list[FakeSandbox]:
        return [sandbox for sandbox in self.started if not sandbox.closed]

    async def start(self, job: Job) -> FakeSandbox:
        if self.error is not None:
            raise self.error
        sandbox = FakeSandbox(job, self.program, self.exit)
        sandbox.close_seconds = self.close_seconds
        self.started.append(sandbox)
        return sandbox

    async def ready(self) -> bool:
        return self.healthy

    async def reap(self, owned: Owned) -> int:
        self.owned = owned
        return 0

    async def close(self) -> None:
        self.closed = True
