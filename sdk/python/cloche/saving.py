"""Artifacts into a folder of ours. Their names come from a stranger's program, over a network: both are checked here.

Every folder on the way is opened without following links, and a file appears under its name only when it is whole and
has the digest that the list gives. Nothing is made executable.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from cloche_schemas import paths
from cloche_schemas.values import Artifact

from cloche.client import Client
from cloche.errors import UnexpectedAnswer

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def save(client: Client, evaluation: str, files: tuple[Artifact, ...], folder: Path) -> None:
    """Write `files` of an evaluation below `folder`, which is made if it is not there; what is there is replaced.

    `UnexpectedAnswer` if a name leads elsewhere, before anything is written, or if a file is not what the list says.
    `OSError` if it cannot be written: also where a folder on the way is a link.
    """
    for file in files:
        flaw = paths.flaw(file.name)
        if flaw is not None:
            raise UnexpectedAnswer(f"the name of an artifact {flaw}")
    folder.mkdir(parents=True, exist_ok=True)
    with _opened(str(folder)) as top:
        for file in files:
            *above, last = file.name.split("/")
            with _below(top, above) as place:
                _write(client, evaluation, file, place, last)


@contextmanager
def _opened(name: str, *, within: int | None = None, flags: int = _FOLDER) -> Iterator[int]:
    opened = os.open(name, flags, dir_fd=within)
    try:
        yield opened
    finally:
        os.close(opened)


@contextmanager
def _below(top: int, parts: list[str]) -> Iterator[int]:
    """The folder `parts` below `top`, made where it is missing."""
    if not parts:
        yield top
        return
    with suppress(FileExistsError):
        os.mkdir(parts[0], dir_fd=top)
    flags = _FOLDER | os.O_NOFOLLOW
    with _opened(parts[0], within=top, flags=flags) as place, _below(place, parts[1:]) as deeper:
        yield deeper


def _write(client: Client, evaluation: str, file: Artifact, place: int, name: str) -> None:
    """The file in the folder `place`: under its name only once it is whole."""
    fresh = f".cloche-{secrets.token_hex(8)}"
    with open(os.open(fresh, _FRESH, 0o666, dir_fd=place), "wb") as target:  # noqa: PTH123 - a descriptor
        try:
            _copy(client.artifact_pieces(evaluation, file.name), file, target)
            target.flush()
            os.rename(fresh, name, src_dir_fd=place, dst_dir_fd=place)
        except BaseException:
            with suppress(OSError):
                os.unlink(fresh, dir_fd=place)
            raise


def _copy(pieces: Iterator[bytes], file: Artifact, target: BinaryIO) -> None:
    """No more than the list says, and exactly that."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        size += len(piece)
        if size > file.size:
            break
        digest.update(piece)
        target.write(piece)
    if (size, digest.hexdigest()) != (file.size, file.sha256):
        raise UnexpectedAnswer(f"the artifact {file.name} is not what the list says")
