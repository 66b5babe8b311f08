"""`cloche login`, `logout`, `profiles` and `config show`: which system is talked to, and why."""

import json
from pathlib import Path

import pytest
from cloche import profiles
from cloche.commands import login as command
from cloche.commands.config import masked
from cloche.profiles import Profile
from support.command import Ran
from support.fake_answers import ID, KEY
from support.fake_gateway import FakeGateway, completed


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nothing is known, and the environment says nothing."""
    for name in ("CLOCHE_URL", "CLOCHE_API_KEY", "CLOCHE_PROFILE", "NO_COLOR", "CLICOLOR_FORCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Nowhere:
    """No address in the environment."""

    url = ""


NOWHERE = Nowhere()


def login(ran: Ran, gateway: FakeGateway, *words: str) -> tuple[int, bytes, bytes]:
    return ran(NOWHERE, "login", gateway.url, *words, stdin=f"{KEY}\n".encode())


def test_a_key_is_tried_kept_and_used_from_then_on(ran: Ran, gateway: FakeGateway) -> None:
    gateway.add(completed())
    code, out, err = login(ran, gateway)
    assert (code, out) == (0, b"")
    assert b"profile default: key ci of tenant main, role user" in err
    assert KEY.encode() not in err
    assert profiles.read().profiles == {"default": Profile(url=gateway.url, api_key=KEY)}
    assert ran(NOWHERE, "get", ID, key="")[0] == 0


def test_several_lie_beside_each_other_and_one_is_named(ran: Ran, gateway: FakeGateway) -> None:
    login(ran, gateway, "--profile", "one")
    login(ran, gateway, "--profile", "two")
    assert ran(NOWHERE, "profiles", "ls")[1].decode().splitlines() == [
        f"  one              {gateway.url}",
        f"* two              {gateway.url}",
    ]
    listed = [json.loads(line) for line in ran(NOWHERE, "profiles", "ls", "--json")[1].splitlines()]
    assert listed[1] == {"name": "two", "url": gateway.url, "current": True}
    assert ran(NOWHERE, "profiles", "use", "one")[0] == 0
    assert profiles.read().current == "one"
    assert ran(NOWHERE, "languages", "--profile", "two")[0] == 0
    code, _, err = ran(NOWHERE, "languages", "--profile", "three")
    assert (code, b"no profile three" in err) == (2, True)
    assert ran(NOWHERE, "profiles", "rm", "two")[0] == 0
    assert ran(NOWHERE, "profiles", "use", "two")[0] == 2


def test_logging_out_forgets_the_key(ran: Ran, gateway: FakeGateway, home: Path) -> None:
    login(ran, gateway)
    assert ran(NOWHERE, "logout")[0] == 0
    assert KEY not in (home / "config/cloche/profiles.json").read_text()
    assert ran(NOWHERE, "logout")[0] == 2
    assert ran(NOWHERE, "languages")[0] == 125
    assert ran(NOWHERE, "profiles", "ls")[1:] == (
        b"",
        b"there are none: cloche login URL makes one\n",
    )


def test_a_key_that_is_refused_is_not_kept(ran: Ran, gateway: FakeGateway) -> None:
    assert ran(NOWHERE, "login", gateway.url, stdin=b"wrong\n")[0] == 4
    assert profiles.read().profiles == {}


@pytest.mark.parametrize(
    ("words", "stdin", "said"),
    [
        ([], b"key\n", b"name the address"),
        (["http://127.0.0.1:1"], b"\n", b"no key"),
        (["http://127.0.0.1:1", "--profile", "local"], b"key\n", b"cannot be the name"),
        (["nonsense"], b"key\n", b"no address"),
    ],
)
def test_what_is_missing_or_wrong_is_said(
    ran: Ran, words: list[str], stdin: bytes, said: bytes
) -> None:
    code, _, err = ran(NOWHERE, "login", *words, stdin=stdin)
    assert (code, said in err) == (2, True)


def test_a_person_is_asked_and_the_key_is_not_shown(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal:
        def isatty(self) -> bool:
            return True

        def readline(self) -> str:
            return f"{gateway.url}/\n"

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr(command, "getpass", lambda *_, **__: KEY)
    assert command.login() == 0
    assert profiles.read().profiles["default"].url == gateway.url
    assert KEY not in capsys.readouterr().err


def test_nobody_is_asked_where_that_is_forbidden(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cloche.choices import Choices, chosen

    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    with chosen(Choices(no_input=True)):
        assert command.login() == 2
        assert command.login(gateway.url) == 2


def test_a_key_over_a_plain_connection_is_warned_of(
    ran: Ran, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_LOOPBACK", frozenset())
    assert b"not encrypted" in login(ran, gateway)[2]


def test_what_holds_is_shown_with_what_says_so(
    ran: Ran, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    code, _, err = ran(NOWHERE, "config", "show")
    assert (code, b"no system" in err) == (125, True)
    login(ran, gateway)
    shown = json.loads(ran(NOWHERE, "config", "show", "--json")[1])
    file = home / "config/cloche/profiles.json"
    assert shown["url"] == {"value": gateway.url, "origin": f"profile default in {file}"}
    assert shown["api_key"]["value"] == "…"
    assert shown["profile"] == {"value": "default", "origin": "cloche login"}
    assert shown["color"] == {"value": "auto", "origin": "default"}
    monkeypatch.setenv("NO_COLOR", "1")
    out = ran(gateway, "config", "show", "--origin")[1].decode()
    assert f"{gateway.url}  " in out
    assert "CLOCHE_URL and CLOCHE_API_KEY" in out
    assert "NO_COLOR" in out
    assert KEY not in out
    assert b"option" in ran(gateway, "config", "show", "--origin", "--color", "never")[1]
    named = json.loads(ran(gateway, "config", "show", "--json", "--profile", "default")[1])
    assert named["profile"]["origin"] == "option"


def test_an_environment_that_wins_over_the_profile_is_warned_of(
    ran: Ran, gateway: FakeGateway
) -> None:
    assert b"CLOCHE_URL is set" in ran(gateway, "login", gateway.url, stdin=f"{KEY}\n".encode())[2]
    assert b"CLOCHE_URL is set" not in login(ran, gateway)[2]


def test_of_a_key_only_its_id_is_shown() -> None:
    assert masked("cloche_abcdefghijkl_" + "0" * 48) == "cloche_abcdefghijkl_…"
    assert (masked("secret"), masked("")) == ("…", "(none)")
