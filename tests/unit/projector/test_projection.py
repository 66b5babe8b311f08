"""Rows from messages, without a database: the rows of a batch are those of any other division of the same log."""

from collections.abc import Sequence

import msgspec
import pytest
from cloche_domain import Completed, Evaluation, case_result
from cloche_kit.bus import Stored
from cloche_projector.projection import Changes, Key, Row, decode, jsonb, project_batch
from cloche_schemas.events import EvaluationEvent, OutputArchived
from cloche_schemas.views import EvaluationView
from hypothesis import given
from hypothesis import strategies as st
from support.recorded import (
    Recorder,
    address_of,
    case,
    chunks,
    completed,
    queued,
    started,
    story,
)

ONE, TWO = address_of(1), address_of(2)
KEY = (ONE.tenant, ONE.evaluation)


def projected(batch: Sequence[Stored], current: dict[Key, Row] | None = None) -> Changes:
    return project_batch(decode(batch), current or {})


def reasons(changes: Changes) -> list[str]:
    return [poison.reason for poison in changes.poison]


def test_a_whole_evaluation_in_one_batch_is_one_row_and_one_piece_for_each_stream() -> None:
    log = Recorder().events(ONE, story(("stdout", b"one "), ("stderr", b"no"), ("stdout", b"two")))
    changes = projected(log)
    row = changes.rows[KEY]
    assert (row.view.status, row.view.outcome, row.view.sequence) == ("completed", "succeeded", 3)
    assert row.state.state == Completed("succeeded", 1)
    assert row.stream_sequence == log[-1].sequence
    assert [[(p.stream, p.start, bytes(p.data)) for p in round_] for round_ in changes.pieces] == [
        [("stdout", 0, b"one two"), ("stderr", 0, b"no")]
    ]
    assert changes.poison == []


def test_the_submitted_program_is_not_stored_again() -> None:
    changes = projected(Recorder().events(ONE, [queued("a long program"), started()]))
    assert changes.rows[KEY].state.spec is None
    assert "a long program" not in jsonb(changes.rows[KEY].state) + jsonb(changes.rows[KEY].view)


@given(st.lists(st.integers(1, 6), max_size=8), st.booleans())
def test_any_division_into_batches_and_any_repetition_gives_the_same_rows(
    sizes: list[int], repeated: bool
) -> None:
    recorder = Recorder()
    log = [
        stored
        for pair in zip(
            recorder.events(ONE, story(("stdout", b"a"), ("stdout", b"b"))),
            recorder.events(TWO, story(("stderr", b"c"), ("stdout", b"d"))),
            strict=True,
        )
        for stored in pair
    ]
    whole = projected(log).rows
    rows: dict[Key, Row] = {}
    position = 0
    for size in [*sizes, len(log)]:
        batch = log[position : position + size]
        for _ in range(1 + repeated):
            if batch:
                changes = projected(batch, rows)
                assert changes.poison == []
                rows |= changes.rows
        position += size
    assert rows == whole


def test_poison_is_told_apart_and_the_rest_goes_on() -> None:
    recorder = Recorder()
    good = recorder.event(ONE, 1, queued())
    unknown = Stored(
        ONE.log, 90, good.time, good.data.replace(b"evaluation.queued.v1", b"evaluation.odd.v7")
    )
    batch = [
        good,
        recorder.raw(ONE.log, b"{not json"),
        recorder.raw(ONE.log, b"\xff\xfe"),
        recorder.raw("evaluations.main.nonsense.lifecycle.log", b"{}"),
        recorder.raw("evaluations.main", b"{}"),
        unknown,
        recorder.raw(TWO.log, recorder.event(ONE, 2, started()).data),
        recorder.raw(ONE.log, good.data),
        recorder.event(ONE, 5, completed()),
        recorder.event(ONE, 2, completed(attempt=3)),
        # The illegal one has taken its number, so the next legal one is no gap.
        recorder.event(ONE, 3, started()),
        recorder.event(ONE, 1, queued()),
    ]
    changes = projected(batch)
    assert sorted(reasons(changes)) == [
        "illegal",
        "malformed",
        "malformed",
        "misplaced",
        "misplaced",
        "misplaced",
        "misplaced",
        "out_of_order",
        "unknown_type",
    ]
    assert all(poison.detail for poison in changes.poison)
    assert changes.rows[KEY].view.status == "running"


def test_a_first_event_that_is_not_the_first_is_out_of_order() -> None:
    changes = projected([Recorder().event(ONE, 2, started())])
    assert (reasons(changes), changes.rows) == (["out_of_order"], {})


def test_output_after_a_gap_is_a_piece_of_the_next_round_and_an_overlap_is_cut() -> None:
    head_and_tail = chunks(
        ("stdout", b"head"), ("stdout", b"tail"), ("stdout", b"end"), dropped=("stdout", 4, 1000)
    )
    again: list[EvaluationEvent] = [head_and_tail[0], *head_and_tail, head_and_tail[1]]
    changes = projected(Recorder().events(ONE, again))
    assert [[(p.start, bytes(p.data)) for p in round_] for round_ in changes.pieces] == [
        [(0, b"head")],
        [(1004, b"tailend")],
    ]


def test_a_case_that_is_over_is_a_row_of_its_own_and_no_lifecycle() -> None:
    log = Recorder().events(
        ONE, [*chunks(("stdout", b"a")), case(0), case(1, passed=False), case(0, attempt=2)]
    )
    decoded = decode(log)
    assert decoded.evaluations == set()
    changes = project_batch(decoded, {})
    assert (changes.rows, changes.poison) == ({}, [])
    assert {(c.key, c.attempt, c.index): r.passed for c, r in changes.cases.items()} == {
        (KEY, 1, 0): True,
        (KEY, 1, 1): False,
        (KEY, 2, 0): True,
    }


def test_a_case_that_comes_twice_is_one_row() -> None:
    log = Recorder().events(ONE, [case(0), case(0, passed=False), case(0)])
    (result,) = projected(log).cases.values()
    assert result == case_result(case(0))


def test_a_case_on_another_subject_is_misplaced() -> None:
    recorder = Recorder()
    moved = recorder.raw(ONE.output(2), recorder.event(ONE, 1, case(0, attempt=1)).data)
    changes = projected([moved])
    assert (reasons(changes), changes.cases) == (["misplaced"], {})


def test_the_files_that_a_program_left_are_a_piece_of_their_own_stream() -> None:
    output = chunks(("compiler", b"warning"), ("artifacts", b"ab"), ("artifacts", b"c"))
    changes = projected(Recorder().events(ONE, [queued(), started(), *output, completed(output)]))
    assert [(p.stream, bytes(p.data)) for round_ in changes.pieces for p in round_] == [
        ("compiler", b"warning"),
        ("artifacts", b"abc"),
    ]
    assert changes.rows[KEY].view.artifact_bytes.total_bytes == 3


def test_what_was_archived_is_shown() -> None:
    events = [*story(), OutputArchived(attempt=1)]
    changes = projected(Recorder().events(ONE, events))
    assert changes.rows[KEY].state.state == Completed("succeeded", 1, archived=True)


@pytest.mark.parametrize("text", ["a\0b", "\\u0000", "\\\0", "\0\\u0000\0"])
def test_nul_which_postgresql_cannot_hold_is_replaced_and_nothing_else_is(text: str) -> None:
    changes = projected([Recorder().event(ONE, 1, queued(labels={text: text}))])
    view = changes.rows[KEY].view
    stored = msgspec.json.decode(jsonb(view), type=EvaluationView)
    expected = text.replace("\0", "\ufffd")
    assert stored == msgspec.structs.replace(view, labels={expected: expected})
    state = jsonb(changes.rows[KEY].state)
    assert msgspec.json.decode(state, type=Evaluation) == changes.rows[KEY].state
