"""Sandboxes as bubblewrap processes on the host's own kernel: what there is without a Docker daemon.

bubblewrap under root would map the sandbox to the host's root, so as root every sandbox has an unprivileged user of its
own, taken before bubblewrap starts. There is no fallback from that: where it does not work, the engine refuses.
"""

import asyncio
import ctypes
import secrets
from pathlib import Path

from cloche_kit.logs import get_logger
from cloche_schemas.values import Limits

from cloche_executor.engines.bubblewrap_sandbox import BubblewrapPrepared, Place
from cloche_executor.engines.bwrap_command import arguments, files, needed_files
from cloche_executor.engines.bwrap_launching import Launcher, Order
from cloche_executor.engines.bwrap_process import Process, Streams
from cloche_executor.engines.bwrap_roots import Root, Roots
from cloche_executor.engines.cgroup_usage import Group
from cloche_executor.engines.cgroups import Hierarchy
from cloche_executor.engines.host_users import HostUsers
from cloche_executor.handover import BOOTSTRAP_PROCESSES, Secrets, frame, ulimits_of
from cloche_executor.sandbox import (
    EngineFacts,
    EngineUnavailable,
    Image,
    Job,
    Mould,
    Owned,
    SandboxError,
)

# bubblewrap's reaper inside the sandbox is a process too, and not the program's.
EXTRA_PROCESSES = 1 + BOOTSTRAP_PROCESSES
SHARED_MEMORY = "size=16m,nr_inodes=1024"
# More starts at once make each slower and none more.
STARTS = 4
PR_SET_CHILD_SUBREAPER = 36
_NAMESPACES = (
    " (the kernel decides who may make namespaces: kernel.unprivileged_userns_clone, user.max_user_namespaces and "
    "kernel.apparmor_restrict_unprivileged_userns; in a container, its runtime)"
)
_log = get_logger(__name__)


class BubblewrapEngine:
    """`Engine` over the bubblewrap binary. Made in the thread that runs the event loop.

    `hierarchy` None: no control groups here, ulimits take their place. `users` None: this process is nobody
    privileged, and its sandboxes are its own user's. `call_filter` None: system calls are not filtered.
    """

    def __init__(
        self,
        bwrap: Path,
        facts: EngineFacts,
        roots: Roots,
        *,
        hierarchy: Hierarchy | None,
        users: HostUsers | None,
        call_filter: bytes | None,
    ) -> None:
        self.facts = facts
        self._roots = roots
        self._hierarchy = hierarchy
        self._users = users
        self._filtered = call_filter is not None
        self._launcher = Launcher(bwrap, files(call_filter))
        self._starts = asyncio.Semaphore(STARTS)
        self._places: dict[Place, int | None] = {}
        self._left: list[Group] = []
        self._cleanups: set[asyncio.Task[None]] = set()

    async def image(self, name: str) -> Image:
        return self._roots.find(name).image

    async def prepare(self, mould: Mould) -> BubblewrapPrepared:
        making = asyncio.ensure_future(self._prepare(mould))
        try:
            return await asyncio.shield(making)
        except asyncio.CancelledError:
            # A thread cannot be called back: what it makes is removed when it is there.
            task = asyncio.ensure_future(_discard(making))
            self._cleanups.add(task)
            task.add_done_callback(self._cleanups.discard)
            raise

    async def ready(self) -> bool:
        try:
            self._launcher.open()
        except SandboxError:
            return False
        return True

    async def reap(self, owned: Owned) -> int:
        """Sandboxes whose attempt is over, and the groups that dead executors, or we, could not remove.

        Nothing else outlives an executor: the kernel ends what it has started, and mounts go with the processes.
        """
        reaped = 0
        for place in list(self._places):
            labels = place.labels
            if labels is not None and not await owned(labels):
                _log.warning("sandbox_reaped", evaluation=labels.evaluation, attempt=labels.attempt)
                await place.close()
                reaped += 1
        for group in list(self._left):
            group.kill()
            if group.remove():
                self._left.remove(group)
                reaped += 1
        return reaped + (self._hierarchy.sweep() if self._hierarchy is not None else 0)

    async def close(self) -> None:
        await asyncio.gather(*self._cleanups)
        self._launcher.close()
        if self._users is not None:
            self._users.close()

    async def _prepare(self, mould: Mould) -> BubblewrapPrepared:
        root = self._roots.find(mould.image)
        async with self._starts:
            place = await self._place(mould, root)
            try:
                await place.come_up()
            except SandboxError as error:
                await place.close()
                if "namespace" in str(error):
                    raise EngineUnavailable(f"{error}{_NAMESPACES}") from error
                raise
            except BaseException:
                await place.close()
                raise
        return BubblewrapPrepared(place, lambda job: self._frame(root, place.secrets, job))

    async def _place(self, mould: Mould, root: Root) -> Place:
        """A process that becomes a sandbox, with all that is kept for it."""
        self._launcher.open()
        user = self._users.take() if self._users is not None else None
        group: Group | None = None
        streams: Streams | None = None
        known = Secrets(nonce=secrets.token_hex(16), mark=secrets.token_hex(16))
        try:
            group = self._group(mould)
            streams = Streams()
            order = self._order(mould, root, user, known.nonce)
            pid = await asyncio.to_thread(self._launcher.launch, order, streams.its)
        except BaseException as error:
            self._give_back(user, group)
            if streams is not None:
                streams.close()
            if isinstance(error, OSError):
                raise SandboxError(f"no sandbox can be made: {error}") from error
            raise
        streams.give_away()
        place = Place(Process(pid, streams), group, known, self._gone)
        self._places[place] = user
        return place

    def _order(self, mould: Mould, root: Root, user: int | None, nonce: str) -> Order:
        return Order(
            user=user,
            root=None if root.folder is None else str(root.folder),
            scratch=f"size={mould.scratch_bytes},nr_inodes={mould.scratch_inodes}",
            shared_memory=SHARED_MEMORY,
            files=needed_files(root=root.folder, filtered=self._filtered),
            arguments=arguments(nonce, root=root.folder, filtered=self._filtered),
        )

    def _group(self, mould: Mould) -> Group | None:
        if self._hierarchy is None:
            return None
        try:
            return self._hierarchy.create(mould, extra_pids=EXTRA_PROCESSES)
        except OSError as error:
            raise SandboxError(f"no control group for the sandbox: {error}") from error

    def _frame(self, root: Root, known: Secrets, job: Job) -> bytes:
        self._roots.check(root, job.command[0])
        return frame(job, known, self._ulimits(job.limits))

    def _ulimits(self, limits: Limits) -> dict[str, int]:
        found = self._hierarchy.controllers if self._hierarchy else frozenset()
        options = ulimits_of(limits)
        if "memory" not in found:
            options["d"] = limits.memory_bytes // 1024
        if "pids" not in found:
            options["u"] = limits.pids + EXTRA_PROCESSES
        return options

    def _gone(self, place: Place, left: Group | None) -> None:
        """A sandbox is over. What is left of it is the reaper's."""
        user = self._places.pop(place)
        if left is not None:
            self._left.append(left)
        elif user is not None and self._users is not None:
            self._users.give(user)

    def _give_back(self, user: int | None, group: Group | None) -> None:
        if group is not None and not group.remove():
            self._left.append(group)
        if user is not None and self._users is not None:
            self._users.give(user)


async def _discard(making: "asyncio.Future[BubblewrapPrepared]") -> None:
    try:
        prepared = await making
    except SandboxError:
        return
    await prepared.close()


def adopt_orphans() -> None:
    """Make this process the parent of orphans below it, to reap them: not every process 1 does (containers)."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
