"""Batches onto the log: every evaluation checked first, then all appended as one, or none; and the same again."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import TypeVar

import msgspec
import uuid_utils
from cloche_domain import Completed, Evaluation, Refusal, Submit, fold
from cloche_kit.bus import Appended, BusError, BusUnavailable, StreamLost
from cloche_kit.log import utcnow
from cloche_kit.logs import get_logger
from cloche_schemas.batches import BatchCancelled, RerunBatch, SubmitBatch, member_id, turns_of
from cloche_schemas.events import LifecycleEvent
from cloche_schemas.subjects import Address
from cloche_schemas.values import BatchPlace, Origin, Outcome
from msgspec import Struct
from msgspec.structs import replace

from cloche_gateway import cancellation, grid, idempotency
from cloche_gateway.deps import Deps, Gateway
from cloche_gateway.grid import Member
from cloche_gateway.idempotency import Wish
from cloche_gateway.inputs import NO_INPUTS, look, moved
from cloche_gateway.problems import ClientError, at, within
from cloche_gateway.read_models import ReadModelsUnavailable
from cloche_gateway.settings import GatewaySettings
from cloche_gateway.submission import first_event, never_taken, prepared

_log = get_logger(__name__)
T = TypeVar("T")
#: Histories that are read, or cancellations that are decided, at a time.
AT_ONCE = 16
#: Submissions that are checked before others get their turn on the event loop.
IN_A_ROW = 16


class SubmittedBatch(Struct, frozen=True):
    """`replayed`: it was there before, under the same Idempotency-Key."""

    id: str
    size: int
    replayed: bool = False


async def submit(
    gateway: Gateway, tenant: str, body: SubmitBatch, *, key: str | None
) -> SubmittedBatch:
    """Append every evaluation's first event, once for each `key`. `ClientError` if one of them may not be."""
    deps = gateway.deps
    size = grid.size_of(body, gateway.settings)
    wish = None if key is None else Wish.of("batch", tenant, key, body)
    if wish is not None and (known := await idempotency.recall(deps, wish)) is not None:
        return SubmittedBatch(known, size, replayed=True)
    batch = str(uuid_utils.uuid7()) if wish is None else wish.id
    place = BatchPlace(id=batch, index=0, size=size, name=body.name, concurrency=body.concurrency)
    if await _accepted(gateway, tenant, place, grid.members(body, utcnow()), wish):
        return SubmittedBatch(batch, size)
    if wish is None:
        raise BusUnavailable(f"the log holds a history for the new batch {batch}")
    await idempotency.compare(deps, wish)
    return SubmittedBatch(batch, size, replayed=True)


async def rerun(gateway: Gateway, tenant: str, of: BatchPlace, wish: RerunBatch) -> SubmittedBatch:
    """A new batch of what another had, under the limits of today. `nothing_to_rerun`, `submission_trimmed`."""
    deps = gateway.deps
    over = await _over(deps, tenant, of)
    wanted = [
        index for index in range(of.size) if wish.only == "all" or over.get(index) != "succeeded"
    ]

    async def repeat(index: int) -> Member | int | None:
        return await _repeated(deps, tenant, of, index, wish, over)

    found = [one async for one in each(wanted, repeat) if one is not None]
    trimmed = [one for one in found if isinstance(one, int)]
    if trimmed:
        detail = (
            f"the log no longer holds {len(trimmed)} of them, the first at index {min(trimmed)}"
        )
        raise ClientError("submission_trimmed", detail)
    members = [one for one in found if isinstance(one, Member)]
    if not members:
        raise ClientError("nothing_to_rerun", "nothing of this batch is over without success")
    place = replace(of, id=str(uuid_utils.uuid7()), index=0, size=len(members))
    if not await _accepted(gateway, tenant, place, members, None):
        raise BusUnavailable(f"the log holds a history for the new batch {place.id}")
    return SubmittedBatch(place.id, place.size)


async def cancel(
    deps: Deps, tenant: str, of: BatchPlace, *, reason: str, requested_by: str
) -> BatchCancelled:
    """Ask for the end of every evaluation that is not over. To be asked again after an error: that changes nothing."""
    over = await _over(deps, tenant, of)
    # The last ones first: what waits must not get the turn of what has just been ended.
    left = [index for index in reversed(range(of.size)) if index not in over]

    async def end(index: int) -> bool:
        address = Address(tenant, member_id(of.id, index))
        answer = await cancellation.request(deps, address, reason=reason, requested_by=requested_by)
        # What the log holds no longer is over: nothing is trimmed before its end.
        return not isinstance(answer, Refusal) or answer.slug == "cancel_pending"

    cancelled = sum([one async for one in each(left, end)])
    return BatchCancelled(id=of.id, cancelled=cancelled, already_over=of.size - cancelled)


async def each(
    indexes: Iterable[int], work: Callable[[int], Awaitable[T]]
) -> AsyncGenerator[T, None]:
    """What `work` gives for each, in order, `AT_ONCE` at a time."""
    waiting = list(indexes)
    for begin in range(0, len(waiting), AT_ONCE):
        for answer in await asyncio.gather(*map(work, waiting[begin : begin + AT_ONCE])):
            yield answer


async def _accepted(
    gateway: Gateway,
    tenant: str,
    place: BatchPlace,
    members: Iterable[Member],
    wish: Wish | None,
) -> bool:
    """All are on the log; False if something was there under one of the ids. `ClientError` if one may not be."""
    commands = await _checked(gateway, tenant, place, members, wish)
    own = None if place.concurrency is None else turns_of(place.id)
    specs = [command.spec for command in commands]
    later = any(command.due_at is not None for command in commands)
    async with gateway.admission.admitted(tenant, specs, later=later, turns=own) as placed:
        events: list[tuple[Address, LifecycleEvent]] = []
        for index, (command, turns) in enumerate(zip(commands, placed, strict=True)):
            event = first_event(replace(command, turns=turns))
            address = Address(tenant, member_id(place.id, index))
            events.append((address, await moved(gateway.deps, tenant, event)))
        return await _append(gateway.deps, events, wish)


async def _checked(
    gateway: Gateway,
    tenant: str,
    place: BatchPlace,
    members: Iterable[Member],
    wish: Wish | None,
) -> list[Submit]:
    """Every member, ready to be decided. A problem with a pointer to the first one that may not be."""
    settings, commands, inputs = gateway.settings, list[Submit](), NO_INPUTS
    for index, member in enumerate(members):
        if index % IN_A_ROW == 0:
            await asyncio.sleep(0)
        _check_size(member, settings)
        origin = Origin(
            rerun_of=member.rerun_of,
            batch=replace(place, index=index),
            # The key of the whole lies with its first evaluation.
            idempotency=wish.mark if wish is not None and index == 0 else None,
        )
        try:
            inputs = await look(gateway.deps, tenant, member.spec, inputs)
            command = prepared(member.spec, settings, origin=origin, inputs=inputs)
        except ClientError as error:
            raise within(error, member.place) from error
        commands.append(replace(command, due_at=member.due_at))
    return commands


def _check_size(member: Member, settings: GatewaySettings) -> None:
    size = len(msgspec.json.encode(member.spec))
    if size > settings.body_bytes:
        detail = f"one evaluation may have {settings.body_bytes} bytes, not {size}"
        raise ClientError("body_too_large", detail, errors=at(member.place(""), detail))


async def _append(
    deps: Deps, events: list[tuple[Address, LifecycleEvent]], wish: Wish | None
) -> bool:
    """All are on the log; False if something was there under one of the ids."""
    claim = "" if wish is None else secrets.token_hex(8)
    try:
        return isinstance(await deps.log.append_first(events, claim=claim), Appended)
    except (BusUnavailable, StreamLost):
        raise
    except BusError as error:
        raise never_taken(error) from error


async def _over(deps: Deps, tenant: str, of: BatchPlace) -> dict[int, Outcome | None]:
    """What the read models know to be over, which spares a look at the log."""
    try:
        return await deps.read_models.batches.over(tenant, of.id)
    except ReadModelsUnavailable as error:
        _log.warning("read_models_unavailable", error=str(error))
        return {}


async def _repeated(
    deps: Deps,
    tenant: str,
    of: BatchPlace,
    index: int,
    wish: RerunBatch,
    over: dict[int, Outcome | None],
) -> Member | int | None:
    """The submission at `index` again, None if it is not wanted, its index if it cannot be read any more."""
    id_ = member_id(of.id, index)
    evaluation = fold((await deps.log.read(Address(tenant, id_))).numbered)
    if evaluation.spec is None:
        return index if wish.only == "all" or index in over else None
    if wish.only == "failed" and not _failed(evaluation):
        return None
    return Member(evaluation.spec, f"/evaluations/{index}", rerun_of=id_)


def _failed(evaluation: Evaluation) -> bool:
    state = evaluation.state
    return evaluation.over and not (isinstance(state, Completed) and state.outcome == "succeeded")
