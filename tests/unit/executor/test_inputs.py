"""Inputs from the store: the bytes that were meant, or an attempt that failed for our reasons."""

import hashlib
from collections.abc import AsyncGenerator

import pytest
from cloche_executor.inputs import (
    InputDamaged,
    InputMissing,
    Inputs,
    InputUnavailable,
    no_objects,
    opened_when_needed,
)
from cloche_executor.programs import Program, Unrunnable, plan
from cloche_kit import blobs
from cloche_kit.blobs import blob_key
from cloche_kit.objects import MemoryObjects, Objects, ObjectsUnavailable
from cloche_kit.settings import ObjectSettings
from cloche_schemas.commands import EvaluationSpec, SourceFile
from cloche_schemas.values import Limits

CODE, TEXT = b"print(1)", b"\xff\x00 any bytes"


class Down(MemoryObjects):
    async def get_range(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        nothing: list[bytes] = []
        for piece in nothing:
            yield piece
        raise ObjectsUnavailable("down")


def inputs_of(objects: Objects, tenant: str = "main") -> Inputs:
    async def opened() -> Objects:
        return objects

    return Inputs(opened, tenant)


async def test_a_program_is_put_together_from_its_blobs() -> None:
    objects = MemoryObjects()
    code = await blobs.store(objects, "main", CODE)
    text = await blobs.store(objects, "main", TEXT)
    spec = EvaluationSpec(
        code_blob=code, stdin_blob=text, files=(SourceFile(name="d/x", blob=text),)
    )
    found = await inputs_of(objects).of(spec)
    assert found == {code: CODE, text: TEXT}
    program = plan(spec, Limits(), found)
    assert isinstance(program, Program)
    assert [(file.name, file.content) for file in program.files] == [
        ("main.py", CODE),
        ("d/x", TEXT),
    ]
    assert program.stdin == TEXT


async def test_a_file_in_the_store_can_be_what_runs() -> None:
    objects = MemoryObjects()
    code = await blobs.store(objects, "main", CODE)
    files = (SourceFile(name="a.txt", content="x"), SourceFile(name="b.py", blob=code))
    spec = EvaluationSpec(files=files, name="b.py")
    program = plan(spec, Limits(), await inputs_of(objects).of(spec))
    assert isinstance(program, Program)
    assert program.base.words[-1].endswith("b.py")


async def test_what_does_not_fit_is_told_as_of_any_input() -> None:
    objects = MemoryObjects()
    digest = await blobs.store(objects, "main", bytes(3 << 20))
    spec = EvaluationSpec(code="x", stdin_blob=digest)
    blobs_ = await inputs_of(objects).of(spec)
    ended = plan(spec, Limits(scratch_bytes=2 << 20), blobs_)
    assert isinstance(ended, Unrunnable)
    assert ended.limit == "scratch_bytes"


async def test_a_submission_without_blobs_needs_no_store() -> None:
    assert await Inputs(no_objects, "main").of(EvaluationSpec(code="x", stdin="y")) == {}


async def test_an_input_that_cannot_be_had_is_our_trouble() -> None:
    objects, digest = MemoryObjects(), hashlib.sha256(TEXT).hexdigest()
    with pytest.raises(InputMissing):
        await inputs_of(objects).get(digest)
    await blobs.store(objects, "other", TEXT)
    with pytest.raises(InputMissing):
        await inputs_of(objects).get(digest)
    await objects.put(blob_key("main", digest), b"something else")
    with pytest.raises(InputDamaged):
        await inputs_of(objects).get(digest)
    with pytest.raises(InputUnavailable) as down:
        await inputs_of(Down()).get(digest)
    with pytest.raises(InputUnavailable):
        await Inputs(no_objects, "main").get(digest)
    assert {InputMissing.reason, InputDamaged.reason, down.value.reason} == {
        "input_missing",
        "input_damaged",
        "input_unavailable",
    }


async def test_the_store_is_opened_with_the_first_input_and_once(
    s3_settings: ObjectSettings,
) -> None:
    async with opened_when_needed(s3_settings) as objects:
        store = await objects()
        assert await objects() is store
        digest = await blobs.store(store, "main", TEXT)
        assert await Inputs(objects, "main").get(digest) == TEXT
