"""Output put together from chunks: exact, or refused with the reason."""

import hashlib

import pytest
from cloche_kit.objects import MemoryObjects
from cloche_schemas.events import EvaluationCompleted, OutputChunk
from cloche_schemas.values import OutputSummary
from cloche_storage.assembly import Assembly, Mismatch
from msgspec.structs import replace
from support.recorded import address_of, chunks, completed, summary

ONE = address_of(1)
FOLDER = f"outputs/main/{ONE.evaluation}/1/"


async def assembled(
    output: list[OutputChunk], event: EvaluationCompleted
) -> tuple[dict[str, bytes], object]:
    objects = MemoryObjects()
    assembly = Assembly(objects, "bucket", ONE, 1)
    for chunk in output:
        await assembly.add(chunk)
    result = await assembly.finish(event)
    return {key: data for key, (_, data) in objects._objects.items()}, result


async def test_both_streams_become_objects_with_size_and_digest() -> None:
    output = chunks(("stdout", b"a"), ("stderr", b"\xff"), ("stdout", b"bc"))
    written, result = await assembled(output, completed(output))
    assert written == {f"{FOLDER}stdout": b"abc", f"{FOLDER}stderr": b"\xff"}
    assert isinstance(result, tuple)
    assert [(one.stream, one.bucket, one.key, one.size, one.sha256) for one in result] == [
        ("stdout", "bucket", f"{FOLDER}stdout", 3, hashlib.sha256(b"abc").hexdigest()),
        ("stderr", "bucket", f"{FOLDER}stderr", 1, hashlib.sha256(b"\xff").hexdigest()),
    ]


async def test_compiler_and_artifacts_become_objects_like_any_stream() -> None:
    output = chunks(("compiler", b"w"), ("stdout", b"a"), ("artifacts", b"x"), ("artifacts", b"y"))
    written, result = await assembled(output, completed(output))
    assert written == {
        f"{FOLDER}stdout": b"a",
        f"{FOLDER}compiler": b"w",
        f"{FOLDER}artifacts": b"xy",
    }
    assert isinstance(result, tuple)
    assert [one.stream for one in result] == ["stdout", "compiler", "artifacts"]


async def test_a_silent_program_has_no_objects() -> None:
    assert await assembled([], completed()) == ({}, ())


async def test_head_and_tail_follow_one_another_in_the_object() -> None:
    output = chunks(("stdout", b"head"), ("stdout", b"tail"), dropped=("stdout", 4, 1000))
    event = replace(completed(), stdout=summary(output, "stdout", cut=1000))
    written, result = await assembled(output, event)
    assert written == {f"{FOLDER}stdout": b"headtail"}
    assert isinstance(result, tuple)


async def test_a_tail_alone_is_kept_too() -> None:
    output = chunks(("stdout", b"tail"), dropped=("stdout", 0, 1000))
    event = replace(completed(), stdout=summary(output, "stdout", cut=1000))
    written, _ = await assembled(output, event)
    assert written == {f"{FOLDER}stdout": b"tail"}


async def test_a_chunk_that_comes_again_is_ignored() -> None:
    output = chunks(("stdout", b"a"), ("stdout", b"b"))
    written, _ = await assembled([*output, output[0], output[1]], completed(output))
    assert written == {f"{FOLDER}stdout": b"ab"}


OUTPUT = chunks(("stdout", b"aa"), ("stdout", b"bb"), ("stdout", b"cc"))
WHOLE = completed(OUTPUT)


@pytest.mark.parametrize(
    ("output", "event", "said"),
    [
        (OUTPUT[:2], WHOLE, "stdout: 4 bytes where 6 were recorded"),
        (OUTPUT[1:], WHOLE, "chunk 1 came where 0 was due"),
        ([], WHOLE, "stdout: nothing where 6 bytes were recorded"),
        (OUTPUT, replace(WHOLE, stdout=OutputSummary(head_bytes=6, sha256="0")), "sha256"),
        ([OUTPUT[0], replace(OUTPUT[1], offset=1)], WHOLE, "goes on at 1 after 2"),
        (
            [OUTPUT[0], replace(OUTPUT[1], offset=9), replace(OUTPUT[2], offset=20)],
            WHOLE,
            "goes on at 20 after 11",
        ),
        (
            [OUTPUT[0], replace(OUTPUT[1], offset=9), replace(OUTPUT[2], offset=11)],
            WHOLE,
            "7 bytes",
        ),
        (chunks(("stderr", b"x")), completed(), "stderr: 1 bytes where 0 were recorded"),
        (chunks(("artifacts", b"x")), completed(), "artifacts: 1 bytes where 0 were recorded"),
        ([], completed(chunks(("compiler", b"x"))), "compiler: nothing where 1 bytes"),
    ],
)
async def test_what_does_not_fit_the_summary_is_refused_and_nothing_is_written(
    output: list[OutputChunk], event: EvaluationCompleted, said: str
) -> None:
    written, result = await assembled(output, event)
    assert isinstance(result, Mismatch)
    assert said in result.detail
    assert written == {}
