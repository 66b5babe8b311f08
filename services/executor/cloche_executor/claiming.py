"""Winning an attempt, or finding out why not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from cloche_domain import Absent, Evaluation, fold
from cloche_kit.bus import BusUnavailable
from cloche_kit.lease import Lease
from cloche_kit.log import EventLog, History, Position, Written
from cloche_kit.logs import get_logger
from cloche_kit.telemetry import link_current
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import AttemptFailed, AttemptStarted
from cloche_schemas.languages import LANGUAGES
from cloche_schemas.values import Limits
from msgspec import Struct

from cloche_executor.claim import (
    Claim,
    Claimed,
    Poison,
    Work,
    found_again,
    give_up,
    specification,
    standing,
    trimmed,
)
from cloche_executor.retry import Backoff
from cloche_executor.sandbox import Image, SandboxError
from cloche_executor.settings import Terms
from cloche_executor.stations import Refused, Station, Stations
from cloche_executor.stopping import Stop

_log = get_logger(__name__)
#: over: the attempt has ended. hold off: somebody else may have it.
NoClaim = Literal["over", "hold off"]


async def _nothing() -> None:
    return


class Held(Struct):
    """A delivery in hand. `compare` looks at the log for what others did to its attempt.

    `tried`: it was claimed without a look at the log before.
    """

    lease: Lease
    stop: Stop
    nonce: str
    tried: bool = False
    compare: Callable[[], Awaitable[None]] = _nothing


class Claiming:
    """Claims attempts for this executor. `lost_found` is set when another executor was found to be gone."""

    def __init__(
        self, log: EventLog, stations: Stations, terms: Terms, lost_found: asyncio.Event
    ) -> None:
        self.stopping = False
        self._log = log
        self._bus = log.bus
        self._stations = stations
        self._terms = terms
        self._lost_found = lost_found

    async def claim(self, work: Work, held: Held) -> Claimed | Poison | NoClaim:
        """Win the attempt, or find out why not. Ends: every lost round means that the evaluation moved on."""
        backoff = Backoff()
        while held.lease.fresh and not self.stopping:
            try:
                answer = await self._at_once(work, held) or await self._claim_once(work, held)
            except BusUnavailable as error:
                # Whether `started` was taken is not known: the next round finds it by its nonce.
                _log.warning("claim_not_answered", error=str(error))
                answer = None
            if answer is not None:
                return answer
            await backoff.wait()
        return "hold off"

    async def _claim_once(self, work: Work, held: Held) -> Claimed | Poison | NoClaim | None:
        attempt = work.event.attempt
        history = await self._log.read(work.address)
        link_before(history, attempt, held.nonce)
        evaluation = fold(history.numbered)
        stands = standing(evaluation, attempt)
        if isinstance(evaluation.state, Absent) and await trimmed(self._bus, work, history):
            stands = "over"
        if stands == "over":
            return "over"
        match stands:
            case "poison":
                state = type(evaluation.state).__name__
                return Poison("illegal", f"attempt {attempt} cannot be: the evaluation is {state}")
            case "open":
                return await self._start(work, held, evaluation, history.position)
            case "held" if (position := found_again(history, held.nonce)) is not None:
                return await self._claimed(work, held, evaluation, position)
            case "held" if held.lease.delivery.deliveries == 1:
                return "hold off"
            case "held":
                detail = "its work was delivered again"
                lost = AttemptFailed(attempt=attempt, reason="executor_lost", detail=detail)
                if await give_up(self._log, work.address, history, lost):
                    self._lost_found.set()
                return None

    async def _at_once(self, work: Work, held: Held) -> Claimed | None:
        """Win a first attempt without reading the log: its message is the beginning of the evaluation and tells all
        that is needed. Whether it still is the last word as well, the append itself finds out."""
        event, number = work.event, work.envelope.number
        if held.tried or (event.attempt, number, held.lease.delivery.deliveries) != (1, 1, 1):
            return None
        held.tried = True
        if event.spec is None or event.limits is None:
            return None
        position = Position(number, work.stored.sequence)
        return await self._append_started(work, held, (event.spec, event.limits), position)

    async def _start(
        self, work: Work, held: Held, evaluation: Evaluation, position: Position
    ) -> Claimed | Poison | None:
        """Append `started`. None: somebody else appended something in between."""
        found = await specification(self._bus, work, evaluation)
        if isinstance(found, Poison):
            return found
        return await self._append_started(work, held, found, position)

    async def _append_started(
        self, work: Work, held: Held, found: tuple[EvaluationSpec, Limits], position: Position
    ) -> Claimed | None:
        chosen = self._stations.choose(work.event.engine, found[0])
        started = await self._started(work, held.nonce, chosen, found)
        won = await self._log.append(work.address, started, after=position)
        if not isinstance(won, Written):
            return None
        claim = Claim(work.address, work.event.attempt, held.nonce, won.position)
        return Claimed(claim, *found)

    async def _started(
        self,
        work: Work,
        nonce: str,
        chosen: Station | Refused,
        found: tuple[EvaluationSpec, Limits],
    ) -> AttemptStarted:
        """The claim, with what the engine says of itself. A refusal, too, is told by starting and failing it."""
        station = chosen if isinstance(chosen, Station) else self._stations.strongest
        facts, image = station.facts, await _image(station, found[0])
        return AttemptStarted(
            attempt=work.event.attempt,
            executor=self._terms.executor,
            nonce=nonce,
            engine=facts.name,
            runtime=facts.runtime,
            image=image.name,
            image_digest=image.digest,
            limits=found[1],
            enforced=facts.enforced,
            shortfalls=(*facts.shortfalls, *([image.shortfall] if image.shortfall else [])),
        )

    async def _claimed(
        self, work: Work, held: Held, evaluation: Evaluation, position: Position
    ) -> Claimed | Poison:
        found = await specification(self._bus, work, evaluation)
        if isinstance(found, Poison):
            return found
        return Claimed(Claim(work.address, work.event.attempt, held.nonce, position), *found)


def link_before(history: History, attempt: int, nonce: str) -> None:
    """Link what is done now to what was tried before: the attempt before this one, or this one by somebody else."""
    for entry in history.entries:
        match entry.event:
            case AttemptFailed(attempt=before) if before == attempt - 1:
                link_current(entry.envelope, "retry")
            case AttemptStarted(attempt=same, nonce=other) if same == attempt and other != nonce:
                link_current(entry.envelope, "redelivery")
            case _:
                pass


async def _image(station: Station, spec: EvaluationSpec) -> Image:
    """The image that the submission runs in; by its name alone where it is not there, which the attempt will find."""
    language = LANGUAGES.get(spec.language)
    name = spec.image or (language.image if language is not None else "")
    try:
        return await station.engine.image(name)
    except SandboxError:
        return Image(name=name)
