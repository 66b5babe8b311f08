"""What `cloche doctor` finds out about a system from outside."""

import json
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from cloche import Client
from cloche.commands.doctor import doctor
from cloche.discovery import Resolved, Target
from cloche.errors import NothingRunning
from cloche.examination import Finding, clock, platform, versions
from cloche.retries import ONCE
from cloche.service import About
from support.command import Ran
from support.fake_answers import KEY
from support.fake_gateway import FakeGateway, problem

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HERE = Resolved(target=Target("http://fake", KEY), source="profile", origin="profile p")


def found(*answers: httpx2.Response | Exception) -> dict[str, Finding]:
    """What is found of a server that answers so, by what was looked at."""
    script = list(answers)

    def play(_request: httpx2.Request) -> httpx2.Response:
        answer = script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    transport = httpx2.MockTransport(play)
    with Client("http://fake", KEY, transport=transport, retries=ONCE) as client:
        return {one.what: one for one in platform(HERE, client)}


def about(**changes: object) -> httpx2.Response:
    body = {"name": "cloche", "version": "0.1.0", "tenant": "main", "key": "ci", "role": "user"}
    return httpx2.Response(200, json={**body, "scopes": ["read"], **changes})


def ready(status: int = 200, **changes: object) -> httpx2.Response:
    return httpx2.Response(status, json={"checks": {"log": True}, "alarm": None, **changes})


def test_a_system_that_is_well_is_told_from_one_that_is_not() -> None:
    well = found(about(), ready())
    assert list(well) == ["system", "reachable", "clock", "key", "server", "ready"]
    assert {one.grade for name, one in well.items() if name != "clock"} == {"ok"}
    assert well["system"].found == "http://fake (profile p)"
    assert well["key"].found == "ci of tenant main, user: may read"
    ill = found(about(version="9.0"), ready(503, checks={"log": True, "keys": False}))
    assert (ill["server"].grade, ill["ready"].grade) == ("warn", "fail")
    assert ill["ready"].found == "it does not have: keys"
    assert found(about(), ready(503, alarm="the stream is gone"))["ready"].found == (
        "the stream is gone"
    )
    assert found(about(), httpx2.ReadError("x"))["ready"].grade == "warn"


def test_what_does_not_answer_is_told_from_what_refuses_and_from_what_is_something_else() -> None:
    silent = found(httpx2.ConnectError("refused"))
    assert (list(silent), silent["reachable"].grade) == (["system", "reachable"], "fail")
    body = {"type": "t", "title": "Key missing or wrong", "status": 401, "code": "unauthorized"}
    refused = found(httpx2.Response(401, json=body))
    assert (refused["reachable"].grade, refused["key"].grade) == ("ok", "fail")
    must = found(httpx2.Response(401, json={**body, "code": "signature_required"}))
    assert "cloche login --sign" in must["key"].advice
    late = found(httpx2.Response(401, json={**body, "code": "signature_expired"}))
    assert ("key" in late, late["clock"].grade) == (False, "fail")
    other = found(httpx2.Response(200, content=b"<html>"))
    assert "no Cloche" in other["reachable"].found


@pytest.mark.parametrize(
    ("seconds", "grade", "words"),
    [
        (0, "ok", "0.5 s ahead"),
        (-4, "ok", "3.5 s behind"),
        (60, "warn", "60.5 s ahead"),
        (-3600, "fail", "3599.5 s behind"),
    ],
)
def test_a_clock_that_is_off_is_told(seconds: int, grade: str, words: str) -> None:
    at = NOW + timedelta(seconds=seconds)
    finding = clock(About(name="cloche", version="1", at=at), NOW, 0.0)
    assert (finding.grade, words in finding.found) == (grade, True)
    assert bool(finding.advice) is (grade != "ok")
    assert clock(About(name="cloche", version="1"), NOW, 0.0).grade == "warn"


def test_versions_that_differ_in_the_last_number_are_as_good_as_equal() -> None:
    assert versions("1.2.3", "1.2.9").grade == "ok"
    assert versions("1.3.0", "1.2.9").grade == "warn"


def test_the_command_shows_the_machine_and_the_system_or_the_system_alone(
    ran: Ran, gateway: FakeGateway
) -> None:
    code, out, _ = ran(gateway, "doctor", "--remote", "--json")
    names = [one["what"] for one in json.loads(out)]
    assert (code, names) == (0, ["system", "reachable", "clock", "key", "server", "ready"])
    both = [one["what"] for one in json.loads(ran(gateway, "doctor", "--json")[1])]
    assert both[0] == "python"
    assert both[-len(names) :] == names
    gateway.problem = problem(500, "internal", "Broken")
    code, out, _ = ran(gateway, "doctor", "--remote")
    assert code == 1
    assert "→ is the address right?" in out.decode()


def test_without_the_local_package_it_looks_at_the_system_alone(
    gateway: FakeGateway,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: object,
) -> None:
    monkeypatch.setenv("CLOCHE_URL", gateway.url)
    monkeypatch.setenv("CLOCHE_API_KEY", KEY)
    assert doctor(json=True) == 0
    assert json.loads(capsys.readouterr().out)[0]["what"] == "system"
    monkeypatch.delenv("CLOCHE_URL")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.chdir(str(tmp_path))
    with pytest.raises(NothingRunning):
        doctor()
