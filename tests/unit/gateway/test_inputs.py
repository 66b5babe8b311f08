"""Submissions with inputs in the store: those that say so, and those that are too large for the log."""

import hashlib
from typing import Any

import msgspec
import pytest
from cloche_gateway.inputs import EVENT_BYTES
from cloche_kit.blobs import blob_key
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import EvaluationQueued, EvaluationScheduled
from cloche_schemas.subjects import Address
from support.gateway import TENANT, UNKNOWN, Stage, assert_problem

NONE = "0" * 64


async def blob(stage: Stage, data: bytes) -> str:
    digest = hashlib.sha256(data).hexdigest()
    answer = await stage.client.put(f"/v1/blobs/{digest}", content=data)
    assert answer.status_code in {200, 201}
    return digest


async def spec_of(stage: Stage, address: Address) -> EvaluationSpec:
    """What lies on the log."""
    history = await stage.executor.read(address)
    event = history.entries[0].event
    assert isinstance(event, EvaluationQueued | EvaluationScheduled)
    assert event.spec is not None
    return event.spec


async def stored(stage: Stage, digest: str | None) -> bytes:
    assert digest is not None
    found = await stage.objects.get(blob_key(TENANT, digest))
    assert found is not None
    return found[1]


async def test_a_submission_names_blobs_instead_of_text(stage: Stage) -> None:
    code, text = await blob(stage, b"print(1)"), await blob(stage, b"input")
    address = await stage.submit(
        code="",
        code_blob=code,
        files=[{"name": "data/x.bin", "blob": text}],
        cases=[{"stdin_blob": text}, {}],
    )
    spec = await spec_of(stage, address)
    assert (spec.code, spec.code_blob, spec.files[0].blob) == ("", code, text)
    assert spec.cases is not None
    assert spec.cases[0].stdin_blob == text


async def test_the_language_of_a_blob_is_told_by_its_beginning(stage: Stage) -> None:
    script = await blob(stage, b"#!/bin/bash\necho 1\n")
    address = await stage.submit(code="", code_blob=script, language="auto")
    assert (await spec_of(stage, address)).language == "bash"
    address = await stage.submit(
        code="", files=[{"name": "run", "blob": script}], name="run", language="auto"
    )
    assert (await spec_of(stage, address)).language == "bash"
    archive = await blob(stage, b"PK\x03\x04 and so on")
    answer = await stage.client.post("/v1/evaluations", json={"code_blob": archive})
    assert_problem(answer, 422, "not_source", "/code_blob")


@pytest.mark.parametrize(
    ("body", "slug", "pointer"),
    [
        ({"code_blob": NONE}, "unknown_blob", "/code_blob"),
        ({"code": "x", "stdin_blob": NONE}, "unknown_blob", "/stdin_blob"),
        ({"files": [{"name": "a", "blob": NONE}]}, "unknown_blob", "/files/0/blob"),
        (
            {"code": "x", "cases": [{}, {"stdin_blob": NONE}]},
            "unknown_blob",
            "/cases/1/stdin_blob",
        ),
        ({"code": "x", "stdin_blob": "short"}, "invalid_body", "/stdin_blob"),
        ({"code": "x", "stdin_blob": NONE.replace("0", "A")}, "invalid_body", "/stdin_blob"),
    ],
)
async def test_a_blob_that_is_not_there_is_refused_with_its_place(
    stage: Stage, body: dict[str, Any], slug: str, pointer: str
) -> None:
    before = await stage.length()
    answer = await stage.client.post("/v1/evaluations", json=body)
    assert_problem(answer, 422, slug, pointer)
    assert await stage.length() == before


async def test_a_thing_has_one_content(stage: Stage) -> None:
    digest = await blob(stage, b"x")
    for body, pointer in (
        ({"code": "x", "code_blob": digest}, "/code_blob"),
        ({"code": "x", "stdin": "y", "stdin_blob": digest}, "/stdin_blob"),
        ({"code": "x", "cases": [{"stdin": "y", "stdin_blob": digest}]}, "/cases/0/stdin_blob"),
        ({"files": [{"name": "a", "content": "", "blob": digest}]}, "/files/0"),
        ({"files": [{"name": "a"}]}, "/files/0"),
    ):
        answer = await stage.client.post("/v1/evaluations", json=body)
        assert_problem(answer, 422, "invalid_body", pointer)


async def test_a_blob_has_to_fit_the_sandbox(stage: Stage) -> None:
    digest = await blob(stage, bytes(3 << 20))
    wish = {"code": "x", "stdin_blob": digest, "limits": {"scratch_bytes": 2 << 20}}
    answer = await stage.client.post("/v1/evaluations", json=wish)
    assert_problem(answer, 422, "program_too_large", "/limits/scratch_bytes")


async def test_a_small_submission_touches_no_store(stage: Stage) -> None:
    await stage.submit(stdin="x" * 100_000)
    assert stage.objects._objects == {}


@pytest.mark.parametrize("later", [{}, {"delay_seconds": 60}])
async def test_what_is_too_large_for_the_log_is_moved_by_itself(
    stage: Stage, later: dict[str, Any]
) -> None:
    code, stdin, content = "print(1) #" + "c" * 200_000, "s" * 150_000, "\u00e4" * 100_000
    address = await stage.submit(
        code=code, stdin=stdin, files=[{"name": "f", "content": content}], **later
    )
    spec = await spec_of(stage, address)
    assert len(msgspec.json.encode(spec)) <= EVENT_BYTES
    assert spec.code == ""
    assert await stored(stage, spec.code_blob) == code.encode()
    # The largest ones only, until it is small enough.
    assert (spec.stdin, spec.stdin_blob) == ("", hashlib.sha256(stdin.encode()).hexdigest())
    assert spec.files[0].content == content


async def test_files_and_cases_are_moved_too(stage: Stage) -> None:
    cases = [{"stdin": str(n) * 100_000} for n in range(5)]
    address = await stage.submit(
        files=[{"name": "f", "content": "f" * 200_000}, {"name": "g", "data": "AAAA"}], cases=cases
    )
    spec = await spec_of(stage, address)
    assert len(msgspec.json.encode(spec)) <= EVENT_BYTES
    assert await stored(stage, spec.files[0].blob) == b"f" * 200_000
    assert spec.files[1].data == b"\0\0\0"
    assert spec.cases is not None
    moved = [case for case in spec.cases if case.stdin_blob is not None]
    assert moved
    for case in moved:
        assert case.stdin is None
        assert len(await stored(stage, case.stdin_blob)) == 100_000


async def test_a_batch_stores_equal_inputs_once(stage: Stage) -> None:
    one = {"code": "print(1)", "stdin": "x" * 400_000}
    answer = await stage.client.post("/v1/batches", json={"evaluations": [one, one, one]})
    assert answer.status_code == 202, answer.text
    assert len(stage.objects._objects) == 1
    digest = next(iter(stage.objects._objects)).rpartition("/")[2]
    again = {"code": "print(1)", "stdin_blob": digest}
    answer = await stage.client.post("/v1/batches", json={"evaluations": [again, again]})
    assert answer.status_code == 202, answer.text
    wrong = {"evaluations": [again, {"code": "x", "stdin_blob": NONE}]}
    answer = await stage.client.post("/v1/batches", json=wrong)
    assert_problem(answer, 422, "unknown_blob", "/evaluations/1/stdin_blob")


async def test_a_schedule_names_blobs(stage: Stage) -> None:
    digest = await blob(stage, b"input")
    wish = {"cron": "@daily", "name": "s", "evaluation": {"code": "x", "stdin_blob": digest}}
    made = await stage.client.post("/v1/schedules", json=wish)
    assert made.status_code == 201, made.text
    run = await stage.client.post(f"/v1/schedules/{made.json()['id']}/trigger")
    assert run.status_code == 202, run.text
    spec = await spec_of(stage, Address(TENANT, run.json()["id"]))
    assert spec.stdin_blob == digest
    wish["evaluation"] = {"code": "x", "stdin_blob": NONE}
    answer = await stage.client.post("/v1/schedules", json=wish)
    assert_problem(answer, 422, "unknown_blob", "/evaluation/stdin_blob")
    assert run.json()["id"] != UNKNOWN
