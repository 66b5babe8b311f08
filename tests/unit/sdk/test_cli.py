"""How the command itself ends: by its reader, by the keyboard, by an error of ours."""

import subprocess
import sys
from pathlib import Path

import cloche
import pytest
from cloche import cli
from cloche.client import Client
from support.fake_answers import ID, KEY
from support.fake_gateway import FakeGateway, chunk, completed


def test_a_reader_that_has_gone_ends_it_in_silence(gateway: FakeGateway) -> None:
    gateway.add(chunk(0, b"x" * (1 << 20)), completed())
    done = subprocess.run(
        [
            *("/bin/sh", "-c", f'{{ "$0" -m cloche output {ID}; echo $? >&2; }} | head -c 1'),
            sys.executable,
        ],
        env={"CLOCHE_URL": gateway.url, "CLOCHE_API_KEY": KEY},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == (b"x", b"141\n")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError("ours")])
def test_what_nobody_expects_is_not_swallowed(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def languages(_client: Client) -> None:
        raise error

    monkeypatch.setenv("CLOCHE_URL", gateway.url)
    monkeypatch.setattr(Client, "languages", languages)
    if isinstance(error, KeyboardInterrupt):
        assert cli.main(["languages"]) == 130
    else:
        with pytest.raises(ZeroDivisionError):
            cli.main(["languages"])


def test_the_package_has_what_it_names_and_nothing_else() -> None:
    for name in cloche.__all__:
        assert getattr(cloche, name).__name__ == name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        cloche.nonsense  # noqa: B018


@pytest.mark.parametrize(
    "code",
    [
        "from cloche.cli import main; main(['--help'])",
        "import cloche.client, cloche.async_client, cloche; cloche.SubmitEvaluation",
    ],
)
def test_who_sends_nothing_need_not_wait_for_what_sends(code: str) -> None:
    asked = f"{code}; import sys; sys.stderr.write(str('httpx2' in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == "False"


class Point:
    """An entry point of a package that adds a command and a family."""

    name = "demo"

    @staticmethod
    def load() -> cli.Added:
        return {
            "alone": ("demo_commands:alone", "A command."),
            "family": ("A family.", {"member": ("demo_commands:member", "One of it.")}),
        }


def test_a_package_adds_commands_and_families(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "demo_commands.py").write_text(
        "def alone() -> int: return 7\ndef member(*, from_: str, json: bool = False) -> int:\n"
        "    return int(from_) + json\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(cli, "entry_points", lambda group: [Point] if group else [])
    assert cli.main(["alone"]) == 7
    assert cli.main(["family", "member", "--from", "3", "--json"]) == 4
    with pytest.raises(SystemExit):
        cli.main(["family", "member", "--from", "3", "--no-json"])
    capsys.readouterr()
    cli.main(["--help"])
    assert "A family." in capsys.readouterr().out
