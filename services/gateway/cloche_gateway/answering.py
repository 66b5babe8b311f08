"""What every answer out of the history has in common: a status for what is wrong from the start, an end for what is
wrong later, and signs of life between."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import TypeVar

from cloche_kit.archive.history import History
from cloche_kit.archive.reader import ArchiveReader
from cloche_kit.archive.replay import Trimmed
from cloche_kit.archive.segment import Damaged
from cloche_kit.breaker import Tripped
from cloche_kit.bus import BusError
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectsError
from cloche_kit.topology import EVALUATIONS
from starlette.requests import Request

from cloche_gateway.deps import Deps
from cloche_gateway.failures import problem_of
from cloche_gateway.problems import ClientError, document
from cloche_gateway.read_models import ReadModelsUnavailable
from cloche_gateway.replay_forms import Form
from cloche_gateway.replay_range import trimmed

_log = get_logger(__name__)
#: So long an answer waits for its first event, so that what is wrong from the start is its status.
FIRST_SECONDS = 2.0
#: What reading the history may raise.
FAILURES = (ClientError, Trimmed, Damaged, ObjectsError, BusError, ReadModelsUnavailable)
T = TypeVar("T")


def history_of(deps: Deps) -> History:
    """The log of evaluations with everything that was archived of it."""
    return History(deps.bus, ArchiveReader(deps.objects, stream=EVALUATIONS))


async def archive_problem(history: History, error: Exception) -> ClientError:
    """The problem that an error of a replay is; logged here if it is ours."""
    match error:
        case Trimmed():
            return await trimmed(history, error)
        case Damaged():
            _log.error("archive_damaged", key=error.key, detail=error.detail)
            return ClientError("archive_damaged", str(error))
        case Tripped():
            return problem_of(error)
        case ObjectsError():
            _log.error("archive_unavailable", error=str(error))
            return ClientError("archive_unavailable", "try again in a moment")
        case _:
            return problem_of(error)


async def ended(
    request: Request,
    history: History,
    form: Form,
    first: bytes,
    pieces: AsyncGenerator[bytes, None],
) -> AsyncGenerator[bytes, None]:
    """Everything, and a problem at the end if there is one: nobody takes what is cut short for the whole."""
    async with aclosing(pieces):
        yield first
        try:
            async for piece in pieces:
                yield piece
        except FAILURES as error:
            yield form.problem(document(request, await archive_problem(history, error)))


async def paced(
    source: AsyncGenerator[T, None], first: float, seconds: float
) -> AsyncGenerator[T | None, None]:
    """What `source` yields, and None whenever it is silent for so long."""
    coming: asyncio.Task[T] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(source))
            await asyncio.wait({coming}, timeout=first)
            first = seconds
            if not coming.done():
                yield None
                continue
            try:
                one = coming.result()
            except StopAsyncIteration:
                return
            coming = None
            yield one
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.wait({coming})
        await source.aclose()
