"""One sandbox of bubblewrap: waiting for its program, then running it."""

import asyncio
from collections.abc import Callable

from cloche_kit.logs import get_logger

from cloche_executor.engines.bwrap_process import Process
from cloche_executor.engines.cgroup_usage import Group, at_end, since
from cloche_executor.engines.conversation import Conversation
from cloche_executor.handover import Secrets, reached
from cloche_executor.retry import Backoff
from cloche_executor.sandbox import Exit, HandoverFailed, Job, Labels, Output, SandboxLost, Usage

KILL_SECONDS = 5.0
_log = get_logger(__name__)


class Place:
    """Everything that a sandbox holds of the host, from its beginning to its end.

    `gave_back` is called at the end with the group if that could not be removed.
    """

    def __init__(
        self,
        process: Process,
        group: Group | None,
        secrets: Secrets,
        gave_back: Callable[["Place", Group | None], None],
    ) -> None:
        self.process = process
        self.secrets = secrets
        self.conversation = Conversation(process.pieces(), process.send, secrets, self._measure)
        self.labels: Labels | None = None
        self._group = group
        self._gave_back = gave_back
        self._before = Usage()
        self.measured: Usage | None = None
        self._closing: asyncio.Task[None] | None = None

    async def come_up(self) -> None:
        """Until the bootstrap waits for its frame, with everything inside in the group."""
        await self.process.open()
        await self.conversation.greeted()
        inside = self.process.settle()
        if self._group is None:
            return
        try:
            self._group.add(inside)
        except OSError as error:
            raise HandoverFailed(f"the sandbox cannot be limited: {error}") from error

    def begin(self, labels: Labels) -> None:
        """From now on it is this attempt's, and what is used is the program's."""
        self.labels = labels
        if self._group is not None:
            self._before = self._group.usage()

    def usage(self) -> Usage:
        return Usage() if self._group is None else since(self._before, self._group.usage())

    async def close(self) -> None:
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
        await asyncio.shield(self._closing)

    async def _measure(self) -> None:
        self.measured = self.usage()

    async def _close(self) -> None:
        self.process.kill()
        self.conversation.ended.set()
        left = self._group
        try:
            async with asyncio.timeout(KILL_SECONDS):
                await self.process.gone()
                backoff = Backoff(first=0.002, most=0.05)
                while left is not None:
                    if left.remove():
                        left = None
                    else:
                        await backoff.wait()
        except TimeoutError:
            _log.error("sandbox_not_removed", pid=self.process.pid)
        self.process.close()
        self._gave_back(self, left)


class BubblewrapPrepared:
    """`Prepared` that is one place. `framed` gives a job's frame, or raises what speaks against it."""

    def __init__(self, place: Place, framed: Callable[[Job], bytes]) -> None:
        self._place = place
        self._framed = framed
        self._given = False

    @property
    def alive(self) -> bool:
        return not self._given and self._place.process.alive

    async def hand_over(self, job: Job) -> "BubblewrapSandbox":
        self._given = True
        place = self._place
        try:
            content = self._framed(job)
            place.begin(job.labels)
            await place.conversation.hand_over(content)
        except BaseException:
            await place.close()
            raise
        return BubblewrapSandbox(place)

    async def close(self) -> None:
        if not self._given:
            self._given = True
            await self._place.close()


class BubblewrapSandbox:
    """`Sandbox` that is one place."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def output(self) -> Output:
        return self._place.conversation.output()

    @property
    def over(self) -> bool:
        return self._place.conversation.over is not None or not self._place.process.alive

    async def wait(self) -> Exit:
        place = self._place
        await place.conversation.ended.wait()
        status = await place.process.status()
        if status is None:
            raise SandboxLost("somebody else has ended the sandbox")
        usage = at_end(
            place.measured, place.usage(), status=status, asked_to_end=place.process.asked_to_end
        )
        return Exit(
            status=status,
            out_of_memory=status != 0 and usage.events.get("memory_bytes", 0) > 0,
            reached=reached(status, dict(usage.events), place.conversation.over),
            usage=usage,
        )

    async def usage(self) -> Usage:
        return self._place.usage()

    async def kill(self) -> None:
        self._place.process.kill()

    async def close(self) -> None:
        await self._place.close()
