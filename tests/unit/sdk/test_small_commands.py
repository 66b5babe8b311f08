"""`cloche list`, `rerun`, `submit`, `wait`, `open`, `completion` and `--version`: what they ask, and what they say."""

import json
import shutil
import subprocess
import webbrowser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
from cloche_schemas.commands import SubmitEvaluation
from cloche_schemas.values import CaseCounts
from support.command import Ran
from support.fake_answers import ID
from support.fake_gateway import FakeGateway, chunk, completed, problem
from support.recorded import case


def asked(ran: Ran, gateway: FakeGateway, *words: str) -> dict[str, list[str]]:
    """What a list asks for, as --curl tells it."""
    out = ran(gateway, "list", *words, "--curl")[1].decode()
    address = next(word.strip("'") for word in out.split() if "://" in word)
    return parse_qs(urlsplit(address).query)


def test_a_list_has_every_filter(ran: Ran, gateway: FakeGateway) -> None:
    words = (
        "--status completed --outcome failed --outcome timed_out --language c --engine docker "
        "--label a=b --label c --batch b --schedule s --since 2026-01-01T00:00Z --until 2026-02-01T00:00Z "
        "--grep -x --sort duration --order asc --cursor n --limit 7"
    )
    assert asked(ran, gateway, *words.split()) == {
        "status": ["completed"],
        "outcome": ["failed", "timed_out"],
        "language": ["c"],
        "engine": ["docker"],
        "label": ["a=b", "c"],
        "batch": ["b"],
        "schedule": ["s"],
        "since": ["2026-01-01T00:00:00+00:00"],
        "until": ["2026-02-01T00:00:00+00:00"],
        "q": ["-x"],
        "sort": ["duration"],
        "order": ["asc"],
        "cursor": ["n"],
        "limit": ["7"],
    }
    assert asked(ran, gateway) == {"limit": ["20"]}
    assert "since" in asked(ran, gateway, "--since", "12h")
    assert ran(gateway, "list", "--since", "soon")[0] == 2


def test_all_of_a_list_come_page_by_page(ran: Ran, gateway: FakeGateway) -> None:
    gateway.more_pages = 2
    code, out, err = ran(gateway, "list", "--all", "--json")
    assert (code, err) == (0, b"")
    assert [json.loads(line)["id"] for line in out.splitlines()] == [ID] * 3


def test_what_is_run_again_is_shown_as_the_first_time(ran: Ran, gateway: FakeGateway) -> None:
    gateway.add(chunk(0, b"again\n"), completed("failed", 3))
    code, out, err = ran(gateway, "rerun", ID)
    assert (code, out) == (3, b"again\n")
    assert err.splitlines()[0] == f"evaluation {ID}".encode()
    assert gateway.reruns == [b"{}"]
    assert ran(gateway, "rerun", ID, "--detach") == (0, f"{ID}\n".encode(), b"")


def test_changes_are_a_merge_patch(ran: Ran, gateway: FakeGateway, program: Path) -> None:
    gateway.add(completed())
    words = (
        f"--timeout 5 --limit pids=8 --engine docker --language c --priority high --env A=b --label try=2 "
        f"--code {program} --stdin {program}"
    )
    change = ["--change", '{"image": "python", "cases": null}']
    assert ran(gateway, "rerun", ID, *words.split(), *change, "--", "-x", "y")[0] == 0
    assert msgspec.json.decode(gateway.reruns[0]) == {
        "image": "python",
        "labels": {"try": "2"},
        "cases": None,
        "argv": ["-x", "y"],
        "limits": {"wall_seconds": 5, "pids": 8},
        "engine": "docker",
        "language": "c",
        "priority": "high",
        "env": {"A": "b"},
        "code": "print(1)\n",
        "stdin": "print(1)\n",
    }
    for wrong in (["--change", "[]"], ["--limit", "x=1"], ["--code", "none.py"]):
        assert ran(gateway, "rerun", ID, *wrong)[0] == 2
    assert len(gateway.reruns) == 1


def test_cases_that_are_run_again_are_shown_as_cases(ran: Ran, gateway: FakeGateway) -> None:
    counts = CaseCounts(total=2, passed=1, failed=1)
    gateway.add(case(0), case(1, passed=False), completed("failed", None, cases=counts))
    code, out, _ = ran(gateway, "rerun", ID)
    assert code == 1
    assert b"1 of 2 cases passed, 1 failed" in out


def test_a_submission_prints_its_id_and_takes_what_run_takes(
    ran: Ran, gateway: FakeGateway, program: Path
) -> None:
    code, out, err = ran(gateway, "submit", str(program), "--timeout", "2", "--", "-x")
    assert (code, out, err) == (0, f"{ID}\n".encode(), b"")
    request = msgspec.json.decode(gateway.submitted[0], type=SubmitEvaluation)
    assert (request.argv, request.limits.wall_seconds) == (("-x",), 2)
    assert ran(gateway, "submit", "--detach", str(program))[0] == 2
    shown = ran(gateway, "submit", "--help")[1]
    assert b"write its id" in shown
    assert b"--memory" in shown
    assert b"--artifacts" not in shown


def test_a_program_that_is_piped_in_needs_no_name(ran: Ran, gateway: FakeGateway) -> None:
    gateway.add(completed())
    assert ran(gateway, "run", stdin=b"print(2)")[0] == 0
    assert msgspec.json.decode(gateway.submitted[0], type=SubmitEvaluation).code == "print(2)"
    code, _, err = ran(gateway, "run", "-")
    assert (code, b"standard input is empty" in err) == (2, True)


def test_waiting_may_have_an_end(ran: Ran, gateway: FakeGateway) -> None:
    code, out, err = ran(gateway, "wait", ID, "--timeout", "0.2")
    assert (code, out) == (124, b"")
    assert b"time to wait is over" in err
    assert ran(gateway, "wait", ID, "--timeout", "soon")[0] == 2
    gateway.add(completed("failed", 7))
    assert ran(gateway, "wait", ID, "-t", "1m")[0] == 7


def test_the_documentation_is_opened_or_its_address_written(
    ran: Ran, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def browser(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(webbrowser, "open", browser)
    address = f"{gateway.url}/docs"
    assert ran(gateway, "open") == (0, b"", f"{address}\n".encode())
    assert ran(gateway, "open", "--print") == (0, f"{address}\n".encode(), b"")
    assert opened == [address]
    monkeypatch.setattr(webbrowser, "open", lambda _url: False)
    assert ran(gateway, "open")[1] == f"{address}\n".encode()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_a_script_that_it_understands(
    ran: Ran, gateway: FakeGateway, tmp_path: Path, shell: str
) -> None:
    code, out, _ = ran(gateway, "completion", shell)
    assert code == 0
    for word in (b"rerun", b"fail-fast", b"profiles"):
        assert word in out
    script = tmp_path / "script"
    script.write_bytes(out)
    if (found := shutil.which(shell)) is not None:
        subprocess.run([found, "-n", str(script)], check=True, timeout=30)
    assert ran(gateway, "completion", "tcsh")[0] == 2


def test_the_version_is_that_of_both(
    ran: Ran,
    gateway: FakeGateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, out, _ = ran(gateway, "--version")
    mine, server = out.decode().splitlines()
    assert (code, mine.split()[0]) == (0, "cloche")
    assert server == f"server 0.1.0 ({gateway.url})"
    assert b"server unknown" in ran(gateway, "--version", key="wrong")[1]
    gateway.problem = problem(500, "internal", "Broken")
    assert b"server unknown (Broken)" in ran(gateway, "--version")[1]
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    gateway.url = ""
    assert ran(gateway, "--version") == (0, f"{mine}\n".encode(), b"")
