"""A wish to end an evaluation, decided on its own history."""

from cloche_domain import Refusal, RequestCancel, decide, fold
from cloche_kit.bus import BusUnavailable
from cloche_kit.log import History, Written
from cloche_schemas.events import LifecycleEvent
from cloche_schemas.subjects import Address

from cloche_gateway.deps import Deps
from cloche_gateway.problems import refused
from cloche_gateway.reading import Known, find


async def cancel(deps: Deps, address: Address, *, reason: str, requested_by: str) -> Known:
    """Append what the wish means now; the evaluation after it. Asking again while it is being cancelled is no error.

    `already_over` with its outcome, or `not_found`.
    """

    answer = await request(deps, address, reason=reason, requested_by=requested_by)
    if not isinstance(answer, Refusal):
        return await find(deps, address)
    if answer.slug == "not_found":
        await _truly_absent(deps, address)
        # What the log holds no longer is over: nothing is trimmed before its end.
        answer = Refusal("already_over", "the evaluation is over and archived")
    known = await find(deps, address)
    if answer.slug == "cancel_pending":
        return known
    raise refused(answer, status_of_evaluation=known.view.status, outcome=known.view.outcome)


async def request(
    deps: Deps, address: Address, *, reason: str, requested_by: str
) -> Written | Refusal:
    """Append what the wish means now, or why not: already_over, cancel_pending, or not_found on the log."""

    def decision(history: History) -> LifecycleEvent | Refusal:
        return decide(RequestCancel(reason, requested_by), fold(history.numbered))

    return await deps.log.transact(address, decision)


async def _truly_absent(deps: Deps, address: Address) -> None:
    # The history may come from a follower that has not heard of the evaluation; the leader has.
    if (await deps.bus.last(address.lifecycle)) and not (await deps.log.read(address)).trimmed:
        raise BusUnavailable("the history read is older than the evaluation")
