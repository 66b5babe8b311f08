"""What a submission becomes: files, commands, or why it can never run."""

from typing import Any

import pytest
from cloche_executor.programs import Program, Unrunnable, misfit, plan
from cloche_executor.sandbox import File
from cloche_schemas.commands import Case, EvaluationSpec, SourceFile
from cloche_schemas.values import Limits

MIB = 1 << 20


def planned(limits: Limits | None = None, **spec: Any) -> Program:
    program = plan(EvaluationSpec(**spec), limits or Limits())
    assert isinstance(program, Program), program
    return program


def refused(limits: Limits | None = None, **spec: Any) -> Unrunnable:
    why = plan(EvaluationSpec(**spec), limits or Limits())
    assert isinstance(why, Unrunnable)
    return why


def test_one_text_is_one_file_with_the_language_s_name_and_command() -> None:
    program = planned(code="print(1)")
    assert program.files == (File(name="main.py", content=b"print(1)"),)
    assert program.base.image == "python"
    assert program.command(("a", "b")).words == ("python3", "main.py", "a", "b")
    assert program.compilation is None


def test_a_given_name_image_and_environment_are_used() -> None:
    program = planned(code="x", name="src/tool.py", image="node", env={"SEED": "1"})
    assert program.files[0].name == "src/tool.py"
    assert program.base.words == ("python3", "src/tool.py")
    assert program.base.image == "node"
    assert program.base.environment["SEED"] == "1"
    # What the language sets stays beside it.
    assert program.base.environment["PYTHONUNBUFFERED"] == "1"


def test_files_lie_beside_the_program_and_bytes_arrive_as_they_are() -> None:
    data = SourceFile(name="d/data.bin", data=b"\0\xff")
    program = planned(code="x", files=(data,))
    assert [file.name for file in program.files] == ["main.py", "d/data.bin"]
    assert program.files[1].content == b"\0\xff"


def test_of_several_files_the_named_one_runs_else_the_first() -> None:
    files = (SourceFile(name="a.py", content="1"), SourceFile(name="b.py", content="2"))
    assert planned(files=files).base.words[-1] == "a.py"
    assert planned(files=files, name="b.py").base.words[-1] == "b.py"


def test_a_compiled_language_is_compiled_by_limits_of_its_own() -> None:
    program = planned(Limits(memory_bytes=64 * MIB), code="int main(){}", language="c", argv=("x",))
    assert program.compilation is not None
    assert program.compilation.command.words[0] == "gcc"
    assert "main.c" in program.compilation.command.words
    assert program.compilation.limits.memory_bytes > 64 * MIB
    assert program.command(("x",)).words == ("/tmp/build/program", "x")


@pytest.mark.parametrize(
    ("spec", "detail"),
    [
        ({"code": "x", "language": "klingon"}, "klingon"),
        ({"code": "x", "argv": ("a\0b",)}, "NUL"),
        ({"code": "x", "cases": (Case(argv=("\0",)),)}, "NUL"),
        ({"code": "x", "env": {"A": "\0"}}, "NUL"),
        ({"code": "\ud800"}, "not Unicode"),
        ({"code": "x", "stdin": "\udfff"}, "not Unicode"),
        ({"code": "x", "argv": ("\ud800",)}, "not Unicode"),
        ({}, "nothing to run"),
    ],
)
def test_what_no_sandbox_can_take_is_the_program_s_fault(spec: dict[str, Any], detail: str) -> None:
    why = refused(**spec)
    assert (why.domain, why.limit) == ("program", None)
    assert detail in why.detail


@pytest.mark.parametrize(
    ("limits", "limit"),
    [
        (Limits(scratch_bytes=MIB), "scratch_bytes"),
        (Limits(file_bytes=MIB), "file_bytes"),
        (Limits(memory_bytes=16 * MIB, scratch_bytes=64 * MIB), "memory_bytes"),
    ],
)
def test_a_program_that_does_not_fit_its_limits_says_which(limits: Limits, limit: str) -> None:
    why = refused(limits, code="x" * (10 * MIB))
    assert (why.domain, why.limit) == ("limit", limit)


def test_many_files_need_as_many_inodes() -> None:
    files = tuple(File(name=f"{n}/x", content=b"") for n in range(100))
    assert misfit(files, b"", Limits(scratch_inodes=216)) is None
    why = misfit(files, b"", Limits(scratch_inodes=215))
    assert why is not None
    assert why.limit == "scratch_inodes"


def test_a_source_too_large_for_its_compiler_is_told_before_it_runs() -> None:
    limits = Limits(scratch_bytes=4096 * MIB, memory_bytes=4096 * MIB, file_bytes=4096 * MIB)
    assert refused(limits, code="x" * (100 * MIB), language="c").domain == "limit"
