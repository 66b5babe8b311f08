"""`cloche archive ls`, `cat` and `grep`: what lies in the archive."""

import re
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing

import msgspec
from msgspec.structs import asdict

from cloche_storage.commands.selection import Selection, chosen
from cloche_storage.commands.store import FOUND, Opened, Refused, opened, run, write_line


def ls(*, epoch: str | None = None, json: bool = False) -> int:
    """List segments, oldest first.

    Parameters
    ----------
    epoch:
        The archive of this stream; without it the newest.
    json:
        One JSON object a line.
    """

    async def list_() -> int:
        async with opened(epoch) as archive:
            manifest = await archive.manifest()
            async with aclosing(archive.reader.segments(manifest)) as refs:
                async for ref in refs:
                    if json:
                        fields = {"key": manifest.segment_key(ref), **asdict(ref)}
                        write_line(msgspec.json.encode(fields))
                    else:
                        begins, ends = (
                            f"{one:%Y-%m-%d %H:%M:%S}" for one in (ref.begins, ref.ends)
                        )
                        sys.stdout.write(
                            f"{ref.first:>12} {ref.last:>12} {ref.events:>8} {ref.size:>10}  "
                            f"{begins}  {ends}  {ref.digest[:16]}\n"
                        )
        return 0

    return run(list_())


def cat(
    *,
    epoch: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    evaluation: str | None = None,
    tenant: str | None = None,
) -> int:
    """Write the archived messages as they lie there, one JSON object a line; the event is in its `data`.

    Parameters
    ----------
    epoch:
        The archive of this stream; without it the newest.
    from_:
        A sequence or a time (2026-01-31T12:00:00Z): only from there on.
    to:
        A sequence, that one included, or a time, what came before it.
    evaluation:
        Only of this one.
    tenant:
        Only of this one.
    """

    async def write() -> int:
        selection = chosen(from_, to, evaluation=evaluation, tenant=tenant)
        async with opened(epoch) as archive, aclosing(_lines(archive, selection)) as found:
            async for row in found:
                write_line(row)
        return 0

    return run(write())


def grep(
    pattern: str,
    /,
    *,
    epoch: str | None = None,
    from_: str | None = None,
    to: str | None = None,
    evaluation: str | None = None,
    tenant: str | None = None,
) -> int:
    """Write the archived messages whose line matches; 1 if there is none.

    Parameters
    ----------
    pattern:
        A regular expression as in Python, looked for anywhere in the line of JSON.
    epoch:
        The archive of this stream; without it the newest.
    from_:
        A sequence or a time (2026-01-31T12:00:00Z): only from there on.
    to:
        A sequence, that one included, or a time, what came before it.
    evaluation:
        Only of this one.
    tenant:
        Only of this one.
    """

    async def search() -> int:
        selection = chosen(from_, to, evaluation=evaluation, tenant=tenant)
        try:
            wanted = re.compile(pattern.encode())
        except re.error as error:
            raise Refused(f"{pattern!r} is no regular expression: {error}") from error
        matched = False
        async with opened(epoch) as archive, aclosing(_lines(archive, selection)) as found:
            async for row in found:
                if wanted.search(row):
                    matched = True
                    write_line(row)
        return 0 if matched else FOUND

    return run(search())


async def _lines(archive: Opened, selection: Selection) -> AsyncGenerator[bytes, None]:
    """Lines in order, byte for byte. `Damaged`."""
    reader, manifest = archive.reader, await archive.manifest()
    after, until = await selection.bounds(reader, manifest)
    async with aclosing(reader.segments(manifest, after=after)) as refs:
        async for ref in refs:
            if ref.first > until:
                return
            for row, line in (await reader.open(manifest, ref)).lines:
                if after < line.sequence <= until and selection.takes(line):
                    yield row
