"""Clients whose key signs instead of being sent, against the real gateway and the real executor."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from cloche import (
    AsyncClient,
    BadTarget,
    Client,
    CreateKey,
    NotAuthorised,
    SubmitEvaluation,
    profiles,
)
from cloche.discovery import resolve
from cloche.profiles import Profile
from support.command import Ran
from support.gateway import KEY
from support.small_platform import platform

SUM = SubmitEvaluation(code="print(sum(map(int, input().split())))", stdin="20 22")


class System:
    """Where it is, and a key that must sign."""

    def __init__(self, url: str, api_key: str) -> None:
        self.url, self.api_key = url, api_key


@pytest.fixture(scope="module")
def system() -> Iterator[System]:
    with platform() as url:
        with Client(url, KEY) as client:
            wish = CreateKey(name="signer", role="admin", require_signature=True)
            made = client.create_key(wish)
        yield System(url, made.api_key)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLOCHE_URL", "CLOCHE_API_KEY", "CLOCHE_PROFILE", "CLOCHE_SIGN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def watched(seen: list[httpx2.Request]) -> httpx2.HTTPTransport:
    """The real one, which keeps what goes over it."""

    class Watched(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            seen.append(request)
            return super().handle_request(request)

    return Watched()


def test_a_key_that_must_sign_does_everything_and_is_never_sent(system: System) -> None:
    seen: list[httpx2.Request] = []
    with Client(system.url, system.api_key, sign=True, transport=watched(seen)) as client:
        accepted = client.submit(SUM, idempotency_key="once")
        # A feed, a download, a list whose query has to be written with care, and an upload.
        names = [event.envelope.type.split(".")[2] for event in client.events(accepted.id)]
        assert names[-1] == "completed"
        assert client.output(accepted.id) == b"42\n"
        assert client.list(labels=["a=b c/ü+%"], text='"a b"').items == ()
        blob = client.put_blob(b"\xff\x00" * 1000)
        assert client.blob(blob) == b"\xff\x00" * 1000
        assert client.about().role == "admin"
    secret = system.api_key.rpartition("_")[2]
    assert len({request.headers["Signature-Input"] for request in seen}) == len(seen) > 5
    for request in seen:
        assert "Authorization" not in request.headers
        assert secret not in repr(list(request.headers.items())) + str(request.url)


def test_the_same_holds_for_the_one_that_is_awaited(system: System) -> None:
    async def run() -> str | None:
        async with AsyncClient(system.url, system.api_key, sign=True) as client:
            return (await client.run(SUM)).outcome

    assert asyncio.run(run()) == "succeeded"


def test_what_is_sent_again_is_signed_anew(system: System) -> None:
    """The first answer is lost, and with it the nonce is spent."""
    seen: list[httpx2.Request] = []

    class Losing(httpx2.HTTPTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            seen.append(request)
            answer = super().handle_request(request)
            if len(seen) == 1:
                answer.read()
                answer.close()
                raise httpx2.ReadError("lost on the way")
            return answer

    with Client(system.url, system.api_key, sign=True, transport=Losing()) as client:
        assert client.languages().items
    assert len({request.headers["Signature-Input"] for request in seen}) == 2


def test_without_a_signature_the_key_is_refused_and_says_why(ran: Ran, system: System) -> None:
    with Client(system.url, system.api_key) as client, pytest.raises(NotAuthorised) as caught:
        client.about()
    assert caught.value.problem.code == "signature_required"
    code, _, err = ran(system, "list", key=system.api_key)
    assert (code, b"--sign" in err) == (4, True)
    assert ran(system, "list", "--sign", key=system.api_key)[0] == 0


def test_what_cannot_sign_is_told_before_anything_is_sent(ran: Ran, system: System) -> None:
    for key in (KEY, ""):
        with pytest.raises(BadTarget, match="cannot sign"):
            Client(system.url, key, sign=True)
    code, _, err = ran(system, "list", "--sign", key=KEY)
    assert (code, b"cannot sign" in err) == (2, True)


def test_a_profile_and_the_environment_say_that_a_key_signs(
    ran: Ran, system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = System("", "")
    words = ["login", system.url, "--sign", "--profile", "safe"]
    code, _, err = ran(nowhere, *words, stdin=f"{system.api_key}\n".encode())
    assert code == 0, err
    signing = Profile(url=system.url, api_key=system.api_key, sign=True)
    assert profiles.read().profiles == {"safe": signing}
    assert ran(nowhere, "list", key="")[0] == 0
    assert b"sign      yes" in ran(nowhere, "config", "show", key="")[1]
    code, out, _ = ran(nowhere, "list", "--curl", key="")
    assert (code, b"Signature-Input: sig1=" in out, b"Authorization" in out) == (0, True, False)

    monkeypatch.setenv("CLOCHE_URL", system.url)
    monkeypatch.setenv("CLOCHE_API_KEY", system.api_key)
    assert not resolve().sign
    monkeypatch.setenv("CLOCHE_SIGN", "1")
    with Client.local() as client:
        assert client.about().key
