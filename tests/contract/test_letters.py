"""What is promised of dead letters, on both adapters (see test_bus.py): whose they are, their places and their ids."""

import pytest
from cloche_kit.bus import BusError, EventBus, Parked, Stored
from cloche_kit.letters import letter_id
from support.bus import an_address, append


async def parked(
    bus: EventBus, subject: str, *, handler: str = "projector", reason: str = "malformed"
) -> Stored:
    """A message on `subject` that is put aside."""
    stored = await bus.get(await append(bus, subject, b"poison"))
    assert stored is not None
    await bus.park(stored, handler=handler, reason=reason)
    return stored


async def read(bus: EventBus, tenant: str | None) -> list[Parked]:
    return await bus.letters.read(tenant)


async def test_a_letter_belongs_to_the_tenant_of_its_message_or_to_nobody(bus: EventBus) -> None:
    mine, other = an_address(), an_address("other")
    stored = await parked(bus, mine.log)
    await parked(bus, other.output(1))
    await parked(bus, "evaluations.what.ever")
    (letter,) = await read(bus, "main")
    assert (letter.stored, letter.handler, letter.reason) == (stored, "projector", "malformed")
    assert letter.sequence > 0
    assert letter.parked_at is not None
    assert [one.stored.subject for one in await read(bus, "other")] == [other.output(1)]
    assert [one.stored.subject for one in await read(bus, None)] == ["evaluations.what.ever"]
    assert await read(bus, "third") == []
    assert len(await bus.parked()) == 3


async def test_letters_are_read_in_order_page_after_page_and_by_handler(bus: EventBus) -> None:
    for number in range(70):
        await parked(bus, an_address().log, handler="even" if number % 2 == 0 else "odd")
    found = await bus.letters.read("main", most=100)
    assert len(found) == 70
    assert [one.sequence for one in found] == sorted({one.sequence for one in found})
    pages, after = list[Parked](), 0
    while page := await bus.letters.read("main", after=after, most=33):
        pages += page
        after = page[-1].sequence
    assert pages == found
    even = await bus.letters.read("main", handler="even", most=40)
    assert [one.handler for one in even] == ["even"] * 35
    assert await bus.letters.read("main", handler="eve") == []


async def test_a_letter_is_found_by_its_id_by_its_owner_alone(bus: EventBus) -> None:
    await parked(bus, an_address().log, handler="of-a-name_1")
    (letter,) = await read(bus, "main")
    id_ = letter_id(letter)
    assert await bus.letters.get("main", id_) == letter
    assert await bus.letters.get("other", id_) is None
    assert await bus.letters.get(None, id_) is None
    for strange in ("", "x", "a.b-1-1", "*-1-1", f"{id_}0", ">", "projector-1-", "ü-1-1"):
        assert await bus.letters.get("main", strange) is None


async def test_what_is_removed_is_gone_and_is_not_put_aside_again_at_once(bus: EventBus) -> None:
    stored = await parked(bus, an_address().log)
    left = await parked(bus, an_address().log)
    letter = (await read(bus, "main"))[0]
    await bus.letters.remove(letter)
    await bus.letters.remove(letter)
    # Its handler had not been told that it was put aside.
    await bus.park(stored, handler="projector", reason="malformed")
    assert [one.stored for one in await read(bus, "main")] == [left]
    assert await bus.letters.get("main", letter_id(letter)) is None


async def test_no_handler_has_a_name_that_would_be_another_subject(bus: EventBus) -> None:
    stored = await bus.get(await append(bus, an_address().log))
    assert stored is not None
    with pytest.raises(BusError):
        await bus.park(stored, handler="a.b", reason="x")
