"""How long the first output took is not the program's silence."""

from datetime import UTC, datetime, timedelta

from cloche_executor.first_output import FirstOutput


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_silence_of_the_program_is_left_out() -> None:
    clock = Clock()
    first = FirstOutput(clock)
    queued = datetime.now(UTC) - timedelta(seconds=10)
    first.begun()
    clock.now += 8
    first.written()
    clock.now += 50
    first.begun()
    first.written()
    first.recorded()
    first.recorded()
    seconds = first.since(queued)
    assert seconds is not None
    assert 1.9 < seconds < 4


def test_without_output_there_is_no_first() -> None:
    first = FirstOutput(Clock())
    assert first.since(datetime.now(UTC)) is None
    first.written()
    assert first.since(datetime.now(UTC)) is None


def test_what_a_compiler_says_before_any_program_counts_whole() -> None:
    first = FirstOutput(Clock())
    first.written()
    first.recorded()
    assert first.since(datetime.now(UTC) + timedelta(seconds=5)) == 0.0
