"""Sandboxes as single-use Docker containers, through the Docker SDK in threads: under runc or under gVisor's runsc.

There is no `docker exec`, no host path and no log driver. One class serves both runtimes; what differs is how a
container is made (docker_options.py).
"""

import asyncio
import secrets

from cloche_executor.engines import docker_image, docker_reaper
from cloche_executor.engines.docker_container import (
    Container,
    DockerPrepared,
    Registry,
    attach,
    remove,
)
from cloche_executor.engines.docker_daemon import Daemon
from cloche_executor.engines.docker_marks import Marks, waiting_name
from cloche_executor.engines.docker_options import (
    Runtime,
    create_arguments,
    host_arguments,
    relayed,
    ulimits,
)
from cloche_executor.handover import Secrets, frame
from cloche_executor.images.catalogue import Catalogue
from cloche_executor.sandbox import (
    EngineFacts,
    Image,
    ImageMissing,
    Job,
    Mould,
    Owned,
    SandboxError,
)

# More starts at once make each slower and none more.
STARTS = 4


class DockerEngine:
    """`Engine` over a Docker daemon. `needed`: the images without which it is not ready."""

    def __init__(
        self,
        daemon: Daemon,
        facts: EngineFacts,
        images: Catalogue,
        *,
        marks: Marks,
        runtime: Runtime,
        needed: tuple[str, ...] = (),
    ) -> None:
        self.facts = facts
        self._daemon = daemon
        self._catalogue = images
        self._marks = marks
        self._runtime = runtime
        self._needed = needed
        self._images: dict[str, Image] = {}
        self._registry = Registry()
        self._starts = asyncio.Semaphore(STARTS)
        self._cleanups: set[asyncio.Task[None]] = set()

    async def image(self, name: str) -> Image:
        if (known := self._images.get(name)) is not None:
            return known
        found = self._images[name] = await self._look_for(name)
        return found

    async def prepare(self, mould: Mould) -> DockerPrepared:
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
        if not await self._daemon.answers():
            return False
        try:
            for name in self._needed:
                # Not the one that is remembered: images can be removed.
                self._images[name] = await self._look_for(name)
        except SandboxError:
            return False
        return True

    async def reap(self, owned: Owned) -> int:
        return await docker_reaper.reap(self._daemon, self._marks, self._registry, owned)

    async def close(self) -> None:
        await asyncio.gather(*self._cleanups)
        self._daemon.close()

    async def _look_for(self, name: str) -> Image:
        wanted = self._catalogue[name]
        found = await self._daemon.call(docker_image.find, self._daemon.api, wanted)
        if found is None:
            raise ImageMissing(
                f"the image {wanted.reference} is not there; try: cloche images build {name}"
            )
        return found

    async def _prepare(self, mould: Mould) -> DockerPrepared:
        image = await self.image(mould.image)
        async with self._starts:
            try:
                container = await self._create(mould, image)
            except ImageMissing as error:
                # What the attempt's beginning tells is the digest that is gone, so another image is another attempt's.
                self._images.pop(mould.image, None)
                found = await self.image(mould.image)
                raise ImageMissing(f"{found.name} is another image by now: {error}") from error
            try:
                await container.come_up()
            except BaseException:
                await container.remove()
                raise
        return DockerPrepared(container, self._frame)

    def _frame(self, job: Job, known: Secrets) -> bytes:
        lowered = ulimits(job.limits, self._marks)
        return frame(job, known, lowered, relayed=relayed(self._marks))

    async def _create(self, mould: Mould, image: Image) -> Container:
        api, token = self._daemon.api, secrets.token_hex(8)
        known = Secrets(nonce=secrets.token_hex(16), mark=secrets.token_hex(16))
        arguments = create_arguments(
            self._marks, image=image.digest, name=waiting_name(token), nonce=known.nonce
        )
        host = api.create_host_config(**host_arguments(mould, self._marks, self._runtime))
        self._registry.hold(token)
        try:
            created = await self._daemon.call(api.create_container, host_config=host, **arguments)
        except BaseException:
            # If it was made all the same, it belongs to nobody: the reaper's.
            self._registry.drop(token)
            raise
        try:
            attached = await self._daemon.call(attach, api, created["Id"])
        except BaseException:
            await remove(self._daemon, created["Id"])
            self._registry.drop(token)
            raise
        return Container(
            self._daemon,
            str(created["Id"]),
            attached,
            token=token,
            secrets=known,
            registry=self._registry,
        )


async def _discard(making: "asyncio.Future[DockerPrepared]") -> None:
    try:
        prepared = await making
    except SandboxError:
        return
    await prepared.close()
