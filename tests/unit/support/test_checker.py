"""The checker refuses a history for each of its rules: what it never refuses, it does not prove."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest
from cloche_domain import Evaluation, evolve, fold
from cloche_kit.bus import Stored
from cloche_kit.queue import Depth
from cloche_schemas import codec
from cloche_schemas.codec import Stamp
from cloche_schemas.events import (
    EvaluationQueued,
    EvaluationScheduled,
    LifecycleEvent,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import Idempotency, Limits, Origin
from msgspec.structs import replace
from support.checker import prove, violations
from support.doctored import (
    AGAIN,
    ARCHIVED,
    BATCH,
    CANCELLED,
    DEAD,
    FAILED,
    ONE,
    QUEUED,
    SPEC,
    TWO,
    Log,
    chunk,
    completed,
    started,
)
from support.recorded import BEGIN, address_of


def sound() -> Log:
    """Everything that may happen: output, a lost attempt with late output, a cancellation, a dead letter, poison."""
    log = Log().events(QUEUED, started(), chunk(b"hello"), completed(b"hello"), ARCHIVED)
    log.add(QUEUED, TWO).add(started(executor="a"), TWO).add(chunk(b"first"), TWO)
    log.stored[-2] = _claim(log, TWO, "b1")
    log.add(FAILED, TWO, by="b").add(AGAIN, TWO, by="s")
    log.add(started(2, "b"), TWO, by="b").add(chunk(b"late", index=1), TWO)
    log.add(chunk(b"second", 2), TWO, by="b").add(completed(b"second", 2), TWO, by="b")
    log.events(QUEUED, CANCELLED, address=address_of(3))
    four = address_of(4)
    log.add(QUEUED, four).add(started(executor="c"), four, by="c").add(FAILED, four).add(DEAD, four)
    log.poison(ONE.queued("auto", "low"), "executor").poison(ONE.log, "scheduler")
    log.accepted = {ONE, TWO, address_of(3), four}
    log.at_most = {"main": 3}
    return log


def _claim(log: Log, address: Address, nonce: str) -> Stored:
    stored = log.stored[-2]
    event = replace(started(), nonce=nonce)
    stamp = Stamp(
        id="claim-2", source="/cloche/executor/a", address=address, time=BEGIN, sequence=2
    )
    return Stored(stored.subject, stored.sequence, stored.time, codec.encode(event, stamp))


def test_a_sound_history_has_no_violation() -> None:
    prove(sound().observed, sound().expected)


def test_what_is_wrong_is_said_line_by_line() -> None:
    log = Log().events(QUEUED, started())
    with pytest.raises(AssertionError, match=r"(?s)1 violations:\nI1 main/0190.* it has no end"):
        prove(log.observed, log.expected)


def _with(change: Callable[[Log], object]) -> Log:
    log = sound()
    change(log)
    return log


def _missing(log: Log) -> None:
    log.accepted.add(address_of(9))


def _left(log: Log) -> None:
    log.depth = Depth({"work.auto.normal.main": 1}, {})


def _held(log: Log) -> None:
    log.depth = Depth({}, {"held.auto.normal.main.all": 2})


NINE = address_of(9)
SUBMITTED = replace(QUEUED, origin=Origin(idempotency=Idempotency(key="k", digest="d")))
IN_BATCH = replace(SUBMITTED, origin=replace(SUBMITTED.origin, batch=BATCH))


def _early(log: Log) -> None:
    due = datetime.fromtimestamp(BEGIN.timestamp() + 60, UTC)
    log.add(EvaluationScheduled(spec=SPEC, limits=Limits(), due_at=due), NINE)
    log.add(EvaluationQueued(attempt=1, spec_sequence=1), NINE, seconds=59)
    log.add(CANCELLED, NINE, seconds=61)


def _many(log: Log, queued: EvaluationQueued) -> None:
    """Four at once, each of which ends well."""
    several = [address_of(number) for number in range(20, 24)]
    for place, address in enumerate(several):
        origin = queued.origin
        if origin.batch is not None:
            origin = replace(origin, batch=replace(BATCH, index=place))
        log.add(replace(queued, origin=origin), address)
    for address in several:
        name = address.evaluation[-2:]
        log.add(started(1, name), address, by=name)
    for address in several:
        log.add(completed(), address, by=address.evaluation[-2:])


@pytest.mark.parametrize(
    ("rule", "words", "change"),
    [
        ("I1", "is not on the log", _missing),
        ("I1", "has no end", lambda log: log.events(QUEUED, started(1, "z"), address=NINE)),
        ("I1", "2 ends", lambda log: log.events(QUEUED, CANCELLED, CANCELLED, address=NINE)),
        ("I1", "left on work.", _left),
        ("I1", "left on held.", _held),
        ("I2", "nothing was accepted", lambda log: log.events(CANCELLED, address=NINE)),
        ("I2", "nothing was accepted", lambda log: log.events(AGAIN, CANCELLED, address=NINE)),
        ("I2", "follows the end", lambda log: log.events(ARCHIVED, started(1, "z"))),
        ("I2", "follows the end", lambda log: log.add(ARCHIVED)),
        (
            "I3",
            "key 'k' of main has 2 evaluations",
            lambda log: log.events(SUBMITTED, CANCELLED, address=NINE).events(
                SUBMITTED, CANCELLED, address=address_of(8)
            ),
        ),
        (
            "I4",
            "where 3 was due",
            lambda log: (
                log.add(QUEUED, NINE)
                .add(started(1, "z"), NINE, by="z")
                .add(completed(), NINE, by="z", number=4)
            ),
        ),
        ("I4", "where 2 was due", lambda log: log.add(QUEUED, NINE).add(CANCELLED, NINE, number=1)),
        (
            "I4",
            "cannot follow in state queued",
            lambda log: log.events(QUEUED, completed(), address=NINE),
        ),
        ("I4", "cannot be read", lambda log: log.raw(NINE.log, b"no JSON")),
        (
            "I4",
            "unknown type",
            lambda log: log.raw(NINE.log, log.stored[0].data.replace(b"queued.v1", b"queued.v9")),
        ),
        (
            "I4",
            "is there 2 times",
            lambda log: log.add(QUEUED, NINE, id="id-1").add(CANCELLED, NINE),
        ),
        (
            "I4",
            "names another evaluation",
            lambda log: log.raw(NINE.queued("auto", "normal"), log.stored[0].data),
        ),
        ("I4", "lies on", lambda log: log.add(QUEUED, NINE, subject=NINE.log).add(CANCELLED, NINE)),
        (
            "I4",
            "has another id",
            lambda log: log.stored.append(
                Stored(log.stored[0].subject, 99, BEGIN, log.stored[0].data, {"Nats-Msg-Id": "y"})
            ),
        ),
        (
            "I9",
            "it depends on the first delivery",
            lambda log: (
                log.events(QUEUED, started(1, "z"), address=NINE)
                .add(completed(), NINE, by="z")
                .add(CANCELLED, NINE, number=3)
            ),
        ),
        (
            "I10",
            "was started before",
            lambda log: (
                log.add(QUEUED, NINE)
                .add(started(1, "y"), NINE, by="y")
                .add(started(1, "z"), NINE, by="z")
                .add(completed(), NINE, by="z")
            ),
        ),
        (
            "I10",
            "while attempt 2 is under way",
            lambda log: (
                log.add(QUEUED, NINE)
                .add(started(1, "y"), NINE, by="y")
                .add(FAILED, NINE)
                .add(AGAIN, NINE)
                .add(started(2, "z"), NINE, by="z")
                .add(completed(), NINE, by="y")
            ),
        ),
        (
            "I10",
            "while attempt 2 is under way",
            lambda log: (
                log.add(QUEUED, NINE)
                .add(started(1, "y"), NINE, by="y")
                .add(FAILED, NINE)
                .add(AGAIN, NINE)
                .add(FAILED, NINE)
            ),
        ),
        (
            "I10",
            "comes from /cloche/executor/z",
            lambda log: (
                log.add(QUEUED, NINE)
                .add(started(1, "y"), NINE, by="y")
                .add(completed(), NINE, by="z")
            ),
        ),
        ("I10", "which was not started", lambda log: log.add(QUEUED, NINE).add(completed(), NINE)),
        (
            "I10",
            "tells of another stdout",
            lambda log: (
                log.add(QUEUED, NINE)
                .add(started(1, "y"), NINE, by="y")
                .add(chunk(b"a"), NINE, by="y")
                .add(completed(b"b"), NINE, by="y")
            ),
        ),
        (
            "I10",
            "tells of another stdout",
            lambda log: (
                log.add(QUEUED, NINE)
                .add(started(1, "y"), NINE, by="y")
                .add(completed(b"b"), NINE, by="y")
            ),
        ),
        (
            "I10",
            "after the end of the attempt that counts",
            lambda log: log.add(chunk(b"more", index=1)),
        ),
        ("I10", "which had lost attempt 1", lambda log: log.add(chunk(b"more", index=1), by="z")),
        (
            "I10",
            "written by attempt 3, which was not started",
            lambda log: log.add(chunk(attempt=3)),
        ),
        (
            "I10",
            "on the subject of 2",
            lambda log: log.add(chunk(index=1), TWO, by="b", subject=TWO.output(2)),
        ),
        ("I10", "where 3 was due", lambda log: log.add(chunk(index=3), TWO)),
        (
            "I10",
            "has won 2 times",
            lambda log: log.add(QUEUED, NINE).add(started(), NINE).add(completed(), NINE),
        ),
        ("I15", "aside 2 times", lambda log: log.park(min(log.planted), "executor")),
        ("I15", "which is no poison", lambda log: log.park(1, "executor")),
        (
            "I15",
            "has not put aside",
            lambda log: log.poison(NINE.queued("auto", "high"), "scheduler"),
        ),
        ("I15", "scheduler has not put aside", lambda log: log.poison(NINE.log)),
        ("I15", "is not on the log", lambda log: log.planted.add(99)),
        ("I16", "before any start", lambda log: log.add(started(1, "z"), address_of(3), by="z")),
        ("I16", "cancelled before its start", lambda log: log.add(chunk(), address_of(3))),
        ("I16", "before it was due", _early),
        ("I16", "is number 4 of tenant main, of 3", lambda log: _many(log, QUEUED)),
        ("I16", f"is number 2 of batch {BATCH.id}, of 1", lambda log: _many(log, IN_BATCH)),
    ],
)
def test_a_history_that_breaks_a_rule_is_refused(
    rule: str, words: str, change: Callable[[Log], object]
) -> None:
    log = _with(change)
    assert rule in log.rules()
    assert log.says(words), "\n".join(violations(log.observed, log.expected))


def test_the_evaluations_of_a_batch_share_its_key() -> None:
    log = sound()
    for place in range(2):
        origin = replace(IN_BATCH.origin, batch=replace(BATCH, index=place))
        log.events(replace(IN_BATCH, origin=origin), CANCELLED, address=address_of(30 + place))
    assert log.rules() == set()


def test_a_scheduled_evaluation_is_no_violation_when_it_was_due() -> None:
    log = sound().add(EvaluationScheduled(spec=SPEC, limits=Limits(), due_at=BEGIN), NINE)
    log.add(EvaluationQueued(attempt=1, spec_sequence=1), NINE).add(CANCELLED, NINE)
    assert log.rules() == set()


def _trusting(events: Iterable[tuple[int, LifecycleEvent]]) -> Evaluation:
    """A fold that applies what is legal, whatever its number."""
    evaluation = Evaluation()
    for _, event in events:
        evolved = evolve(evaluation, event)
        evaluation = evolved if isinstance(evolved, Evaluation) else evaluation
    return evaluation


def _counting(events: Iterable[tuple[int, LifecycleEvent]]) -> Evaluation:
    """A fold that counts deliveries."""
    numbered = list(events)
    return replace(fold(numbered), number=len(numbered))


@pytest.mark.parametrize("folding", [_counting, _trusting])
def test_a_fold_that_minds_redelivery_is_found_out(
    folding: Callable[[Iterable[tuple[int, LifecycleEvent]]], Evaluation],
) -> None:
    log = Log().events(QUEUED, started(), FAILED, CANCELLED)
    assert log.rules() == set()
    found = list(violations(log.observed, log.expected, folding=folding))
    assert found
    assert all(line.startswith("I9 ") for line in found)
