"""Idempotency-Keys and batches in rows: what a submission says of itself, wherever it says it."""

from datetime import timedelta

from cloche_projector.projection import Given, decode, project_batch
from cloche_schemas.batches import derived_id
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import EvaluationEvent, EvaluationQueued, EvaluationScheduled
from cloche_schemas.values import BatchPlace, Idempotency, Limits, Origin
from support.recorded import BEGIN, Recorder, address_of, queued, started

ONE, TWO = address_of(1), address_of(2)
BATCH = derived_id("a batch")
MARK = Idempotency(key="k", digest="0" * 64)
SPEC = EvaluationSpec(code="1")


def first(origin: Origin) -> EvaluationQueued:
    return EvaluationQueued(attempt=1, spec=SPEC, limits=Limits(), origin=origin)


def test_the_key_of_a_submission_is_kept_with_what_it_was_given() -> None:
    scheduled = EvaluationScheduled(
        spec=SPEC, limits=Limits(), due_at=BEGIN, origin=Origin(idempotency=MARK)
    )
    submissions: tuple[EvaluationEvent, ...] = (first(Origin(idempotency=MARK)), scheduled)
    for event in submissions:
        changes = project_batch(decode(Recorder().events(ONE, [event])), {})
        given = Given(ONE.evaluation, MARK.digest, BEGIN + timedelta(seconds=1))
        assert changes.keys == {("main", "evaluation", "k"): given}


def test_the_key_of_a_batch_is_given_to_the_batch() -> None:
    place = BatchPlace(id=BATCH, index=0, size=2)
    log = Recorder().events(ONE, [first(Origin(batch=place, idempotency=MARK))])
    changes = project_batch(decode(log), {})
    assert [(key, given.id) for key, given in changes.keys.items()] == [
        (("main", "batch", "k"), BATCH)
    ]
    assert changes.rows[(ONE.tenant, ONE.evaluation)].view.batch == place


def test_without_a_key_nothing_is_kept_and_what_comes_again_changes_nothing() -> None:
    recorder = Recorder()
    log = recorder.events(ONE, [first(Origin(idempotency=MARK)), started()])
    changes = project_batch(decode(log), {})
    again = project_batch(decode(log), changes.rows)
    assert again.keys == {}
    assert project_batch(decode(recorder.events(TWO, [queued()])), {}).keys == {}
