"""`--curl`: the request that a command would send, for a shell, without the key and without being sent."""

import shlex
from pathlib import Path

import httpx2
import pytest
from cloche.curl import as_curl
from support.command import Ran
from support.fake_answers import ID, KEY
from support.fake_gateway import FakeGateway


def words_of(text: bytes) -> list[str]:
    """As a shell would take it."""
    return shlex.split(text.decode().replace("\\\n", " "))


def test_a_submission_is_printed_and_not_sent(
    ran: Ran, gateway: FakeGateway, program: Path
) -> None:
    code, out, err = ran(gateway, "run", str(program), "--curl", "--idempotency-key", "it's")
    assert (code, err, gateway.submitted) == (0, b"", [])
    assert KEY.encode() not in out
    words = words_of(out)
    assert words[:5] == ["curl", "-sS", "-X", "POST", f"{gateway.url}/v1/evaluations"]
    assert "Authorization: Bearer $CLOCHE_API_KEY" in words
    # The shell is to put the key in, so it stands in double quotes.
    assert b'"Authorization: Bearer $CLOCHE_API_KEY"' in out
    assert "Content-Type: application/json" in words
    assert "Idempotency-Key: it's" in words
    assert '"code":"print(1)\\n"' in words[words.index("--data-raw") + 1]


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        (["get", ID], [f"/v1/evaluations/{ID}"]),
        (["list", "--status", "failed"], None),
        (
            ["list", "--status", "running", "--limit", "3"],
            ["/v1/evaluations?limit=3&status=running"],
        ),
        (["cancel", ID], ["-X", "POST", f"/v1/evaluations/{ID}/cancel"]),
        (["events", ID], ["-N", f"/v1/evaluations/{ID}/events", "Accept: text/event-stream"]),
        (["keys", "revoke", "k"], ["-X", "DELETE", "/v1/keys/k"]),
    ],
)
def test_each_command_prints_its_first_request(
    ran: Ran, gateway: FakeGateway, command: list[str], expected: list[str] | None
) -> None:
    code, out, _ = ran(gateway, *command, "--curl")
    if expected is None:
        assert code == 2
        return
    words = [word.removeprefix(gateway.url) for word in words_of(out)]
    assert code == 0
    for word in expected:
        assert word in words
    assert gateway.resumed_after == []


def test_what_is_no_text_is_named_by_its_size() -> None:
    request = httpx2.Request("PUT", "http://x/v1/blobs/d", content=b"\xff\x00")
    assert as_curl(request).endswith("--data-binary @FILE-OF-2-BYTES\n")
    assert "Authorization" not in as_curl(request)
