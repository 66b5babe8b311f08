"""A key that is no longer good ends what it has open, whoever said so, and nobody else's."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest
from cloche_gateway import open_answers
from cloche_gateway.open_answers import OpenAnswers
from support.gateway import Stage, read_events
from support.waiting import wait_until

KEYS = "/v1/keys"
SECOND = 1.0


async def key_of(stage: Stage, **fields: object) -> tuple[dict[str, str], str]:
    """The header of a new key, and where the key is."""
    answer = await stage.client.post(KEYS, json={"name": "ci", **fields})
    header = {"Authorization": f"Bearer {answer.json()['api_key']}"}
    return header, answer.headers["location"]


async def test_an_open_feed_ends_within_a_second_and_cannot_be_opened_again(stage: Stage) -> None:
    address = await stage.submit()
    header, path = await key_of(stage)
    other, _ = await key_of(stage)
    feed = f"/v1/evaluations/{address.evaluation}/events"
    async with (
        stage.listening() as client,
        client.stream("GET", feed, headers=header) as ours,
        client.stream("GET", feed, headers=other) as theirs,
    ):
        events, others = read_events(ours), read_events(theirs)
        assert (await anext(events)).name == "queued"
        assert (await anext(others)).name == "queued"
        begun = time.monotonic()
        await stage.client.delete(path)
        # The client is told to come back, as by a gateway that stops, and then why it may not.
        assert [event.name async for event in events] == ["reconnect"]
        assert time.monotonic() - begun < SECOND
        assert (await client.get(feed, headers=header)).status_code == 401
        await stage.start(address)
        assert (await anext(others)).name == "started"


@pytest.mark.parametrize("accept", ["application/x-ndjson", "text/event-stream"])
async def test_so_does_a_replay_that_follows(stage: Stage, accept: str) -> None:
    await stage.submit()
    header, path = await key_of(stage)
    async with (
        stage.listening() as client,
        client.stream(
            "GET", "/v1/events?follow=true", headers=header | {"Accept": accept}
        ) as answer,
    ):
        lines = answer.aiter_lines()
        while "queued" not in await anext(lines):
            pass
        begun = time.monotonic()
        await stage.client.delete(path)
        rest = [line async for line in lines]
        assert time.monotonic() - begun < SECOND
        assert any("reconnect" in line for line in rest)


async def test_the_old_secret_of_a_rotation_ends_what_it_has_open_and_the_new_one_goes_on(
    stage: Stage,
) -> None:
    address = await stage.submit()
    old, path = await key_of(stage)
    made = (await stage.client.post(f"{path}/rotate")).json()
    new = {"Authorization": f"Bearer {made['api_key']}"}
    feed = f"/v1/evaluations/{address.evaluation}/events"
    async with (
        stage.listening() as client,
        client.stream("GET", feed, headers=old) as before,
        client.stream("GET", feed, headers=new) as after,
    ):
        olds, news = read_events(before), read_events(after)
        assert (await anext(olds)).name == (await anext(news)).name == "queued"
        await stage.client.delete(f"{path}/secrets/previous")
        assert [event.name async for event in olds] == ["reconnect"]
        await stage.start(address)
        assert (await anext(news)).name == "started"


async def test_a_feed_ends_when_its_key_expires(stage: Stage) -> None:
    address = await stage.submit()
    header, _ = await key_of(stage, expires_seconds=0.5)
    feed = f"/v1/evaluations/{address.evaluation}/events"
    async with stage.listening() as client, client.stream("GET", feed, headers=header) as answer:
        names = [event.name async for event in read_events(answer)]
    assert names == ["queued", "reconnect"]


async def test_nothing_is_kept_of_an_answer_that_is_over(stage: Stage) -> None:
    address = await stage.submit()
    header, _ = await key_of(stage)
    await stage.start(address)
    await stage.complete(address)
    await stage.client.get(f"/v1/evaluations/{address.evaluation}/events", headers=header)
    assert stage.keyring.answers._open == {}


async def test_a_clock_that_is_set_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(open_answers, "LOOK_SECONDS", 0.01)
    end = datetime.now(UTC) + timedelta(days=1)
    now = [datetime.now(UTC)]
    answers = OpenAnswers(lambda _key, _digest: (end - now[0]).total_seconds())
    with answers.open("k", "d") as ended:
        await asyncio.sleep(0.05)
        assert not ended.is_set()
        now[0] = end
        await wait_until(ended.is_set)


async def test_a_key_whose_record_nobody_understands_ends_what_it_has_open(stage: Stage) -> None:
    header, path = await key_of(stage)
    id_ = path.rpartition("/")[2]
    record = stage.keyring.key(id_)
    assert record is not None
    following = asyncio.create_task(stage.keyring.follow())
    try:
        with stage.keyring.answers.open(id_, record.digest) as ended:
            assert (await stage.client.get("/v1", headers=header)).status_code == 200
            await stage.access.append(f"access.keys.{id_}", b'{"type":"later.v9"}', msg_id="later")
            await asyncio.wait_for(ended.wait(), SECOND)
    finally:
        following.cancel()
        await asyncio.wait({following})
