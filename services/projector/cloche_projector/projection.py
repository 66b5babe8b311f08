"""From messages of the log to rows: pure. What cannot be projected is told apart, with the reason, and left out.

`decode` once, look up the rows that `Decoded.evaluations` names, then `project_batch`. A message that was projected
before changes nothing, so a batch may come twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import assert_never

import msgspec
from cloche_domain import (
    Duplicate,
    Evaluation,
    Illegal,
    Occurrence,
    OutOfOrder,
    apply,
    case_result,
    passed_over,
    project,
)
from cloche_kit.bus import Stored
from cloche_kit.telemetry import trace_id_of
from cloche_schemas import codec
from cloche_schemas.codec import Malformed, Unknown
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import (
    CaseCompleted,
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationEvent,
    EvaluationQueued,
    EvaluationScheduled,
    LifecycleEvent,
    OutputChunk,
)
from cloche_schemas.subjects import SubjectError, parse
from cloche_schemas.values import StreamName
from cloche_schemas.views import CaseResult, EvaluationView
from msgspec import Struct
from msgspec.structs import replace

from cloche_projector.texts import text_of

#: Output up to this size is kept whole, longer output by its beginning.
WHOLE_BYTES = 1 << 20
Key = tuple[str, str]
"""Tenant and id of an evaluation."""


class Row(Struct, frozen=True):
    """An evaluation as it is stored. `state` is without the submitted program, which folding does not need.

    `stream_sequence`, `first_sequence`: of its last and its first event on the stream; 0 where the latter is not known.
    """

    view: EvaluationView
    state: Evaluation
    stream_sequence: int
    first_sequence: int = 0


class Piece(Struct):
    """Output without a gap: bytes of one stream of one attempt, from offset `start` to `end`.

    Of these `data` has no more than the first `WHOLE_BYTES`: a longer output is not kept whole.
    """

    key: Key
    attempt: int
    stream: StreamName
    start: int
    end: int
    data: bytearray


class CaseKey(Struct, frozen=True):
    """One case of one attempt."""

    key: Key
    attempt: int
    index: int


class Poison(Struct, frozen=True):
    """A message to be parked. `reason`: malformed, unknown_type, misplaced, out_of_order, illegal or unstorable."""

    stored: Stored
    reason: str
    detail: str


class Message(Struct, frozen=True):
    """A message that could be read."""

    stored: Stored
    key: Key
    envelope: Envelope
    event: EvaluationEvent


class Decoded(Struct, frozen=True):
    """A batch, read. `evaluations`: those that it has lifecycle events of."""

    messages: list[Message]
    poison: list[Poison]
    evaluations: set[Key]
    last: int


class Given(Struct, frozen=True):
    """What an Idempotency-Key was given: the evaluation, or the batch, that was first submitted with it."""

    id: str
    digest: str
    at: datetime


class Changes(Struct, frozen=True):
    """What a batch does to the tables. `pieces`: rounds, each with at most one piece of an output, in order.

    `keys`: Idempotency-Keys by tenant, kind and key. `texts`: words of what was submitted. `ends`: what ended, as it
    was then.
    """

    rows: dict[Key, Row]
    pieces: list[list[Piece]]
    cases: dict[CaseKey, CaseResult]
    poison: list[Poison]
    keys: dict[tuple[str, str, str], Given] = {}
    texts: dict[Key, str] = {}
    ends: dict[Key, EvaluationView] = {}


def decode(batch: Sequence[Stored]) -> Decoded:
    """Read every message of a batch, which is not empty."""
    messages: list[Message] = []
    poison: list[Poison] = []
    evaluations: set[Key] = set()
    for stored in batch:
        try:
            address = parse(stored.subject)
            envelope, event = codec.decode(stored.data)
        except SubjectError as error:
            poison.append(Poison(stored, "misplaced", str(error)))
            continue
        except Malformed as error:
            poison.append(Poison(stored, "malformed", str(error)))
            continue
        key = (address.tenant, address.evaluation)
        if isinstance(event, Unknown):
            poison.append(
                Poison(stored, "unknown_type", f"{event.type} is newer than this version")
            )
        elif (envelope.tenant, envelope.subject) != key or stored.subject != address.of(event):
            detail = f"{envelope.type} of {envelope.subject} lies on {stored.subject}"
            poison.append(Poison(stored, "misplaced", detail))
        else:
            messages.append(Message(stored, key, envelope, event))
            if not isinstance(event, OutputChunk | CaseCompleted):
                evaluations.add(key)
    return Decoded(messages, poison, evaluations, batch[-1].sequence)


def project_batch(decoded: Decoded, current: Mapping[Key, Row]) -> Changes:
    """The rows after the batch. `current` has the row of each of `decoded.evaluations` that exists."""
    rows: dict[Key, Row] = {}
    cases: dict[CaseKey, CaseResult] = {}
    poison = list(decoded.poison)
    changes = Changes(rows, [], cases, poison)
    outputs = _Outputs()
    for message in decoded.messages:
        if isinstance(message.event, OutputChunk):
            outputs.add(message.key, message.event)
            continue
        if isinstance(message.event, CaseCompleted):
            case = message.event
            # A case ends once: what comes again is the same.
            cases.setdefault(CaseKey(message.key, case.attempt, case.index), case_result(case))
            continue
        row = rows.get(message.key) or current.get(message.key)
        after = _after(row, message, message.event)
        if isinstance(after, Row):
            rows[message.key] = after
            _note(changes, message, message.event, after.view)
        elif isinstance(after, Poison):
            poison.append(after)
            if row is not None and after.reason == "illegal":
                rows[message.key] = replace(row, state=passed_over(row.state))
    return replace(changes, pieces=outputs.rounds)


def _note(changes: Changes, message: Message, event: LifecycleEvent, view: EvaluationView) -> None:
    """What an event says beside its row: the words and the Idempotency-Key of a submission, or an end."""
    if isinstance(event, EvaluationCompleted | EvaluationDeadLettered):
        changes.ends[message.key] = view
    if not isinstance(event, EvaluationQueued | EvaluationScheduled):
        return
    if event.spec is not None and message.envelope.number == 1:
        changes.texts[message.key] = text_of(event.spec)
    # The key of a batch lies with its first evaluation.
    mark, batch = event.origin.idempotency, event.origin.batch
    if mark is not None:
        tenant, evaluation = message.key
        kind, id_ = ("evaluation", evaluation) if batch is None else ("batch", batch.id)
        given = Given(id_, mark.digest, message.envelope.time)
        changes.keys.setdefault((tenant, kind, mark.key), given)


def _after(row: Row | None, message: Message, event: LifecycleEvent) -> Row | Poison | None:
    """The row after one event; None where it was folded in before."""
    number = message.envelope.number
    match apply(row.state if row else Evaluation(), number, event):
        case Evaluation() as state:
            occurrence = Occurrence(
                evaluation=message.key[1],
                number=number,
                time=message.envelope.time,
                # Only the first event says which trace the evaluation belongs to.
                trace_id=None if row else trace_id_of(message.envelope),
                event=event,
            )
            view = project(row.view if row else None, occurrence)
            here = message.stored.sequence
            first = row.first_sequence if row else here
            return Row(view, replace(state, spec=None), here, first)
        case Duplicate():
            return None
        case OutOfOrder() as gap:
            return Poison(message.stored, "out_of_order", str(gap))
        case Illegal() as illegal:
            return Poison(message.stored, "illegal", str(illegal))
        case unreachable:
            assert_never(unreachable)


class _Outputs:
    """Chunks of a batch, joined where they follow one another."""

    def __init__(self) -> None:
        self.rounds: list[list[Piece]] = []
        self._latest: dict[tuple[Key, int, StreamName], tuple[int, Piece]] = {}

    def add(self, key: Key, chunk: OutputChunk) -> None:
        place = (key, chunk.attempt, chunk.stream)
        round_, piece = self._latest.get(place, (-1, None))
        if piece is not None and chunk.offset <= piece.end:
            # What overlaps is there already.
            fresh_bytes = chunk.data[piece.end - chunk.offset :]
            piece.end += len(fresh_bytes)
            piece.data += fresh_bytes[: WHOLE_BYTES - len(piece.data)]
            return
        end = chunk.offset + len(chunk.data)
        data = bytearray(chunk.data[:WHOLE_BYTES])
        fresh = Piece(key, chunk.attempt, chunk.stream, chunk.offset, end, data)
        if round_ + 1 == len(self.rounds):
            self.rounds.append([])
        self.rounds[round_ + 1].append(fresh)
        self._latest[place] = (round_ + 1, fresh)


_encoder = msgspec.json.Encoder()


def jsonb(value: Struct | Mapping[str, str]) -> str:
    """JSON as PostgreSQL takes it: its jsonb has no NUL, so the replacement character stands for one."""
    text = _encoder.encode(value).decode()
    if "\\u0000" not in text:
        return text
    return _encoder.encode(_without_nul(msgspec.to_builtins(value))).decode()


def _without_nul(value: object) -> object:
    match value:
        case str():
            return value.replace("\0", "\ufffd")
        case dict():
            return {_without_nul(k): _without_nul(v) for k, v in value.items()}
        case list() | tuple():
            return [_without_nul(item) for item in value]
        case _:
            return value
