"""What must hold of every run, proved from what it left behind and from nothing else.

`prove` after each fault. The numbers are those of docs: I1 one end for everything accepted, I2 no end without a
beginning and nothing after it, I3 one evaluation for a key, I4 numbers without a gap and legal transitions, I9 the same
state however often events are delivered, I10 one attempt counts, I15 poison is put aside once, I16 nothing runs that
may not. test_checker.py shows a history that breaks each of them.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from cloche_domain import Evaluation, Illegal, evolve, fold
from cloche_kit.bus import Stored
from cloche_schemas.events import LifecycleEvent, OutputArchived
from cloche_schemas.subjects import Address
from msgspec import Struct, field
from support import attempts, order
from support.observed import End, Happened, Observed, submits

Fold = Callable[[Iterable[tuple[int, LifecycleEvent]]], Evaluation]
#: Who reads a message of the log, and has to put it aside if nobody can understand it.
READERS: Mapping[str, Callable[[Stored], bool]] = MappingProxyType(
    {
        "executor": lambda stored: ".lifecycle.queued." in stored.subject,
        "scheduler": lambda stored: stored.subject.endswith(".lifecycle.log"),
    }
)
SHUFFLES = 8


class Expected(Struct, frozen=True, kw_only=True):
    """What the clients know. `accepted`: what they were told is accepted. `planted`: poison, by its sequence.

    `at_most`: evaluations of a tenant that may run at once. The limit of a batch stands in its events.
    """

    accepted: frozenset[Address] = frozenset()
    planted: frozenset[int] = frozenset()
    at_most: Mapping[str, int] = {}
    readers: Mapping[str, Callable[[Stored], bool]] = field(default_factory=lambda: READERS)


def prove(observed: Observed, expected: Expected) -> None:
    """AssertionError with a line for each violation."""
    found = list(violations(observed, expected))
    assert not found, f"{len(found)} violations:\n" + "\n".join(found[:40])


def violations(
    observed: Observed, expected: Expected, *, folding: Fold = fold, seed: int = 0
) -> Iterator[str]:
    """A sentence for each, beginning with the invariant's number. `folding` is what I9 holds to account."""
    yield from one_end(observed, expected.accepted)
    yield from nothing_before_or_after(observed)
    yield from one_evaluation_for_a_key(observed)
    yield from legal(observed)
    yield from deliveries_change_nothing(observed, folding, random.Random(seed))  # noqa: S311
    yield from attempts.one_counts(observed)
    yield from poison_once(observed, expected)
    yield from order.nothing_forbidden(observed, expected.at_most)


def one_end(observed: Observed, accepted: frozenset[Address]) -> Iterator[str]:
    """I1: everything accepted is on the log, and has exactly one end; nothing is left to be done."""
    for address in sorted(accepted - observed.lifecycles.keys(), key=str):
        yield f"I1 {address.tenant}/{address.evaluation} was accepted and is not on the log"
    for address, events in observed.lifecycles.items():
        ends = [one for one in events if isinstance(one.event, End)]
        if submits(events[0].event) and not ends:
            yield f"I1 {events[-1]} is its last event: it has no end"
        if len(ends) > 1:
            yield f"I1 {ends[0]} and {ends[-1]}: {len(ends)} ends of {address.evaluation}"
    for subject, count in {**observed.depth.work, **observed.depth.held}.items():
        yield f"I1 {count} messages are left on {subject}"


def nothing_before_or_after(observed: Observed) -> Iterator[str]:
    """I2: the first event carries the submission; after the end there is at most output-archived, once."""
    for events in observed.lifecycles.values():
        if not submits(events[0].event):
            yield f"I2 {events[0]} is the first event: nothing was accepted"
        over: Happened | None = None
        archived = 0
        for one in events:
            archived += isinstance(one.event, OutputArchived)
            if over is not None and (not isinstance(one.event, OutputArchived) or archived > 1):
                yield f"I2 {one} follows the end at {over.sequence}"
            if over is None and isinstance(one.event, End):
                over = one


def one_evaluation_for_a_key(observed: Observed) -> Iterator[str]:
    """I3: what was submitted under the same key by the same tenant is the same evaluation."""
    known: dict[tuple[str, str], set[Address]] = defaultdict(set)
    for one in observed.events:
        if submits(one.event) and (given := one.event.origin.idempotency) is not None:
            # The evaluations of a batch share the key of their batch.
            place = one.event.origin.batch
            key = f"{given.key} #{place.index}" if place else given.key
            known[one.address.tenant, key].add(one.address)
    for (tenant, key), addresses in known.items():
        if len(addresses) > 1:
            ids = ", ".join(sorted(address.evaluation for address in addresses))
            yield f"I3 key {key!r} of {tenant} has {len(addresses)} evaluations: {ids}"


def legal(observed: Observed) -> Iterator[str]:
    """I4: numbers 1, 2, 3, …; transitions that the domain allows; each message where and what it says it is."""
    for stored, why in observed.unreadable:
        yield f"I4 {stored.subject} at {stored.sequence} cannot be read: {why}"
    ids: Counter[str] = Counter(one.envelope.id for one in observed.events)
    for one in observed.events:
        if ids[one.envelope.id] > 1:
            yield f"I4 {one}: its id {one.envelope.id} is there {ids[one.envelope.id]} times"
        if one.stored.headers.get("Nats-Msg-Id", one.envelope.id) != one.envelope.id:
            yield f"I4 {one}: its message has another id"
        if (one.envelope.tenant, one.envelope.subject) != (
            one.address.tenant,
            one.address.evaluation,
        ):
            yield f"I4 {one}: its envelope names another evaluation"
        if one.address.of(one.event) != one.stored.subject:
            yield f"I4 {one} lies on {one.stored.subject}"
    for events in observed.lifecycles.values():
        yield from _numbered(events)
        evaluation = Evaluation()
        for one in events:
            assert isinstance(one.event, LifecycleEvent)
            evolved = evolve(evaluation, one.event)
            if isinstance(evolved, Illegal):
                yield f"I4 {one}: {evolved}"
            else:
                evaluation = evolved


def _numbered(events: list[Happened]) -> Iterator[str]:
    for wanted, one in enumerate(events, start=1):
        if one.number != wanted:
            yield f"I4 {one} has number {one.number}, where {wanted} was due"


def deliveries_change_nothing(
    observed: Observed, folding: Fold, chance: random.Random
) -> Iterator[str]:
    """I9: redelivered, doubled, or out of order, the events of an evaluation give the state that they give in order.

    What comes before its turn is refused or held back: any order gives a state that some first events in order give,
    and when it has been delivered often enough, the whole.
    """
    for address, events in observed.lifecycles.items():
        numbered = [
            (one.number, one.event) for one in events if isinstance(one.event, LifecycleEvent)
        ]
        whole = folding(numbered)
        prefixes = [folding(numbered[:count]) for count in range(len(numbered) + 1)]
        twice = [one for event in numbered for one in (event, event)]
        if folding(twice) != whole or folding([*numbered, *numbered]) != whole:
            yield f"I9 {address.tenant}/{address.evaluation}: delivered twice it is another"
        for _ in range(SHUFFLES):
            redelivered = [
                one
                for count, event in enumerate(numbered)
                for one in (*chance.choices(numbered[: count + 1], k=2), event)
            ]
            shuffled = chance.sample(numbered, len(numbered))
            if folding(redelivered) != whole:
                yield f"I9 {address.tenant}/{address.evaluation}: with redeliveries it is another"
            if folding(shuffled) not in prefixes:
                yield f"I9 {address.tenant}/{address.evaluation}: out of order it is another"
            if folding(shuffled * len(numbered)) != whole:
                yield f"I9 {address.tenant}/{address.evaluation}: it depends on the first delivery"


def poison_once(observed: Observed, expected: Expected) -> Iterator[str]:
    """I15: what was planted was put aside by each of its readers, once, and nothing else was.

    That its neighbours reached their end, I1 says.
    """
    parked = Counter((one.handler, one.stored.sequence) for one in observed.parked)
    known = {stored.sequence: stored for stored in observed.log}
    for (handler, sequence), count in parked.items():
        if count > 1:
            yield f"I15 {handler} put {sequence} aside {count} times"
        if sequence not in expected.planted:
            why = next(one for one in observed.parked if one.stored.sequence == sequence)
            yield f"I15 {handler} put {sequence} aside, which is no poison: {why.reason} {why.detail}"
    for sequence in sorted(expected.planted):
        if sequence not in known:
            yield f"I15 the poison at {sequence} is not on the log"
            continue
        for handler, reads in expected.readers.items():
            if reads(known[sequence]) and not parked[handler, sequence]:
                yield f"I15 {handler} has not put aside the poison at {sequence}"
