"""A dead letter on its way again: its submission as a new evaluation, and then the letter is gone.

First the new evaluation is on the log, then the letter is removed: a gateway that dies in between leaves both. The id
of the new evaluation follows from that of the letter, so whoever asks again gets the same one, and nothing runs twice.
"""

import uuid

from cloche_domain import Refusal, decide
from cloche_domain.evaluation import NOTHING
from cloche_kit.bus import Parked
from cloche_kit.letters import letter_id
from cloche_kit.log import Position
from cloche_schemas import codec
from cloche_schemas.codec import Unknown
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.dead_letters import Requeued
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import EvaluationEvent, EvaluationQueued, EvaluationScheduled
from cloche_schemas.subjects import Address, SubjectError, parse
from cloche_schemas.values import Origin
from msgspec import Struct
from msgspec.structs import replace

from cloche_gateway.archived import message
from cloche_gateway.deps import Deps, Gateway
from cloche_gateway.evaluations import links
from cloche_gateway.inputs import look, moved
from cloche_gateway.letters import Owners, one, payload_of
from cloche_gateway.problems import ClientError, refused
from cloche_gateway.reading import find
from cloche_gateway.submission import prepared

# A name space of our own, for ids that follow from those of letters (RFC 9562, version 5).
_LETTERS = uuid.UUID("6f1a3c52-8d0e-5b7a-9c41-2e7d90b4f3a6")


class _Submission(Struct, frozen=True):
    address: Address
    spec: EvaluationSpec


async def requeue(gateway: Gateway, whose: Owners, tenant: str, letter: str) -> Requeued:
    """Send one letter on its way. `not_found`, `no_submission`, or what is wrong with its submission today."""
    parked = await one(gateway.deps.bus.letters, whose, letter)
    if parked is not None:
        return await requeue_parked(gateway, parked)
    # It may have been sent before, by somebody who was not told.
    address = Address(tenant, _evaluation_of(letter))
    try:
        known = await find(gateway.deps, address)
    except ClientError:
        raise no_such_letter() from None
    return _requeued(letter, address, known.view.rerun_of)


async def requeue_parked(gateway: Gateway, parked: Parked) -> Requeued:
    submission = await _submission(gateway.deps, parked)
    origin = Origin(rerun_of=submission.address.evaluation)
    deps, tenant = gateway.deps, submission.address.tenant
    inputs = await look(deps, tenant, submission.spec)
    wish = prepared(submission.spec, gateway.settings, inputs=inputs)
    letter = letter_id(parked)
    address = Address(tenant, _evaluation_of(letter))
    async with gateway.admission.admitted(tenant, [wish.spec]) as [turns]:
        event = decide(replace(wish, origin=origin, turns=turns), NOTHING)
        if isinstance(event, Refusal):
            raise refused(event)
        # A conflict says that it is there: nobody else makes this id.
        await deps.log.append(address, await moved(deps, tenant, event), after=Position())
    await deps.bus.letters.remove(parked)
    return _requeued(letter, address, submission.address.evaluation)


def no_such_letter() -> ClientError:
    return ClientError("not_found", "there is no such dead letter")


async def _submission(deps: Deps, parked: Parked) -> _Submission:
    """What the letter's message is to run. `no_submission` if that cannot be told."""
    try:
        address = parse(parked.stored.subject)
    except SubjectError:
        raise _none("its message is about no evaluation") from None
    envelope, event = _read(await payload_of(deps, parked))
    _check(envelope, address)
    if isinstance(event, EvaluationQueued) and event.spec is None and event.spec_sequence:
        carrier = await message(deps, event.spec_sequence)
        if carrier is None:
            raise _none("the event that carries its submission is neither on the log nor archived")
        envelope, event = _read(carrier.data)
        _check(envelope, address)
    if isinstance(event, EvaluationQueued | EvaluationScheduled) and event.spec is not None:
        return _Submission(address, event.spec)
    raise _none(f"its message is {envelope.type}, which submits nothing")


def _read(data: bytes) -> tuple[Envelope, EvaluationEvent | Unknown]:
    try:
        return codec.decode(data)
    except codec.Malformed as error:
        raise _none(f"its message cannot be read: {error}") from None


def _check(envelope: Envelope, address: Address) -> None:
    if (envelope.tenant, envelope.subject) != (address.tenant, address.evaluation):
        raise _none("its message lies where another evaluation belongs")


def _none(detail: str) -> ClientError:
    return ClientError("no_submission", detail)


def _evaluation_of(letter: str) -> str:
    return str(uuid.uuid5(_LETTERS, letter))


def _requeued(letter: str, address: Address, rerun_of: str | None) -> Requeued:
    return Requeued(
        letter=letter, evaluation=address.evaluation, rerun_of=rerun_of, links=links(address)
    )
