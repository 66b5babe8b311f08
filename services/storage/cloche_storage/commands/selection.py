"""Which lines of an archive are asked for."""

import re
from datetime import UTC, datetime

from cloche_kit.archive.index import Manifest
from cloche_kit.archive.lines import Line
from cloche_kit.archive.reader import ArchiveReader
from cloche_schemas.subjects import SubjectError, parse
from cloche_schemas.values import EVALUATION_ID, TENANT
from msgspec import Struct

from cloche_storage.commands.store import Refused

Position = int | datetime


class Selection(Struct, frozen=True):
    """A range, and whose messages."""

    begin: Position | None = None
    end: Position | None = None
    evaluation: str | None = None
    tenant: str | None = None

    async def bounds(self, reader: ArchiveReader, manifest: Manifest) -> tuple[int, int]:
        """The sequence before the first, and the last. `Damaged`."""
        match self.begin:
            case datetime():
                after = await reader.sequence_before(manifest, self.begin)
            case begin:
                after = (begin or 1) - 1
        match self.end:
            case datetime():
                until = await reader.sequence_before(manifest, self.end)
            case end:
                until = manifest.archived if end is None else end
        return after, until

    def takes(self, line: Line) -> bool:
        """Whether it is one of those that are asked for. Whose a forgotten one was, nobody knows any more."""
        if self.evaluation is None and self.tenant is None:
            return True
        try:
            address = parse(line.subject)
        except SubjectError:
            return False
        return self.evaluation in {None, address.evaluation} and self.tenant in {
            None,
            address.tenant,
        }


def chosen(
    begin: str | None, end: str | None, *, evaluation: str | None, tenant: str | None
) -> Selection:
    """What the words of a command ask for. `Refused` where they make no sense."""
    if evaluation is not None and not re.fullmatch(EVALUATION_ID, evaluation):
        raise Refused(f"--evaluation {evaluation!r} is no id of an evaluation")
    if tenant is not None and not re.fullmatch(TENANT, tenant):
        raise Refused(f"--tenant {tenant!r} is no name of a tenant")
    return Selection(_position("--from", begin), _position("--to", end), evaluation, tenant)


def _position(option: str, word: str | None) -> Position | None:
    if word is None:
        return None
    if word.isascii() and word.isdigit():
        return int(word)
    try:
        time = datetime.fromisoformat(word)
    except ValueError:
        raise Refused(
            f"{option} {word!r} is neither a sequence nor a time like 2026-01-31T12:00:00Z"
        ) from None
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
