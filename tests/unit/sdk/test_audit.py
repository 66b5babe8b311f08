"""The audit log by the command and the client, against a real gateway; and what an export may end with."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import msgspec
import pytest
from cloche import ApiError, Client, UnexpectedAnswer, Unreachable
from cloche.retries import ONCE
from cloche_schemas.audit import AuditEntry
from cloche_schemas.audit_chain import verify_lines
from support.auditing import audited
from support.command import Ran
from support.gateway import KEY, Stage, stage_with


class Called:
    """The command in a thread, with the first key."""

    def __init__(self, ran: Ran, url: str) -> None:
        self.ran, self.url = ran, url

    async def __call__(self, *words: str) -> tuple[int, str, str]:
        code, out, err = await asyncio.to_thread(self.ran, self, *words, key=KEY)
        return code, out.decode(), err.decode()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with stage_with() as stage:
        yield stage


@pytest.fixture
async def cloche(stage: Stage, ran: Ran) -> AsyncIterator[Called]:
    async with stage.listening() as client:
        yield Called(ran, str(client.base_url))


async def some(stage: Stage) -> str:
    """A key was made and used where it may not: its id."""
    header = await stage.key()
    for _ in range(3):
        await stage.client.get("/v1/keys", headers=header)
    await audited(stage)
    return header["Authorization"].split("_")[1]


async def test_entries_are_listed_by_filters(cloche: Called, stage: Stage) -> None:
    key = await some(stage)
    code, out, _ = await cloche("audit", "ls", "--key", key, "--outcome", "refused")
    lines = out.splitlines()
    assert (code, len(lines)) == (0, 3)
    assert all(f"refused  403 forbidden  {key}" in line for line in lines)
    assert all(line.endswith("GET /v1/keys  /v1/keys") for line in lines)
    assert (await cloche("audit", "ls", "--key", key, "-n", "2"))[1].count("\n") == 2
    out = (await cloche("audit", "ls", "--action", "POST /v1/keys", "--json"))[1]
    [made] = [json.loads(line) for line in out.splitlines()]
    assert (made["outcome"], made["target"]) == ("allowed", f"/v1/keys/{key}")
    # A key that is given whole is found, and not said to anybody.
    assert (await cloche("audit", "ls", "--key", f"cloche_{key}_x", "--until", "1h"))[1] == ""
    assert (await cloche("audit", "ls", "--since", "soon"))[0] == 2
    assert (await cloche("audit", "ls", "--since", "1h", "--target", "/v1/keys", "--all"))[1]


async def test_an_export_is_verified_without_a_server(
    cloche: Called, stage: Stage, tmp_path: Path
) -> None:
    await some(stage)
    code, out, _ = await cloche("audit", "export")
    lines = out.splitlines()
    assert (code, lines[-1]) == (0, '{"end":true}')
    assert [msgspec.json.decode(line, type=AuditEntry) for line in lines[:-1]]
    file = tmp_path / "audit.ndjson"
    file.write_text(out)
    code, heads, err = await cloche("audit", "verify", str(file))
    assert (code, "sound: " in err) == (0, True)
    assert (await cloche("audit", "verify", str(file), "--head", heads.strip()))[0] == 0

    file.write_text("\n".join(lines[:-1]) + "\n")
    code, _, err = await cloche("audit", "verify", str(file))
    assert (code, "no last line" in err) == (1, True)
    file.write_text(out.replace("GET /v1/keys", "GET /v1/kews", 1))
    code, _, err = await cloche("audit", "verify", str(file))
    assert (code, "NOT SOUND" in err, "edited" in err) == (1, True, True)
    assert (await cloche("audit", "verify", str(file), "--head", "nonsense"))[0] == 2


async def test_the_log_is_verified_and_its_heads_show_what_is_gone(
    cloche: Called, stage: Stage
) -> None:
    await some(stage)
    code, out, err = await cloche("audit", "verify")
    assert (code, "sound: " in err) == (0, True)
    [head] = out.split()
    assert (await cloche("audit", "verify", "--head", head))[0] == 0
    writer, number, digest = head.split("-")
    beyond = f"{writer}-{int(number) + 1000}-{digest}"
    code, out, err = await cloche("audit", "verify", "--head", beyond, "--json")
    report = json.loads(out)
    assert (code, report["sound"], report["breaks"][0]["kind"]) == (1, False, "truncated")
    code, _, err = await cloche("audit", "verify", "--head", "nonsense")
    assert (code, "a head is" in err) == (2, True)


async def test_the_client_gives_entries_and_the_lines_as_they_are(stage: Stage) -> None:
    key = await some(stage)

    def ask(url: str) -> None:
        with Client(url, KEY) as client:
            page = client.audit.list(limit=1, key=key)
            assert len(page.items) == 1
            assert page.next_cursor is not None
            assert client.audit.list(limit=1, key=key, cursor=page.next_cursor).items
            assert len(list(client.audit.each(key=key))) == 3
            report = verify_lines(client.audit.export())
            assert (report.sound, report.entries > 4) == (True, True)
            assert client.audit.verify(heads=report.heads).sound
            assert len(list(client.audit.export(key=key, outcome="refused"))) == 3

    async with stage.listening() as http:
        await asyncio.to_thread(ask, str(http.base_url))


ENTRY = b'{"action": "x"}\n'
PROBLEM = b'{"problem":{"type":"t","title":"away","status":503,"code":"unavailable"}}\n'


@pytest.mark.parametrize(
    ("rest", "error"),
    [
        (b"", Unreachable),
        (b'{"reconnect":true}\n', Unreachable),
        (b'{"end":true}', Unreachable),  # cut off before its line feed
        (PROBLEM, ApiError),
        (b'{"end":oops}\n', UnexpectedAnswer),
    ],
)
def test_an_export_that_is_not_whole_is_an_error(rest: bytes, error: type[Exception]) -> None:
    answer = httpx2.Response(200, content=ENTRY + rest)
    transport = httpx2.MockTransport(lambda _: answer)
    seen: list[bytes] = []
    with (
        Client("http://fake", KEY, transport=transport, retries=ONCE) as client,
        pytest.raises(error),
    ):
        seen.extend(client.audit.export())
    assert seen == [ENTRY.strip()]


def test_an_export_that_is_refused_is_an_error() -> None:
    answer = httpx2.Response(503, content=PROBLEM.strip()[11:-1])
    transport = httpx2.MockTransport(lambda _: answer)
    with Client("http://fake", KEY, transport=transport, retries=ONCE) as client:
        with pytest.raises(ApiError) as caught:
            list(client.audit.export())
        assert caught.value.problem.code == "unavailable"
