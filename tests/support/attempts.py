"""I10: of all the attempts of an evaluation at most one counts, and what the others do late changes nothing."""

import hashlib
from collections import Counter
from collections.abc import Iterator

from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    EvaluationCompleted,
    EvaluationQueued,
    OutputChunk,
    OutputEvent,
    recorded,
)
from support.observed import Happened, Observed


def one_counts(observed: Observed) -> Iterator[str]:
    """Every way in which two attempts, or two executors of one, could both have left their mark."""
    nonces: Counter[str] = Counter()
    for events in observed.lifecycles.values():
        starts: dict[int, Happened] = {}
        current = 0
        for one in events:
            match one.event:
                case EvaluationQueued(attempt=attempt):
                    current = attempt
                case AttemptStarted(attempt=attempt, nonce=nonce):
                    nonces[nonce] += 1
                    if attempt in starts:
                        yield f"I10 {one}: attempt {attempt} was started before"
                    yield from _of_current(one, attempt, current)
                    starts.setdefault(attempt, one)
                case AttemptFailed(attempt=attempt):
                    yield from _of_current(one, attempt, current)
                case EvaluationCompleted(attempt=attempt) if attempt:
                    yield from _of_current(one, attempt, current)
                    yield from _ended_by_its_own(one, attempt, starts)
                    written = observed.outputs.get((one.address, attempt), [])
                    yield from _tells_what_was_written(one, one.event, written)
    yield from _outputs(observed)
    for nonce, count in nonces.items():
        if count > 1:
            yield f"I10 the claim {nonce} has won {count} times"


def _of_current(one: Happened, attempt: int, current: int) -> Iterator[str]:
    if attempt != current:
        yield f"I10 {one} is of attempt {attempt}, while attempt {current} is under way"


def _ended_by_its_own(one: Happened, attempt: int, starts: dict[int, Happened]) -> Iterator[str]:
    started = starts.get(attempt)
    if started is None:
        yield f"I10 {one} counts attempt {attempt}, which was not started"
    elif started.envelope.source != one.envelope.source:
        yield (
            f"I10 {one} comes from {one.envelope.source}, but attempt {attempt} was won by "
            f"{started.envelope.source}"
        )


def _tells_what_was_written(
    one: Happened, end: EvaluationCompleted, written: list[Happened]
) -> Iterator[str]:
    """The verdict's summaries are those of the attempt that counts, and of nothing that came later."""
    if written and written[-1].sequence > one.sequence:
        yield f"I10 {written[-1]} came after the end of the attempt that counts"
    chunks = [each.event for each in written if isinstance(each.event, OutputChunk)]
    for stream, summary in recorded(end).items():
        mine = [chunk.data for chunk in chunks if chunk.stream == stream]
        digest = hashlib.sha256(b"".join(mine)).hexdigest() if mine else ""
        if len(mine) != summary.chunks or (mine and summary.sha256 != digest):
            yield f"I10 {one} tells of another {stream} than attempt {end.attempt} has written"


def _outputs(observed: Observed) -> Iterator[str]:
    """Output lies on its attempt's own subject, comes from whoever won the attempt, and has no gap."""
    for (address, attempt), written in observed.outputs.items():
        started = next(
            (
                one
                for one in observed.lifecycles.get(address, [])
                if isinstance(one.event, AttemptStarted) and one.event.attempt == attempt
            ),
            None,
        )
        for place, one in enumerate(written):
            assert isinstance(one.event, OutputEvent)
            if one.event.attempt != attempt:
                yield f"I10 {one} is of attempt {one.event.attempt}, on the subject of {attempt}"
            if started is None or one.sequence < started.sequence:
                yield f"I10 {one} was written by attempt {attempt}, which was not started"
            elif one.envelope.source != started.envelope.source:
                yield f"I10 {one} comes from {one.envelope.source}, which had lost attempt {attempt}"
            if one.number != place + 1:
                yield f"I10 {one} is number {one.number} of its attempt, where {place + 1} was due"
