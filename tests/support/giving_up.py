"""An evaluation that a whole system gives up, for a dead letter as they come. Who fails is played on its log."""

import asyncio

from cloche import RetryBody, SubmitBatch, SubmitEvaluation
from cloche_kit.jetstream import open_bus
from cloche_kit.log import EventLog, Written
from cloche_kit.telemetry import configure
from cloche_schemas.batches import member_id
from cloche_schemas.events import AttemptFailed, AttemptStarted
from cloche_schemas.subjects import Address
from support.system import System

_LONG = "import time; time.sleep(600)"


def give_up(system: System, code: str, *, name: str, reason: str) -> str:
    """The id of an evaluation whose only attempt failed with `reason`; its letter is there when this returns."""
    # The second of a batch that runs one at a time is queued, and no real executor has it.
    wish = SubmitBatch(
        name="on a machine that fails",
        concurrency=1,
        evaluations=(
            SubmitEvaluation(code=_LONG, name="holds-the-turn.py"),
            SubmitEvaluation(code=code, name=name, retry=RetryBody(attempts=1)),
        ),
    )
    with system.client() as client:
        batch = client.batches.submit(wish).id
        holder, given_up = (member_id(batch, number) for number in range(2))
        asyncio.run(_fail(system, given_up, reason))
        client.cancel(holder, reason="it has held its turn for long enough")
        assert client.wait(given_up).status == "dead_lettered"
        client.wait(holder)
    return given_up


async def _fail(system: System, evaluation: str, reason: str) -> None:
    address, instance = Address("main", evaluation), "executor-9"
    async with open_bus(system.nats(), name="test") as bus:
        log = EventLog(bus, configure("executor", instance=instance), instance=instance)
        for event in (
            AttemptStarted(attempt=1, executor=instance, nonce="n", engine="docker"),
            AttemptFailed(attempt=1, reason=reason, detail="the disk is full"),
        ):
            history = await log.read(address)
            written = await log.append(address, event, after=history.position)
            assert isinstance(written, Written), written
