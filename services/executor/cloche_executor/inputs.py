"""Inputs that lie in the store: fetched before a sandbox is started, and never taken for what they are not.

That one cannot be fetched is our trouble and no verdict on the program: the attempt failed and is tried again.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from cloche_kit import blobs
from cloche_kit.blobs import ObjectDamaged
from cloche_kit.objects import ObjectMissing, Objects, ObjectsUnavailable
from cloche_kit.settings import ObjectSettings
from cloche_schemas.commands import EvaluationSpec

from cloche_executor.sandbox import SandboxError

OpenObjects = Callable[[], Awaitable[Objects]]
Blobs = Mapping[str, bytes]
"""Bytes by their digest."""


class InputUnavailable(SandboxError):  # noqa: N818
    """A blob that the submission refers to could not be fetched."""

    reason = "input_unavailable"


class InputMissing(InputUnavailable):
    """It is not there any more."""

    reason = "input_missing"


class InputDamaged(InputUnavailable):
    """The store gave other bytes."""

    reason = "input_damaged"


async def no_objects() -> Objects:
    """The store of an executor that was given none."""
    raise InputUnavailable("this executor was given no store to fetch inputs from")


class Inputs:
    """The blobs of one tenant."""

    def __init__(self, objects: OpenObjects, tenant: str) -> None:
        self._objects = objects
        self._tenant = tenant

    async def get(self, digest: str) -> bytes:
        """The bytes of one, whole. `InputUnavailable`."""
        objects = await self._objects()
        try:
            return await blobs.fetch(objects, self._tenant, digest)
        except ObjectMissing as error:
            raise InputMissing(f"there is no blob {digest}") from error
        except ObjectDamaged as error:
            raise InputDamaged(f"the blob {digest} has other bytes") from error
        except ObjectsUnavailable as error:
            raise InputUnavailable(f"the blob {digest} could not be read: {error}") from error

    async def of(self, spec: EvaluationSpec) -> Blobs:
        """What the program itself needs; what single cases read is fetched when it is their turn."""
        wanted = [spec.code_blob, spec.stdin_blob, *(file.blob for file in spec.files)]
        return {digest: await self.get(digest) for digest in dict.fromkeys(wanted) if digest}


@asynccontextmanager
async def opened_when_needed(settings: ObjectSettings) -> AsyncIterator[OpenObjects]:
    """The store, opened with the first input: most executors run for long without one."""
    async with AsyncExitStack() as stack:
        lock = asyncio.Lock()
        found: list[Objects] = []

        async def objects() -> Objects:
            async with lock:
                if not found:
                    # Half a second and tens of megabytes.
                    from cloche_kit.s3 import open_objects  # noqa: PLC0415

                    opening = open_objects(settings, make=False)
                    found.append(await stack.enter_async_context(opening))
            return found[0]

        yield objects
