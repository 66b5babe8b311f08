"""Keys and tenants by the command and the client, against a real gateway over stores in memory."""

import asyncio
import json
import re
from collections.abc import AsyncIterator

import pytest
from cloche import Client, NotAuthorised
from cloche.commands.usage import size
from support.command import Ran
from support.gateway import KEY, Stage, stage_with

pytestmark = pytest.mark.usefixtures("stage")


class Called:
    """The command in a thread, with the key that is given, against this gateway."""

    def __init__(self, ran: Ran, url: str) -> None:
        self.ran, self.url = ran, url

    async def __call__(self, *words: str, key: str = KEY) -> tuple[int, str, str]:
        code, out, err = await asyncio.to_thread(self.ran, self, *words, key=key)
        return code, out.decode(), err.decode()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with stage_with() as stage:
        yield stage


@pytest.fixture
async def cloche(stage: Stage, ran: Ran) -> AsyncIterator[Called]:
    async with stage.listening() as client:
        yield Called(ran, str(client.base_url))


async def test_a_key_is_made_used_listed_and_revoked(cloche: Called) -> None:
    code, out, err = await cloche("keys", "create", "ci", "--expires", "12h", "--scope", "read")
    key = out.strip()
    assert code == 0
    assert re.fullmatch(r"cloche_[a-z2-7]{12}_[0-9a-f]{48}", key)
    assert key.rpartition("_")[2] not in err
    assert "not shown again" in err

    assert (await cloche("ls", key=key))[0] == 0
    code, _, err = await cloche("cancel", "01900000-0000-7000-8000-000000000000", key=key)
    assert (code, "may not write" in err) == (4, True)
    code, _, err = await cloche("keys", "ls", key=key)
    assert (code, "may not admin" in err) == (4, True)

    listed = (await cloche("keys", "ls"))[1]
    assert re.search(r"active +main +user +read +ci +until", listed)
    one = json.loads((await cloche("keys", "ls", "--json", "--tenant", "main"))[1])
    assert (one["id"], one["status"]) == (key.split("_")[1], "active")

    assert (await cloche("keys", "revoke", key))[0] == 0
    assert "revoked" in (await cloche("keys", "ls"))[1]
    assert (await cloche("ls", key=key))[0] == 4
    assert (await cloche("keys", "revoke", "aaaaaaaaaaaa"))[0] == 1


async def test_a_tenant_has_keys_of_its_own(cloche: Called) -> None:
    tenant = (await cloche("tenants", "create", "research"))[1].strip()
    assert tenant in (await cloche("tenants", "ls"))[1]
    names = [
        json.loads(line)["name"]
        for line in (await cloche("tenants", "ls", "--json"))[1].splitlines()
    ]
    assert names == ["main", "research"]
    made = json.loads(
        (
            await cloche(
                "keys", "create", "hers", "--tenant", tenant, "--role", "operator", "--json"
            )
        )[1]
    )
    assert (made["key"]["tenant"], made["key"]["role"]) == (tenant, "operator")
    assert (await cloche("keys", "ls", "--tenant", "main"))[1] == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("keys", "create", "x", "--expires", "soon"), "is no time"),
        (("keys", "create", "x", "--tenant", "nobody"), "no such tenant"),
        (("keys", "create", "x", "--scope", "admin"), "may not admin"),
        (("keys", "create", "x", "--role", "root"), "root"),
    ],
)
async def test_what_makes_no_sense_is_told(
    cloche: Called, words: tuple[str, ...], said: str
) -> None:
    code, out, err = await cloche(*words)
    assert code != 0
    assert said in out + err
    assert (await cloche("keys", "ls"))[1] == ""


async def test_the_client_tells_a_key_that_may_not(cloche: Called) -> None:
    key = (await cloche("keys", "create", "reader", "--scope", "read"))[1].strip()

    def ask() -> None:
        with Client(cloche.url, key) as client, pytest.raises(NotAuthorised):
            client.keys()

    await asyncio.to_thread(ask)


async def test_how_long_what_is_kept_of_a_tenant_and_how_much_there_is(cloche: Called) -> None:
    assert (await cloche("tenants", "set", "main", "--stream-days", "3", "--output-days", "0"))[
        0
    ] == 0
    assert "(kept: stream 3 d, output for ever)" in (await cloche("tenants", "ls"))[1]
    assert (await cloche("tenants", "set", "main", "--stream-days", "default"))[0] == 0
    assert "(kept: output for ever)" in (await cloche("tenants", "ls"))[1]
    code, _, err = await cloche("tenants", "set", "main", "--archive-days", "0.01")
    assert (code, "at least an hour" in err) == (2, True), err

    code, out, err = await cloche("usage")
    assert (code, "not been counted yet" in err) == (0, True)
    assert [line.split()[0] for line in out.splitlines()] == ["TENANT", "main"]
    # Nothing has counted objects here, and nothing is not what they are.
    assert out.splitlines()[1].split()[-2:] == ["?", "?"]
    report = json.loads((await cloche("usage", "--all", "--json"))[1])
    assert [one["tenant"] for one in report["items"]] == ["main"]


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (3 << 40, "3 TiB")]
)
def test_bytes_are_read_by_people(count: int, said: str) -> None:
    assert size(count) == said
