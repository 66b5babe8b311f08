"""One message of the log, wherever it lies by now: what is old has left the log, and is in the archive."""

from contextlib import aclosing

from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.segment import Damaged
from cloche_kit.bus import Stored
from cloche_kit.logs import get_logger
from cloche_kit.topology import EVALUATIONS

from cloche_gateway.deps import Deps

_log = get_logger(__name__)


async def message(deps: Deps, sequence: int) -> Stored | None:
    """The message at `sequence`; None if there is none, or it was forgotten. `BusUnavailable`, `ObjectsUnavailable`."""
    stored = await deps.bus.get(sequence)
    if stored is not None:
        return stored
    reader = ArchiveReader(deps.objects, stream=EVALUATIONS)
    try:
        manifest = await reader.manifest((await deps.bus.state()).epoch)
        if manifest is None or manifest.archived < sequence:
            return None
        async with aclosing(reader.segments(manifest, after=sequence - 1)) as segments:
            async for ref in segments:
                found = (await reader.open(manifest, ref)).messages()
                return next((one for one in found if one.sequence == sequence), None)
    except Damaged as error:
        _log.exception("archive_damaged", key=error.key, detail=error.detail)
    return None
