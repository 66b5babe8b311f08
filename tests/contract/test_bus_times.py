"""Finding the place of a time on the log, on both adapters."""

from datetime import UTC, datetime, timedelta, timezone

from cloche_kit.bus import EventBus
from support.bus import an_address, append


async def test_a_time_is_found_to_the_message(bus: EventBus) -> None:
    sequences = [await append(bus, an_address().log) for _ in range(5)]
    for sequence in sequences:
        stored = await bus.get(sequence)
        assert stored is not None
        before = await bus.sequence_before(stored.time)
        # Several may be as old, to the microsecond.
        first = await bus.get(before + 1)
        assert first is not None
        assert (first.time, before < sequence) == (stored.time, True)


async def test_times_before_and_after_everything(bus: EventBus) -> None:
    now = datetime.now(UTC)
    assert await bus.sequence_before(now) == 0
    sequences = [await append(bus, an_address().log) for _ in range(3)]
    assert await bus.sequence_before(now - timedelta(days=1)) == 0
    last = await bus.get(sequences[-1])
    assert last is not None
    after = (last.time + timedelta(microseconds=1)).astimezone(timezone(timedelta(hours=1)))
    assert await bus.sequence_before(after) == sequences[-1]
