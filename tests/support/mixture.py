"""Evaluations of every sort, made by hand: by their number, so that the same ones can be made again."""

import hashlib
from datetime import timedelta

from cloche_schemas.batches import derived_id
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import (
    AttemptFailed,
    CancelRequested,
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationEvent,
    EvaluationQueued,
    EvaluationScheduled,
    OutputArchived,
    OutputEvent,
)
from cloche_schemas.values import (
    ArchivedOutput,
    BatchPlace,
    Idempotency,
    Limits,
    Origin,
    StreamName,
)
from support.recorded import BEGIN, case, chunks, completed, queued, started, story

SORTS = 8


def key_of(number: int) -> str:
    """The Idempotency-Key of those that have one."""
    return f"key-{number}"


def events_of(number: int) -> list[EvaluationEvent]:  # noqa: PLR0911 - one for each sort
    """The history of the `number`-th evaluation, legal, and complete but for every eighth, which still runs."""
    spec = EvaluationSpec(code=f"print({number})", labels={"number": str(number)})
    wrote: list[tuple[StreamName, bytes]] = [
        ("stdout", b"line %d\n" % number * 3),
        ("stderr", b"\x00\xff%d" % number),
    ]
    match number % SORTS:
        case 0:
            return [queued(), started(), *chunks(*wrote)]
        case 1:
            where = ArchivedOutput(
                stream="stdout", bucket="b", key=f"k{number}", size=3, sha256="0" * 64
            )
            return [*story(*wrote), OutputArchived(attempt=1, outputs=(where,))]
        case 2:
            output: list[OutputEvent] = [
                *chunks(("stdout", b"cases")),
                case(1),
                case(2, passed=False),
            ]
            return [queued(), started(), *output, completed(output)]
        case 3:
            again = chunks(*wrote, attempt=2)
            lost = chunks(("stdout", b"lost"))
            failed = AttemptFailed(attempt=1, reason="executor_lost")
            second = EvaluationQueued(attempt=2, spec_sequence=1)
            before: list[EvaluationEvent] = [queued(), started(), *lost, failed]
            return [*before, second, started(2), *again, completed(again, attempt=2)]
        case 4:
            wish = CancelRequested(reason="enough", requested_by="me")
            return [queued(), started(), wish, EvaluationCompleted(outcome="cancelled", attempt=1)]
        case 5:
            due = BEGIN + timedelta(hours=1)
            return [
                EvaluationScheduled(spec=spec, limits=Limits(), due_at=due),
                EvaluationQueued(attempt=1, spec_sequence=1, due_at=due, late_seconds=1.5),
                started(),
                completed(),
            ]
        case 6:
            failed = AttemptFailed(attempt=1, reason="executor_lost")
            given_up = EvaluationDeadLettered(attempts=1, reason="executor_lost", detail="a\x00b")
            return [queued(), started(), failed, given_up]
        case _:
            digest = hashlib.sha256(str(number).encode()).hexdigest()
            place = BatchPlace(id=derived_id("mixture", str(number)), index=0, size=1, name="b")
            mark = Idempotency(key=key_of(number), digest=digest)
            origin = Origin(batch=place, idempotency=mark)
            first = EvaluationQueued(attempt=1, spec=spec, limits=Limits(), origin=origin)
            return [first, started(), *chunks(*wrote), completed(chunks(*wrote))]
