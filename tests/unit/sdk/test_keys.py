"""One key by the command and the client, against a real gateway: shown, changed, rotated, and freed of a secret."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest
from cloche import Client
from cloche.commands import rates
from cloche.commands.quantities import BadWord
from cloche_schemas.rates import Rate, Rates, SetRate, SetRates
from msgspec import UNSET
from support.command import Ran
from support.gateway import KEY, Stage, stage_with


class Called:
    """The command in a thread, with the key that is given."""

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


def fields(text: str) -> dict[str, str]:
    """What `keys show` writes, by name."""
    return {line[:18].strip(): line[18:] for line in text.splitlines()}


async def test_a_key_shows_what_it_may_and_when_it_was_used(cloche: Called) -> None:
    options = ["--rate", "read=100/min,20", "--rate", "write=1/s", "--require-signature"]
    key = (await cloche("keys", "create", "ci", *options))[1].strip()
    shown = fields((await cloche("keys", "show", key))[1])
    assert shown["name"] == "ci"
    assert shown["signature"] == "required"
    assert shown["rates"] == "read=100/min,20  write=60/min"
    assert shown["last used"] == "never"
    assert "never used  must sign  read=100/min,20" in (await cloche("keys", "ls"))[1]

    assert (await cloche("list", "--sign", key=key))[0] == 0
    shown = fields((await cloche("keys", "show", key.split("_")[1]))[1])
    assert shown["last used"].endswith("Z")
    assert "  used 2" in (await cloche("keys", "ls"))[1]
    one = json.loads((await cloche("keys", "show", key, "--json"))[1])
    assert one["rates"]["read"] == {"per_minute": 100, "burst": 20}
    assert (await cloche("keys", "show", "aaaaaaaaaaaa"))[0] == 1


async def test_a_key_is_changed_and_what_is_not_named_stays(cloche: Called) -> None:
    key = (await cloche("keys", "create", "ci", "--rate", "read=9/min"))[1].strip()
    assert (await cloche("keys", "set", key, "--name", "nightly", "--require-signature"))[0] == 0
    shown = fields((await cloche("keys", "show", key))[1])
    assert (shown["name"], shown["signature"], shown["rates"]) == (
        "nightly",
        "required",
        "read=9/min",
    )
    assert (await cloche("list", key=key))[0] == 4
    assert (await cloche("keys", "set", key, "--no-require-signature", "--rate", "write=7/min"))[
        0
    ] == 0
    shown = fields((await cloche("keys", "show", key))[1])
    assert (shown["name"], shown["signature"], shown["rates"]) == (
        "nightly",
        "may sign",
        "write=7/min",
    )
    assert (await cloche("keys", "set", key, "--rate", "default"))[0] == 0
    assert "rates" not in fields((await cloche("keys", "show", key))[1])
    code, _, err = await cloche("keys", "set", key)
    assert (code, "nothing to change" in err) == (2, True)


async def test_a_key_is_rotated_with_both_good_for_a_while(cloche: Called) -> None:
    old = (await cloche("keys", "create", "ci"))[1].strip()
    code, out, err = await cloche("keys", "rotate", old, "--overlap", "1h")
    new = out.strip()
    assert (code, "not shown again" in err, "good until" in err) == (0, True, True)
    assert new.split("_")[1] == old.split("_")[1]
    assert [(await cloche("list", key=one))[0] for one in (old, new)] == [0, 0]
    assert "last used" in fields((await cloche("keys", "show", new))[1])["old secret"]
    code, _, err = await cloche("keys", "rotate", new)
    assert (code, "rotation_open" in err) == (1, True)

    assert (await cloche("keys", "end-secret", new))[0] == 0
    assert [(await cloche("list", key=one))[0] for one in (old, new)] == [4, 0]
    code, _, err = await cloche("keys", "end-secret", new, "current")
    assert (code, "no_rotation" in err) == (1, True)


async def test_a_rotation_is_taken_back_and_may_have_no_overlap(cloche: Called) -> None:
    old = (await cloche("keys", "create", "ci"))[1].strip()
    new = json.loads((await cloche("keys", "rotate", old, "--json"))[1])["api_key"]
    assert (await cloche("keys", "end-secret", old, "current"))[0] == 0
    assert [(await cloche("list", key=one))[0] for one in (old, new)] == [0, 4]
    last = (await cloche("keys", "rotate", old, "--overlap", "0"))[1].strip()
    assert [(await cloche("list", key=one))[0] for one in (old, last)] == [4, 0]
    code, _, err = await cloche("keys", "rotate", old, "--overlap", "soon")
    assert (code, "is no time" in err) == (2, True)


async def test_rates_of_a_tenant_hold_for_its_keys(cloche: Called) -> None:
    tenant = (await cloche("tenants", "create", "small", "--rate", "write=1/min"))[1].strip()
    assert "(each key: write=1/min)" in (await cloche("tenants", "ls"))[1]
    key = (await cloche("keys", "create", "hers", "--tenant", tenant))[1].strip()

    def spend() -> list[tuple[str, bool]]:
        from cloche import TooMany
        from cloche.retries import ONCE

        with Client(cloche.url, key, retries=ONCE) as client:
            found = []
            for _ in range(2):
                try:
                    client.cancel("01900000-0000-7000-8000-000000000000")
                except TooMany as error:
                    waits = (error.retry_after or 0) > 1
                    found.append((error.problem.code, waits))
                except Exception as error:
                    found.append((type(error).__name__, False))
            return found

    assert await asyncio.to_thread(spend) == [("NotFound", False), ("rate_limited", True)]
    assert (await cloche("tenants", "set", tenant, "--rate", "default"))[0] == 0
    assert "each key" not in (await cloche("tenants", "ls"))[1]
    code, _, err = await cloche("tenants", "set", tenant, "--rate", "walk=1/min")
    assert (code, "is no rate" in err) == (2, True)


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["read=100/min"], SetRates(read=SetRate(per_minute=100))),
        (["write=2/s,5"], SetRates(write=SetRate(per_minute=120, burst=5))),
        (["admin=120/h"], SetRates(admin=SetRate(per_minute=2))),
        (
            ["read=1/m", "stream=3/min"],
            SetRates(read=SetRate(per_minute=1), stream=SetRate(per_minute=3)),
        ),
    ],
)
def test_rates_are_read_as_they_are_written(words: list[str], asked: SetRates) -> None:
    assert rates.rates(words) == asked


@pytest.mark.parametrize(
    "word", ["read", "read=5", "walk=1/min", "read=1/day", "read=1/h", "read=0/min", "read=1/min,0"]
)
def test_what_is_no_rate_is_told(word: str) -> None:
    with pytest.raises(BadWord):
        rates.rates([word])


def written() -> Iterator[tuple[Rates, list[str]]]:
    yield Rates(), []
    yield Rates(read=Rate(per_minute=5, burst=2)), ["read=5/min,2"]


def test_rates_are_written_as_they_are_read() -> None:
    assert rates.words_of(UNSET) == []
    for given, words in written():
        assert rates.words_of(given) == words
        assert rates.change(None) is UNSET
        assert rates.change(["default"]) is None
