"""Keys that are not good, by address: bounded in number and in memory, and no way to lock others out."""

from ipaddress import ip_network

import httpx2
import pytest
from cloche_gateway import strangers as strangers_module
from cloche_gateway.gcra import SECOND
from cloche_gateway.problems import ClientError
from cloche_gateway.strangers import Strangers
from support.gateway import KEY, assert_problem, stage_with
from support.shared_budgets import Clock

BAD = {"Authorization": "Bearer cloche_aaaaaaaaaaaa_" + "0" * 48}


def scope(host: str, *forwarded: str) -> dict[str, object]:
    headers = [(b"x-forwarded-for", one.encode()) for one in forwarded]
    return {"type": "http", "client": (host, 1), "headers": headers}


def refused(strangers: Strangers, host: str, *forwarded: str) -> bool:
    try:
        strangers.check(scope(host, *forwarded))
    except ClientError as error:
        return (error.slug, error.headers["Retry-After"] > "0") == ("too_many_failures", True)
    return False


def test_an_address_may_fail_so_often_and_again_after_a_while() -> None:
    clock = Clock()
    strangers = Strangers(60, clock=clock)
    for _ in range(60):
        assert not refused(strangers, "192.0.2.1")
        strangers.failed(scope("192.0.2.1"))
    assert refused(strangers, "192.0.2.1")
    assert not refused(strangers, "192.0.2.2")
    clock.now += SECOND
    assert not refused(strangers, "192.0.2.1")
    strangers.failed(scope("192.0.2.1"))
    assert refused(strangers, "192.0.2.1")


def test_of_ipv6_the_network_counts_and_mapped_addresses_are_those_of_ipv4() -> None:
    strangers = Strangers(1)
    strangers.failed(scope("2001:db8::1"))
    assert refused(strangers, "2001:db8::ffff:2")
    assert not refused(strangers, "2001:db8:0:1::1")
    strangers.failed(scope("::ffff:192.0.2.1"))
    assert refused(strangers, "192.0.2.1")


def test_the_memory_is_bounded_and_who_failed_last_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(strangers_module, "MOST_ADDRESSES", 100)
    strangers = Strangers(1)
    for number in range(1000):
        strangers.failed(scope(f"10.0.{number // 256}.{number % 256}"))
        strangers.failed(scope("192.0.2.1"))
    assert len(strangers._tats) <= 100
    assert refused(strangers, "192.0.2.1")
    assert not refused(strangers, "10.0.0.1")


def test_what_a_client_says_of_where_it_comes_from_counts_only_through_a_proxy_of_ours() -> None:
    trusted = (ip_network("10.0.0.0/8"),)
    strangers = Strangers(1, trusted)
    strangers.failed(scope("10.0.0.1", "203.0.113.9, 198.51.100.7"))
    # The last hop that is none of ours: what stands before it is the client's own word.
    assert refused(strangers, "10.0.0.2", "192.0.2.1, 198.51.100.7")
    assert refused(strangers, "10.0.0.2", "198.51.100.7", "10.1.2.3")
    assert not refused(strangers, "10.0.0.1", "203.0.113.9")
    assert not refused(strangers, "192.0.2.1", "198.51.100.7")
    # Nobody is not an address.
    strangers.failed({"type": "http", "client": None, "headers": []})
    strangers.failed(scope("10.0.0.1", "x" * 1000))
    assert all(len(one) <= 64 for one in strangers._tats)


async def test_who_tries_keys_is_answered_429_and_keys_in_use_go_on() -> None:
    async with stage_with(failures_per_minute=3) as stage:
        header = await stage.key()
        assert (await stage.client.get("/v1", headers=header)).status_code == 200
        unused = await stage.key()
        answers = [await stage.client.get("/v1", headers=BAD) for _ in range(5)]
        assert [one.status_code for one in answers] == [401] * 3 + [429] * 2
        problem = assert_problem(answers[4], 429, "too_many_failures")
        assert 0 < problem["retry_after_seconds"] <= 20
        assert (await stage.client.get("/v1", headers=header)).status_code == 200
        # A key that nobody has used here might be a good guess: it is not even looked at.
        assert (await stage.client.get("/v1", headers=unused)).status_code == 429
        other = httpx2.ASGITransport(app=stage.app, client=("192.0.2.7", 1))
        async with httpx2.AsyncClient(transport=other, base_url="http://cloche") as elsewhere:
            assert (await elsewhere.get("/v1", headers=unused)).status_code == 200
            assert (await elsewhere.get("/v1")).status_code == 401


async def test_no_key_at_all_counts_too_and_is_still_told_to_bring_one() -> None:
    async with stage_with(failures_per_minute=2) as stage:
        for _ in range(4):
            answer = await stage.client.get("/v1", headers={"Authorization": ""})
            assert answer.status_code == 401
        answer = await stage.client.get("/v1", headers={"Authorization": f"Bearer {KEY}x"})
        assert answer.status_code == 429
