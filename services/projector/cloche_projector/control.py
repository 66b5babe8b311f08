"""What is asked of the projection and how far that is: the row in `public.projections`, and what follows from it.

The API writes what is asked for (services/gateway, projections.py); everything else is written here, the end of a job
in the transaction that makes it true. So a job outlives whoever does it: the next projector finds it in the row.
"""

from typing import Literal

import msgspec
from cloche_schemas.projections import (
    Differences,
    ProjectionRequest,
    ProjectionState,
    SwapWhen,
)
from msgspec import UNSET, Struct, UnsetType

from cloche_projector import layout
from cloche_projector.layout import NAME
from cloche_projector.tables import Checkpoint, Connection

Work = Literal["rebuild", "swap", "rollback", "abort", "tidy"]

_READ = """
SELECT state, request, swap, building, pinned FROM public.projections WHERE name = $1
"""
_PROGRESS = """
UPDATE public.projections SET state = $2, building = $3, sequence = $4, target = $5, error = ''
WHERE name = $1 RETURNING request
"""
_START = """
UPDATE public.projections SET
    state = $2, building = $3, sequence = NULL, target = NULL, differences = NULL, error = '',
    started_at = now(), finished_at = NULL
WHERE name = $1
"""
_DIFFERENCES = "UPDATE public.projections SET differences = $2 WHERE name = $1"
_ERROR = "UPDATE public.projections SET error = $2 WHERE name = $1 AND error <> $2"
_END = """
UPDATE public.projections SET
    state = $2, error = $3, previous = coalesce($4, previous),
    pinned = CASE WHEN $5 THEN $6 ELSE pinned END, request = NULL, finished_at = now()
WHERE name = $1
"""


class Situation(Struct, frozen=True):
    """What is asked for and what is there. `live`, `next`, `previous`: the checkpoints of the three."""

    state: ProjectionState = "idle"
    request: ProjectionRequest | None = None
    swap: SwapWhen = "auto"
    building: int | None = None
    pinned: int | None = None
    live: Checkpoint | None = None
    next: Checkpoint | None = None
    previous: Checkpoint | None = None
    retired: bool = False


def decide(found: Situation, version: int, *, upgrade: bool) -> Work | None:
    """What a projector of `version` has to do. It folds into rows of its own version only, leaves newer live ones
    alone, and older ones where somebody went back to them, so that projectors of two versions do not undo each other's
    work. `upgrade`: older rows are made anew without being asked for."""
    live, previous, made = found.live, found.previous, found.next
    if live is None:
        # Whoever projects makes them, live from the beginning.
        return None
    if found.request is not None:
        able = {
            "abort": True,
            "rebuild": live.version <= version,
            "swap": made is None or made.version == version,
            "rollback": previous is not None and previous.version == version,
        }
        return found.request if able[found.request] else None
    if live.version < version:
        done = found.state in {"failed", "ready"} and found.building == version
        wanted = found.pinned is None or found.pinned >= version
        return "rebuild" if upgrade and wanted and not done else None
    return "tidy" if found.retired and live.version == version else None


class Aborted(Exception):  # noqa: N818
    """Somebody asked for the end of the job."""


async def situation(connection: Connection) -> Situation:
    """As of now."""
    row = await connection.fetchrow(_READ, NAME)
    if row is None:
        return Situation()
    return Situation(
        state=row["state"],
        request=row["request"],
        swap=row["swap"],
        building=row["building"],
        pinned=row["pinned"],
        live=await layout.read(connection, layout.LIVE),
        next=await layout.read(connection, layout.NEXT),
        previous=await layout.read(connection, layout.PREVIOUS),
        retired=await layout.exists(connection, layout.RETIRED),
    )


async def start(connection: Connection, version: int) -> None:
    """A job begins, from the beginning."""
    await connection.execute(_START, NAME, "rebuilding", version)


async def progress(
    connection: Connection, state: ProjectionState, version: int, sequence: int, target: int
) -> None:
    """How far it is; `Aborted` if it is no longer wanted."""
    if await connection.fetchval(_PROGRESS, NAME, state, version, sequence, target) == "abort":
        raise Aborted


async def found(connection: Connection, differences: Differences) -> None:
    """What the comparison found."""
    await connection.execute(_DIFFERENCES, NAME, msgspec.json.encode(differences).decode())


async def waiting(connection: Connection, why: str) -> None:
    """What the job waits for."""
    await connection.execute(_ERROR, NAME, why)


async def end(
    connection: Connection,
    state: ProjectionState,
    *,
    error: str = "",
    previous: int | None = None,
    pinned: int | UnsetType | None = UNSET,
) -> None:
    """The job is over. `previous`: after a swap, the version that one can go back to; `pinned`: newer projectors leave
    it at this one, or (None) need not."""
    pin = None if isinstance(pinned, UnsetType) else pinned
    await connection.execute(_END, NAME, state, error, previous, pinned is not UNSET, pin)
