"""Subjects are built and parsed in one file; what cannot be one of ours is refused before it reaches the log."""

import pytest
from cloche_schemas import subjects
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import (
    EVENT_TYPES,
    AttemptFailed,
    CaseCompleted,
    EvaluationQueued,
    OutputChunk,
    type_of,
)
from cloche_schemas.subjects import Address, SubjectError
from hypothesis import given
from hypothesis import strategies as st

ID = "01936b5e-7a3c-7d10-8f00-2b9c4e1a6d55"
ADDRESS = Address("main", ID)


def test_each_event_goes_to_its_subject() -> None:
    queued = EvaluationQueued(
        attempt=1, engine="docker", priority="high", spec=EvaluationSpec(code="1")
    )
    chunk = OutputChunk(attempt=2, stream="stdout", index=0, offset=0, data=b"")
    assert ADDRESS.of(queued) == f"evaluations.main.{ID}.lifecycle.queued.docker.high"
    assert ADDRESS.of(chunk) == f"evaluations.main.{ID}.output.2"
    case = CaseCompleted(attempt=2, index=7, outcome="succeeded", passed=True)
    assert ADDRESS.of(case) == ADDRESS.of(chunk)
    assert ADDRESS.of(AttemptFailed(attempt=1, reason="x")) == ADDRESS.log


def test_addresses_are_parsed_from_the_log_and_from_the_live_feed() -> None:
    assert subjects.parse(ADDRESS.log) == ADDRESS
    assert subjects.parse(ADDRESS.queued("auto", "low")) == ADDRESS
    assert subjects.parse(ADDRESS.output(3)) == ADDRESS
    assert subjects.parse(ADDRESS.log.replace("evaluations", "live")) == ADDRESS


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "evaluations",
        f"evaluations.main.{ID}",
        f"other.main.{ID}.lifecycle.log",
        f"evaluations.main.{ID}.elsewhere.log",
        f"evaluations.Main.{ID}.lifecycle.log",
        "evaluations.main.not-an-id.lifecycle.log",
        f"work.main.{ID}.lifecycle.log",
    ],
)
def test_what_is_none_of_ours_is_refused(subject: str) -> None:
    with pytest.raises(SubjectError):
        subjects.parse(subject)


@given(tenant=st.text(max_size=40), evaluation=st.text(max_size=40))
def test_no_address_can_smuggle_a_token(tenant: str, evaluation: str) -> None:
    try:
        address = Address(tenant, evaluation)
    except SubjectError:
        return
    assert address.log.count(".") == 4
    assert not set(address.log) & set("*> \t\r\n")


@pytest.mark.parametrize("tenant", ["", "a" * 33, "a.b", "*", ">", "a\n", "Ä"])
def test_a_tenant_is_a_plain_token(tenant: str) -> None:
    with pytest.raises(SubjectError, match="tenant"):
        Address(tenant, ID)


def test_output_is_told_from_lifecycle() -> None:
    assert subjects.is_output(ADDRESS.output(1))
    assert not subjects.is_output(ADDRESS.log)
    assert not subjects.is_output("output")


def test_the_durables_cover_every_engine_and_priority_once() -> None:
    names = [subjects.work_durable(*pair) for pair in subjects.WORK_DURABLES]
    assert len(set(names)) == len(names) == 12
    assert subjects.work_filter("auto", "high") == "work.auto.high.>"


def test_type_names_are_versioned_and_unique() -> None:
    names = [type_of(cls) for cls in EVENT_TYPES]
    assert len(set(names)) == len(names)
    assert all(name.startswith("cloche.evaluation.") and name.endswith(".v1") for name in names)
