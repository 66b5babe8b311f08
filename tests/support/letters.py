"""Dead letters for tests: evaluations that were given up, and messages that nobody can digest."""

from uuid import uuid4

from cloche_gateway.scheduler import GIVEN_UP
from cloche_kit.bus import Appended, Stored
from cloche_kit.letters import letter_id
from cloche_schemas.events import EvaluationDeadLettered
from cloche_schemas.subjects import Address
from support.gateway import TENANT, Stage

PATH = "/v1/dead-letters"


async def put_aside(stage: Stage, subject: str, data: bytes, *, reason: str = "malformed") -> str:
    """A message on `subject` that the projector put aside; its id."""
    stored = await on_log(stage, subject, data)
    await stage.bus.park(stored, handler="projector", reason=reason)
    return await newest(stage, stored)


async def given_up(stage: Stage, **fields: object) -> tuple[Address, str]:
    """An evaluation that was given up, as the scheduler puts it aside; its place and the letter's id."""
    address = await stage.submit(**fields)
    (first,) = await stage.bus.history(TENANT, address.evaluation)
    await stage.append(address, EvaluationDeadLettered(attempts=3, reason="executor_lost"))
    await stage.bus.park(first, handler=GIVEN_UP, reason="executor_lost", deliveries=3)
    return address, await newest(stage, first)


async def on_log(stage: Stage, subject: str, data: bytes) -> Stored:
    appended = await stage.bus.append(subject, data, msg_id=str(uuid4()))
    assert isinstance(appended, Appended)
    stored = await stage.bus.get(appended.sequence)
    assert stored is not None
    return stored


async def newest(stage: Stage, stored: Stored) -> str:
    letter = (await stage.bus.parked())[-1]
    assert letter.stored == stored
    return letter_id(letter)
