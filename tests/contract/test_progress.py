"""What projections say of themselves, in memory and on JetStream."""

from datetime import UTC, datetime

from cloche_kit.bus import EventBus
from cloche_kit.jetstream import JetStreamBus
from cloche_kit.progress import READ_MODELS, Progress
from support.bus import append

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def at(sequence: int, oldest_open: int | None = None) -> Progress:
    return Progress(epoch="e1", sequence=sequence, oldest_open=oldest_open, at=NOW)


async def test_the_last_word_of_each_projection_counts(bus: EventBus) -> None:
    assert await bus.progress.said() == {}
    await bus.progress.say(READ_MODELS, at(1))
    await bus.progress.say(READ_MODELS, at(2, 1))
    await bus.progress.say("another", at(1))
    await bus.progress.say("another", at(1))
    assert await bus.progress.said() == {READ_MODELS: at(2, 1), "another": at(1)}
    # It is no part of the log.
    assert (await bus.state()).last == 0


async def test_what_cannot_be_read_is_left_out(jetstream_bus: JetStreamBus) -> None:
    """In memory nothing is encoded."""
    bus = jetstream_bus
    await bus.progress.say(READ_MODELS, at(1))
    await append(bus, "evaluations.x.y.lifecycle.log")
    bus.connection.send("progress.later", b'{"epoch": 7}')
    await bus.progress.say(READ_MODELS, at(2))
    assert await bus.progress.said() == {READ_MODELS: at(2)}
