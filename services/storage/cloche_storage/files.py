"""Artifacts as blobs: each file that an evaluation left is stored under its digest, once for each tenant.

The bytes are the stream artifacts, one file after another (ADR 0006). What is not exactly that, because a file was cut
in the middle, stays one object.
"""

import hashlib
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from cloche_kit.blobs import blob_key, refer
from cloche_kit.objects import Objects
from cloche_schemas.events import EvaluationCompleted
from cloche_schemas.values import Artifact

Read = Callable[[int, int], AsyncGenerator[bytes, None]]


class _Different(Exception):  # noqa: N818
    """The bytes are not those of the file."""


def is_files_in_a_row(event: EvaluationCompleted) -> bool:
    """Whether the stream artifacts is the listed files, one after another, and nothing else."""
    at = 0
    for file in event.artifacts:
        if file.offset != at:
            return False
        at += file.size
    summary = event.artifact_bytes
    return at == summary.head_bytes and not (summary.tail_bytes or summary.dropped_bytes)


async def store_files(
    objects: Objects, tenant: str, files: tuple[Artifact, ...], read: Read
) -> str:
    """Make each file a blob; in what one differs from its digest, or nothing. `ObjectsUnavailable`, `ObjectMissing`."""
    for file in files:
        if await refer(objects, tenant, file.sha256) is not None:
            continue
        try:
            await _store(objects, tenant, file, read)
        except _Different:
            return f"artifacts: {file.name} has not the digest {file.sha256}"
    return ""


async def _store(objects: Objects, tenant: str, file: Artifact, read: Read) -> None:
    digest = hashlib.sha256()
    async with (
        objects.upload(blob_key(tenant, file.sha256)) as upload,
        aclosing(read(file.offset, file.offset + file.size)) as pieces,
    ):
        async for piece in pieces:
            digest.update(piece)
            await upload.write(piece)
        if digest.hexdigest() != file.sha256:
            raise _Different
