"""Request bodies: strict outside, tolerant on the log; limits asked for and granted."""

import msgspec
import pytest
from cloche_schemas.commands import (
    CancelEvaluation,
    Case,
    EvaluationSpec,
    SourceFile,
    SubmitEvaluation,
    grant,
)
from cloche_schemas.values import Limits, RequestedLimits


def submit(body: str) -> SubmitEvaluation:
    return msgspec.json.decode(body, type=SubmitEvaluation)


def test_a_submission_becomes_the_spec_that_the_log_keeps() -> None:
    body = '{"code": "x", "argv": ["a"], "limits": {"pids": 3}, "labels": {"k": "v"}}'
    spec = submit(body).spec()
    assert type(spec) is EvaluationSpec
    assert type(spec.limits) is RequestedLimits
    assert spec == EvaluationSpec(
        code="x", argv=("a",), limits=RequestedLimits(pids=3), labels={"k": "v"}
    )


def test_files_and_cases_become_the_tolerant_ones_that_the_log_keeps() -> None:
    body = """{"files": [{"name": "a.py", "content": "x"}, {"name": "b", "data": "AP8="}],
               "cases": [{"stdin": "1", "limits": {"pids": 3}}, {"argv": []}]}"""
    spec = submit(body).spec()
    assert {type(part) for part in (*spec.files, *(spec.cases or ()))} == {SourceFile, Case}
    assert [file.raw for file in spec.files] == [b"x", b"\x00\xff"]
    assert spec.cases == (Case(stdin="1", limits=RequestedLimits(pids=3)), Case(argv=()))


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ('{"code": 1}', r"\$\.code"),
        ('{"code": "x", "langauge": "python"}', "langauge"),
        ('{"code": "x", "language": "C o"}', r"\$\.language"),
        ('{"code": "x", "image": "registry/name:1"}', r"\$\.image"),
        ('{"code": "x", "limits": {"ram": 1}}', r"ram"),
        ('{"code": "x", "limits": {"pids": 0}}', r"\$\.limits\.pids"),
        ('{"code": "x", "limits": {"wall_seconds": "1"}}', r"\$\.limits\.wall_seconds"),
        ('{"code": "x", "name": "%s"}' % ("x" * 1025), r"\$\.name"),
        ('{"files": [{"content": "x"}]}', "name"),
        ('{"files": [{"name": "a", "link": "b"}]}', "link"),
        ('{"files": [{"name": "a", "data": "!"}]}', r"\$\.files\[0\]\.data"),
        ('{"code": "x", "cases": []}', r"\$\.cases"),
        ('{"code": "x", "cases": [{"input": ""}]}', "input"),
        ('{"code": "x", "cases": [{}, {"limits": {"ram": 1}}]}', "ram"),
        ('{"code": "x", "require": "auto"}', r"\$\.require"),
        ('{"code": "x", "argv": [1]}', r"\$\.argv\[0\]"),
        ('{"code": "x", "engine": "qemu"}', r"\$\.engine"),
        ('{"code": "x", "priority": "urgent"}', r"\$\.priority"),
    ],
)
def test_a_body_that_does_not_fit_names_the_field(body: str, path: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=path):
        submit(body)


def test_the_log_is_read_tolerantly() -> None:
    spec = msgspec.json.decode('{"code": "x", "later": true}', type=EvaluationSpec)
    assert spec == EvaluationSpec(code="x")


def test_a_cancellation_may_be_empty_but_not_wrong() -> None:
    assert msgspec.json.decode("{}", type=CancelEvaluation) == CancelEvaluation()
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode('{"why": "x"}', type=CancelEvaluation)


def test_what_is_not_asked_for_takes_the_default() -> None:
    defaults = Limits(pids=7, wall_seconds=9.0)
    granted = grant(RequestedLimits(memory_bytes=32 << 20, wall_seconds=1.5), defaults)
    assert granted == Limits(pids=7, wall_seconds=1.5, memory_bytes=32 << 20)
    assert grant(RequestedLimits(output_bytes=0), defaults).output_bytes == 0
