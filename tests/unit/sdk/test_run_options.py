"""`cloche run` with files, environment, limits, cases; and the small commands that go with them."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cloche.commands.cases import line_of
from cloche_schemas.commands import CaseBody, LimitsBody, RetryBody, SubmitEvaluation
from cloche_schemas.events import AttemptFailed, AttemptStarted, EvaluationCompleted
from cloche_schemas.values import CaseCounts, Usage
from msgspec.structs import replace
from support.command import Ran
from support.fake_answers import ID
from support.fake_gateway import FakeGateway, chunk, completed
from support.recorded import case


def submitted(gateway: FakeGateway) -> SubmitEvaluation:
    return msgspec.json.decode(gateway.submitted[-1], type=SubmitEvaluation)


def over(passed: int, failed: int = 0, skipped: int = 0) -> CaseCounts:
    total = passed + failed + skipped
    return CaseCounts(total=total, passed=passed, failed=failed, skipped=skipped)


def test_everything_that_can_be_asked_for_is_submitted(
    ran: Ran, gateway: FakeGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEED", "7")
    (tmp_path / "main.c").write_text("int main() {}")
    (tmp_path / "a.h").write_text("1")
    (tmp_path / "b.h").write_text("2")
    gateway.add(completed())
    words = ["--language", "c", "--image", "gcc", "--engine", "gvisor", "--require", "docker"]
    words += ["--file", str(tmp_path / "a.h"), "--file", str(tmp_path / "b.h")]
    words += ["--env", "LANG=C", "--env", "SEED", "--limit", "pids=9", "--limit", "scratch=2MiB"]
    words += ["--label", "suite=nightly", "--label", "note=a=b"]
    words += ["--priority", "high", "--attempts", "5", "--retry-failures"]
    code, _, err = ran(gateway, "run", *words, str(tmp_path / "main.c"), "one", "--", "-two")
    assert code == 0, err
    request = submitted(gateway)
    assert (request.language, request.image) == ("c", "gcc")
    assert (request.engine, request.require) == ("gvisor", "docker")
    assert [file.name for file in request.files] == ["a.h", "b.h"]
    assert (request.code, request.name, request.argv) == (
        "int main() {}",
        "main.c",
        ("one", "-two"),
    )
    assert request.env == {"LANG": "C", "SEED": "7"}
    assert request.labels == {"suite": "nightly", "note": "a=b"}
    assert request.limits == LimitsBody(pids=9, scratch_bytes=2 << 20)
    assert (request.cases, request.fail_fast) == (None, False)
    assert request.priority == "high"
    assert request.retry == RetryBody(attempts=5, program_failures=True)


def test_what_this_command_reads_may_be_the_programs_input(
    ran: Ran, gateway: FakeGateway, program: Path
) -> None:
    gateway.add(completed())
    assert ran(gateway, "run", "--stdin", "-", str(program), stdin=b"1 2\n")[0] == 0
    assert submitted(gateway).stdin == "1 2\n"
    code, _, err = ran(gateway, "run", "--stdin", "-", "-", stdin=b"print(1)")
    assert (code, len(gateway.submitted)) == (2, 1)
    assert b"not both" in err


def test_a_folder_runs_by_its_entry(ran: Ran, gateway: FakeGateway, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1")
    (tmp_path / "b.py").write_text("2")
    gateway.add(completed())
    assert ran(gateway, "run", str(tmp_path))[0] == 2
    assert ran(gateway, "run", "--entry", "b.py", str(tmp_path))[0] == 0
    assert (submitted(gateway).name, submitted(gateway).code) == ("b.py", "")


@pytest.mark.parametrize(
    "words",
    [
        ["--limit", "gpus=1", "-"],
        ["--limit", "pids", "-"],
        ["--env", "NOT_SET_ANYWHERE_9", "-"],
        ["--label", "nightly", "-"],
        ["--label", "=nightly", "-"],
        ["--require", "auto", "-"],
        ["--file", "missing.h", "-"],
        ["--stdin", "missing.txt", "-"],
        ["--cases", "missing.json", "-"],
        ["--entry", "a.py", "-"],
    ],
)
def test_wrong_usage_exits_with_2_and_submits_nothing(
    ran: Ran, gateway: FakeGateway, words: list[str]
) -> None:
    code, out, err = ran(gateway, "run", *words)
    assert (code, out, gateway.submitted) == (2, b"", [])
    assert err


def test_what_the_compiler_says_goes_to_stderr(
    ran: Ran, gateway: FakeGateway, program: Path
) -> None:
    gateway.add(
        chunk(0, b"main.c:1: error\n", "compiler"),
        chunk(1, b"out\n"),
        completed("compile_failed", None),
    )
    code, out, err = ran(gateway, "run", str(program))
    assert (code, out) == (126, b"out\n")
    assert err == b"main.c:1: error\nit does not compile\n"
    assert ran(gateway, "output", "--stream", "compiler", ID)[1] == b"main.c:1: error\n"


CASES = [CaseBody(stdin="1", expected_stdout="1"), CaseBody(name="two", argv=("a",))]


@pytest.mark.parametrize(
    "text",
    [
        msgspec.json.encode(CASES),
        msgspec.json.format(msgspec.json.encode({"cases": CASES}), indent=2),
        b"\n\n".join(map(msgspec.json.encode, CASES)) + b"\n",
    ],
)
def test_cases_are_read_as_json_or_line_by_line(
    ran: Ran, gateway: FakeGateway, program: Path, tmp_path: Path, text: bytes
) -> None:
    path = tmp_path / "cases"
    path.write_bytes(text)
    gateway.add(case(0), case(1), completed(cases=over(2)))
    assert ran(gateway, "run", "--cases", str(path), "--fail-fast", str(program))[0] == 0
    assert submitted(gateway).cases == tuple(CASES)
    assert submitted(gateway).fail_fast is True


def test_one_case_alone_is_a_line_too(
    ran: Ran, gateway: FakeGateway, program: Path, tmp_path: Path
) -> None:
    (tmp_path / "cases").write_bytes(msgspec.json.encode(CASES[0]))
    gateway.add(case(0), completed(cases=over(1)))
    assert ran(gateway, "run", "--cases", str(tmp_path / "cases"), str(program))[0] == 0
    assert submitted(gateway).cases == (CASES[0],)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{}, {"input": "x"}]', b"case 1: Object contains unknown field `input`"),
        ('{}\n{"stdin": 1}', b"line 2: Expected `str | null`, got `int`"),
        ("nonsense", b"line 1: JSON is malformed"),
        ("[1]", b"case 0: Expected `object`"),
        ('[{"limits": {"pids": 0}}]', b"case 0"),
        ("\xff", b"UTF-8"),
    ],
)
def test_a_case_that_is_none_is_pointed_to(
    ran: Ran, gateway: FakeGateway, program: Path, tmp_path: Path, text: str, said: bytes
) -> None:
    (tmp_path / "cases").write_bytes(text.encode("latin-1"))
    code, _, err = ran(gateway, "run", "--cases", str(tmp_path / "cases"), str(program))
    assert (code, gateway.submitted) == (2, [])
    assert said in err


def test_an_empty_list_is_for_the_server_to_refuse(
    ran: Ran, gateway: FakeGateway, program: Path, tmp_path: Path
) -> None:
    (tmp_path / "cases").write_text("[]")
    gateway.add(completed(cases=over(0)))
    ran(gateway, "run", "--cases", str(tmp_path / "cases"), str(program))
    assert b'"cases":[]' in gateway.submitted[-1]


@pytest.fixture
def cases_file(tmp_path: Path) -> str:
    (tmp_path / "cases.json").write_text("[{}, {}, {}]")
    return str(tmp_path / "cases.json")


def test_each_case_is_a_line_and_the_end_a_sum(
    ran: Ran, gateway: FakeGateway, program: Path, cases_file: str
) -> None:
    failed = replace(
        case(1, passed=False), name="o\x1b[2Jdd", detail="stdout is not what was expected"
    )
    gateway.add(
        chunk(0, b"output of a case\n"),
        replace(case(0), usage=Usage(wall_seconds=0.0314)),
        chunk(1, b"trouble\n", "stderr"),
        failed,
        completed("failed", None, cases=over(1, 1, 1)),
    )
    code, out, err = ran(gateway, "run", "--cases", cases_file, str(program))
    assert code == 1
    assert out.decode().splitlines() == [
        "ok      0     0.031 s  case 0",
        "FAIL    1              o\ufffd[2Jdd  stdout is not what was expected",
        "1 of 3 cases passed, 1 failed, 1 not run",
    ]
    assert err == f"what they wrote: cloche output {ID} [--stream stderr]\n".encode()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"exit_code": 3}, "exit code 3"),
        ({"signal": 11}, "ended by SIGSEGV"),
        ({"outcome": "timed_out"}, "timed out"),
        ({"outcome": "timed_out", "detail": "more than 2 s"}, "more than 2 s"),
        ({}, "failed"),
    ],
)
def test_why_a_case_failed_is_in_its_line(change: dict[str, Any], why: str) -> None:
    bare = replace(case(1, passed=False), name="odd", detail="", exit_code=None)
    assert line_of(replace(bare, **change)).endswith(f"  odd  {why}")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (completed(cases=over(3)), 0),
        (completed(cases=over(2, 0, 1)), 1),
        (completed("timed_out", None, cases=over(2, 1)), 1),
        (completed("out_of_memory", 137, cases=over(2, 1)), 1),
        (completed("cancelled", None, cases=over(2, 0, 1)), 130),
        (completed("compile_failed", None, cases=over(0, 0, 3)), 126),
        (completed("succeeded"), 1),
    ],
)
def test_the_exit_code_is_0_only_if_all_cases_passed(
    ran: Ran,
    gateway: FakeGateway,
    program: Path,
    cases_file: str,
    end: EvaluationCompleted,
    code: int,
) -> None:
    gateway.add(end)
    assert ran(gateway, "run", "--cases", cases_file, str(program))[0] == code


def test_json_ends_the_cases_too(
    ran: Ran, gateway: FakeGateway, program: Path, cases_file: str
) -> None:
    gateway.add(case(0), completed(cases=over(3)))
    out = ran(gateway, "run", "--json", "--cases", cases_file, str(program))[1]
    assert json.loads(out.splitlines()[-1])["cases"]["passed"] == 3


def test_cases_of_a_lost_attempt_are_said_not_to_count(
    ran: Ran, gateway: FakeGateway, program: Path, cases_file: str
) -> None:
    gateway.add(
        case(0, passed=False),
        AttemptFailed(attempt=1, reason="executor_lost"),
        AttemptStarted(attempt=2, executor="e", nonce="n", engine="docker"),
        case(0, attempt=2),
        completed(cases=over(3)),
    )
    code, _, err = ran(gateway, "run", "--cases", cases_file, str(program))
    assert code == 0
    assert b"does not count" in err


def test_cases_of_an_evaluation_are_shown_later(ran: Ran, gateway: FakeGateway) -> None:
    gateway.add(case(0), case(1, passed=False))
    code, out, err = ran(gateway, "cases", ID)
    assert (code, out.splitlines()[1].split()[:2]) == (0, [b"FAIL", b"1"])
    assert err == b"1 of 2 cases passed, more to come\n"
    gateway.add(completed(cases=over(1, 1)))
    out = ran(gateway, "cases", "--json", ID)[1]
    assert [json.loads(line)["passed"] for line in out.splitlines()] == [True, False]


def test_languages_are_listed(ran: Ran, gateway: FakeGateway) -> None:
    out = ran(gateway, "languages")[1]
    assert [line.split() for line in out.splitlines()] == [
        [b"python", b"python", b".py", b".pyw"],
        [b"c", b"gcc", b"compiled", b".c"],
    ]
    assert json.loads(ran(gateway, "languages", "--json")[1])["images"] == ["gcc", "python"]
