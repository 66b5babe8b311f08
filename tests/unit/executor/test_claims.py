"""Beginning and ending an attempt on a log that answers late, twice or not at all."""

import asyncio
from datetime import UTC, datetime

from cloche_domain import Submit, decide, fold
from cloche_executor.claim import (
    Claim,
    Poison,
    Work,
    conclude,
    found_again,
    give_up,
    specification,
    understand,
)
from cloche_kit.bus import Appended, BusUnavailable, Conflict, Expectation, Stored
from cloche_kit.log import Position
from cloche_kit.memory import MemoryBus
from cloche_schemas import codec
from cloche_schemas.codec import Stamp
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    EvaluationCompleted,
    EvaluationScheduled,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits
from msgspec import structs
from support.bus import append
from support.evaluations import Client
from support.fake_engine import FakeEngine
from support.working import nothing_left, working

DONE = EvaluationCompleted(outcome="succeeded", attempt=1, exit_code=0)


class Faulty(MemoryBus):
    """Takes what is appended, but does not say so for each type in `mute`, once.

    That many reads as `stale` says see only the first event.
    """

    def __init__(self) -> None:
        super().__init__(ack_wait=2.0)
        self.mute: list[str] = []
        self.stale = 0

    async def append(
        self,
        subject: str,
        data: bytes,
        *,
        msg_id: str,
        expect: Expectation | None = None,
        headers: object = None,
    ) -> Appended | Conflict:
        result = await super().append(subject, data, msg_id=msg_id, expect=expect)
        for name in self.mute:
            if name in msg_id:
                self.mute.remove(name)
                raise BusUnavailable("no answer")
        return result

    async def history(self, tenant: str, evaluation: str) -> list[Stored]:
        found = await super().history(tenant, evaluation)
        if self.stale:
            self.stale -= 1
            return found[:1]
        return found


async def claimed(client: Client, address: Address, nonce: str = "mine") -> Claim:
    started = AttemptStarted(attempt=1, executor="e", nonce=nonce, engine="docker")
    await client.append(address, started)
    position = (await client.log.read(address)).position
    return Claim(address, 1, nonce, position)


async def test_a_claim_whose_answer_is_lost_is_found_again_and_runs() -> None:
    bus = Faulty()
    client = Client(bus)
    engine = FakeEngine()
    bus.mute.append("started")
    async with working(bus, engine):
        address = await client.submit()
        assert (await client.completed(address)).outcome == "succeeded"
        assert await nothing_left(bus)
    assert len(engine.started) == 1
    assert (await client.types(address)).count("AttemptStarted") == 1


async def test_an_end_whose_answer_is_lost_is_there_once() -> None:
    bus = Faulty()
    client = Client(bus)
    address = await client.submit()
    claim = await claimed(client, address)
    bus.mute.append("completed")
    assert await conclude(client.log, claim, DONE)
    assert (await client.types(address)).count("EvaluationCompleted") == 1


async def test_an_end_that_a_cancel_overtook_is_appended_behind_it() -> None:
    bus = Faulty()
    client = Client(bus)
    address = await client.submit()
    claim = await claimed(client, address)
    await client.cancel(address)
    # The first read after the refusal is so old that it does not know our own claim.
    bus.stale = 1
    assert await conclude(client.log, claim, DONE)
    assert (await client.types(address))[-2:] == ["CancelRequested", "EvaluationCompleted"]


async def test_an_end_of_an_attempt_that_others_have_ended_is_not_appended(client: Client) -> None:
    address = await client.submit()
    claim = await claimed(client, address)
    await client.append(address, AttemptFailed(attempt=1, reason="executor_lost"))
    assert not await conclude(client.log, claim, DONE)
    assert "EvaluationCompleted" not in await client.types(address)


async def test_a_lost_attempt_is_given_up_once(client: Client) -> None:
    address = await client.submit()
    await claimed(client, address)
    lost = AttemptFailed(attempt=1, reason="executor_lost")
    history = await client.log.read(address)
    assert await give_up(client.log, address, history, lost)
    assert not await give_up(client.log, address, await client.log.read(address), lost)


async def test_our_start_is_known_by_its_nonce(client: Client) -> None:
    address = await client.submit()
    claim = await claimed(client, address)
    history = await client.log.read(address)
    assert found_again(history, "mine") == claim.position
    assert found_again(history, "other") is None


async def test_the_submission_is_found_wherever_it_is(bus: MemoryBus, client: Client) -> None:
    address = await client.submit("the code")
    other = await client.submit("another's code")
    history = await client.log.read(address)
    work = understand(history.entries[0].stored)
    assert isinstance(work, Work)
    state = await client.state(address)
    bare = structs.replace(state, spec=None)
    sequence = work.stored.sequence

    async def find(evaluation: object, spec_sequence: int | None) -> object:
        event = structs.replace(work.event, spec=None, limits=None, spec_sequence=spec_sequence)
        found = await specification(bus, structs.replace(work, event=event), evaluation)  # type: ignore[arg-type]
        return found if isinstance(found, Poison) else found[0].code

    assert await find(bare, sequence) == "the code"
    assert await find(state, None) == "the code"
    foreign = (await client.log.read(other)).position.sequence
    due = Submit(spec=EvaluationSpec(code="for later"), limits=Limits(), due_at=datetime.now(UTC))
    scheduled = decide(due, fold([]))
    assert isinstance(scheduled, EvaluationScheduled)
    stamp = Stamp(id="s", source="/t", address=address, time=datetime.now(UTC), sequence=1)
    lies = await append(bus, address.log, codec.encode(scheduled, stamp))
    assert await find(bare, lies) == "for later"
    malformed = await append(bus, address.log, b"{}")
    for unknown in (None, 999, foreign, malformed):
        assert await find(bare, unknown) == Poison(
            "no_specification", "the event that carries the submission is not there"
        )


async def test_work_under_a_foreign_subject_or_of_another_kind_is_poison(client: Client) -> None:
    address = await client.submit(spec=EvaluationSpec(code="x"))
    await claimed(client, address)
    queued, started = [entry.stored for entry in (await client.log.read(address)).entries]
    odd = understand(structs.replace(queued, subject="evaluations.main.no-id.lifecycle.log"))
    assert isinstance(odd, Poison)
    assert odd.reason == "foreign_subject"
    wrong = understand(started)
    assert isinstance(wrong, Poison)
    assert wrong.reason == "illegal"


async def test_while_the_log_is_away_an_end_waits_for_it(bus: MemoryBus, client: Client) -> None:
    address = await client.submit()
    claim = await claimed(client, address)
    assert claim.position == Position(2, 2)
    bus.available = False
    ending = asyncio.create_task(conclude(client.log, claim, DONE))
    await asyncio.sleep(0.1)
    assert not ending.done()
    bus.available = True
    assert await ending
