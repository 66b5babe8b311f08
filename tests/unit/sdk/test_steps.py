"""Procedures and streams by themselves: no transport, no time, no network."""

from typing import Any

import pytest
from cloche.errors import Unreachable
from cloche.operations import Awaiting, Blocking, operation, streaming
from cloche.steps import (
    Answer,
    Call,
    Came,
    Finished,
    Given,
    Procedure,
    Sleep,
    Steps,
    Stream,
    drained,
    resumed,
)

CALL = Call(method="GET", path="/v1", read=lambda answer: answer.status)


def adding(first: int) -> Steps[int]:
    """Two steps, and an error of the second is worth nothing."""
    status = yield from CALL
    try:
        yield from Sleep(1.0)
    except Unreachable:
        return -1
    return first + status


def test_a_procedure_is_performed_step_by_step() -> None:
    steps = adding(1)
    assert resumed(steps) == CALL
    assert resumed(steps, Came(200)) == Sleep(1.0)
    assert resumed(steps, Came()) == Finished(201)


def test_an_error_is_raised_where_the_step_was() -> None:
    steps = adding(1)
    resumed(steps)
    resumed(steps, Came(200))
    assert resumed(steps, Came(error=Unreachable("gone"))) == Finished(-1)
    steps = adding(1)
    resumed(steps)
    with pytest.raises(Unreachable):
        resumed(steps, Came(error=Unreachable("gone")))


def counting() -> Stream[int]:
    for number in range(2):
        yield Given(number)
        try:
            yield from Sleep(float(number))
        except Unreachable:
            yield Given(-1)


def test_a_stream_is_drained_with_all_that_it_does() -> None:
    steps = drained(counting())
    assert resumed(steps) == Sleep(0.0)
    # The error goes to the stream, which goes on.
    assert resumed(steps, Came(error=Unreachable("gone"))) == Sleep(1.0)
    assert resumed(steps, Came()) == Finished(None)


class Recorder:
    """A transport that performs nothing."""

    def __init__(self) -> None:
        self.performed: list[Any] = []

    def perform(self, procedure: Procedure[Any]) -> str:
        self.performed.append(procedure)
        return "done"

    def iterate(self, stream: Stream[Any]) -> list[str]:
        return ["item"]


class Part:
    @operation
    def one(self, number: int, *, twice: bool = False) -> Call[int]:
        """One."""
        del number, twice
        return CALL

    @streaming
    def many(self) -> Stream[int]:
        """Many."""
        return counting()


class BlockingPart(Part, Blocking):
    """Blocks."""


class AwaitingPart(Part, Awaiting):
    """Is awaited."""


def test_a_method_is_of_the_kind_of_its_client() -> None:
    transport: Any = Recorder()
    part = BlockingPart(transport)
    results: list[object] = [part.one(1, twice=True), *part.many()]
    assert results == ["done", "item"]
    assert transport.performed == [CALL]
    assert (part.one.__doc__, part.one.__name__) == ("One.", "one")
    assert BlockingPart.one(part, 1) == "done"
    awaited = AwaitingPart(transport).one(1)
    awaited.close()
    with pytest.raises(TypeError):
        part.one("x", "y", "z")  # type: ignore[call-arg, arg-type]
    assert Answer(204, {}).success
    assert not Answer(302, {}).success
