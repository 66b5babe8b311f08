"""A platform small enough for a test of a client: the real gateway and the real executor over a log in memory.

Its programs are plain Python processes of this machine, so it is for programs of ours alone; its rows are as current as
those of a projector. It runs in a thread of its own, for clients that block and for those that do not.
"""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress

from cloche_executor.sandbox import Job
from cloche_schemas import subjects
from structlog.testing import capture_logs
from support.fake_engine import FakeEngine, Write
from support.gateway import Stage, stage_with
from support.working import working

START_SECONDS = 30.0
# Nobody comes back for what was lost, so a machine that is busy for seconds must not lose it.
LEASE_SECONDS = 20.0


async def as_a_process(job: Job, write: Write) -> int:
    """Run the source as this Python does, with its arguments, its environment and its standard input."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-c",
        job.files[0].content,
        *job.command[2:],
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=dict(job.environment),
    )
    try:
        out, err = await process.communicate(job.stdin)
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        raise
    for stream, data in (("stdout", out), ("stderr", err)):
        if data:
            await write("stdout" if stream == "stdout" else "stderr", data)
    assert process.returncode is not None
    return process.returncode


@asynccontextmanager
async def projected(stage: Stage) -> AsyncIterator[None]:
    """Every evaluation's row, soon after each of its events."""

    async def keep_up() -> None:
        async with aclosing(stage.bus.follow(after=0)) as batches:
            async for batch in batches:
                for address in {subjects.parse(stored.subject) for stored in batch}:
                    await stage.project(address)

    task = asyncio.create_task(keep_up())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@contextmanager
def platform(**changes: object) -> Iterator[str]:
    """The address of one that runs while inside; `support.gateway.KEY` is its key."""
    ready, address = threading.Event(), ""
    trouble: BaseException | None = None
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        nonlocal address
        async with (
            stage_with(**changes) as stage,
            working(
                stage.bus,
                FakeEngine(as_a_process),
                slots=4,
                ack_wait=LEASE_SECONDS,
                objects=stage.objects,
            ),
            projected(stage),
            stage.listening() as client,
        ):
            address = str(client.base_url)
            ready.set()
            await stop.wait()

    def run() -> None:
        nonlocal trouble
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(serve())
        except BaseException as error:
            trouble = error
            raise
        finally:
            ready.set()

    thread = threading.Thread(target=run, name="small-platform")
    thread.start()
    try:
        assert ready.wait(START_SECONDS), "the platform has not started"
        assert trouble is None, trouble
        # What the executor logs is not what a test of a client looks at.
        with capture_logs():
            yield address
    finally:
        if not loop.is_closed():
            loop.call_soon_threadsafe(stop.set)
        thread.join(START_SECONDS)
        assert not thread.is_alive(), "the platform has not ended"
