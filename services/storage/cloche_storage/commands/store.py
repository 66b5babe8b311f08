"""What every command over the store shares: finding it, choosing the archive, and saying what went wrong.

0    done               2  nothing such to be asked about    125  the store does not answer
1    found something    3  the archive is damaged there
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import stamina
from cloche_kit.archive.index import Manifest
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.segment import Damaged, folder
from cloche_kit.archive.signing import BadKey
from cloche_kit.archive.store import Store, find_store
from cloche_kit.logs import configure_logs
from cloche_kit.objects import Objects, ObjectsUnavailable
from cloche_kit.s3 import open_objects
from cloche_kit.topology import EVALUATIONS
from msgspec import Struct

FOUND = 1
USAGE = 2
DAMAGED = 3
PLATFORM = 125
# Controls of eight bits and marks that turn the direction: a terminal would obey them. JSON escapes the others itself.
_ESCAPED = {
    code: f"\\u{code:04x}"
    for code in (0x7F, *range(0x80, 0xA0), *range(0x2028, 0x202F), *range(0x2066, 0x206A))
}


class Refused(Exception):  # noqa: N818
    """What was asked makes no sense, or there is nothing such."""


class Opened(Struct, frozen=True):
    """One archive in an open store."""

    store: Store
    objects: Objects
    reader: ArchiveReader
    epoch: str

    async def manifest(self) -> Manifest:
        """`Damaged` if there is none, or it is none."""
        found = await self.reader.manifest(self.epoch)
        if found is None:
            raise Damaged(folder(self.reader.stream, self.epoch), "it has no manifest")
        return found


@asynccontextmanager
async def opened(epoch: str | None) -> AsyncIterator[Opened]:
    """The archive of the stream `epoch`, else the newest. `Refused` if there is none, `ObjectsUnavailable`."""
    store = find_store()
    if store is None:
        raise Refused(
            "no store: set CLOCHE_S3_ENDPOINT and the others, or start a system with cloche up"
        )
    async with open_objects(store.settings, make=False) as objects:
        reader = ArchiveReader(objects, stream=EVALUATIONS)
        epochs = await reader.epochs()
        if not epochs:
            raise Refused(f"there is no archive in the bucket {store.settings.s3_bucket}")
        if epoch is not None and epoch not in epochs:
            raise Refused(f"there is no archive of epoch {epoch!r}; there is {', '.join(epochs)}")
        if epoch is None and len(epochs) > 1:
            say(f"of {len(epochs)} archives the newest, {epochs[-1]}; --epoch chooses another")
        yield Opened(store, objects, reader, epoch or epochs[-1])


def run(work: Coroutine[Any, Any, int]) -> int:
    """The exit code of a command, whatever becomes of it."""
    configure_logs("archive", format_="console", level="error")
    stamina.instrumentation.set_on_retry_hooks(())
    try:
        return asyncio.run(work)
    except (Refused, BadKey) as refused:
        say(f"cloche: {refused}")
        return USAGE
    except Damaged as damaged:
        say(f"cloche: the archive is damaged: {damaged}")
        say("cloche archive verify shows everything that is wrong with it")
        return DAMAGED
    except ObjectsUnavailable as away:
        say(f"cloche: the store does not answer: {away}")
        return PLATFORM


def say(line: str) -> None:
    """A line for a person, on stderr; nothing in it moves the cursor."""
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)
    sys.stderr.write(shown + "\n")


def write_line(line: bytes) -> None:
    """A line of JSON on stdout: byte for byte into files and pipes, without what a terminal would obey on one."""
    if sys.stdout.isatty():
        text = line.decode("utf-8", "replace").translate(_ESCAPED)
        sys.stdout.write(text + "\n")
    else:
        sys.stdout.buffer.write(line + b"\n")
