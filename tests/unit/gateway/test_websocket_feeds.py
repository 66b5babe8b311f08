"""/v1/ws tells what the server-sent events tell, of several subscriptions on one connection."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
from cloche_schemas.batches import member_id
from cloche_schemas.events import OutputArchived
from cloche_schemas.feeds import FeedError, ServerMessage
from cloche_schemas.feeds_api import feeds_asyncapi
from cloche_schemas.subjects import Address
from support.gateway import UNKNOWN, Stage, parse_events, stage_with
from support.replaying import archived, replayed, run, sequences
from support.talking import Said, Talk, cursors, talking, types
from support.waiting import wait_until

_server = msgspec.json.Decoder(ServerMessage)
WHOLE = ["queued", "started", "output-chunk", "output-chunk", "completed"]


async def ready(talk: Talk) -> None:
    assert (await talk.hear())["type"] == "ready"


async def test_an_evaluation_is_told_as_by_server_sent_events(stage: Stage) -> None:
    address = await run(stage)
    feed = await stage.client.get(f"/v1/evaluations/{address.evaluation}/events")
    shown = [event for event in parse_events(feed.text) if event.id]
    async with stage.listening() as client, talking(client.base_url.port) as talk:
        said = await talk.hear()
        assert said == {
            "type": "ready",
            "tenant": "main",
            "subscriptions": 64,
            "message_bytes": 65_536,
        }
        await talk.say("subscribe", id=7, evaluation=address.evaluation)
        heard = await talk.hear_until("end")
        assert heard[0] == {"type": "subscribed", "id": 7}
        assert heard[-1] == {"type": "end", "id": 7}
        assert cursors(heard, 7) == [event.id for event in shown]
        for one, event in zip(heard[1:-1], shown, strict=True):
            assert one["event"] == msgspec.json.decode(event.data)
            # Whatever is said is what the contract says.
            _server.decode(msgspec.json.encode(one))


@pytest.mark.parametrize("seen", [0, 1, 3, 4, 5])
async def test_it_goes_on_after_a_cursor(stage: Stage, seen: int) -> None:
    address = await run(stage)
    await stage.append(address, OutputArchived(attempt=1))
    epoch = (await stage.bus.state()).epoch
    after = "beginning" if seen == 0 else f"{epoch}-{seen}"
    async with stage.listening() as client, talking(client.base_url.port) as talk:
        await ready(talk)
        await talk.say("subscribe", id=1, evaluation=address.evaluation, after=after)
        heard = await talk.hear_until("end")
        assert cursors(heard) == [f"{epoch}-{n}" for n in range(seen + 1, 6)]


async def test_what_happens_is_told_at_once_and_the_id_is_free_after_the_end(
    stage: Stage,
) -> None:
    async with stage.listening() as client, talking(client.base_url.port) as talk:
        await ready(talk)
        for _ in range(2):
            address = await stage.submit()
            await talk.say("subscribe", id=1, evaluation=address.evaluation)
            assert [(await talk.hear())["type"] for _ in range(2)] == ["subscribed", "event"]
            await stage.start(address)
            assert types([await talk.hear()]) == ["started"]
            await stage.print(address, b"x")
            assert types([await talk.hear()]) == ["output-chunk"]
            await stage.complete(address)
            assert types(await talk.hear_until("end")) == ["completed"]
    await wait_until(lambda: stage.bus.followers == [])


async def test_many_subscriptions_share_a_connection_and_the_reader(stage: Stage) -> None:
    one, two = await stage.submit(), await stage.submit()
    async with stage.listening() as client, talking(client.base_url.port) as talk:
        await ready(talk)
        await talk.say("subscribe", id=1, evaluation=one.evaluation)
        await talk.say("subscribe", id=2, evaluation=two.evaluation)
        await talk.say("subscribe", id=3)
        heard: list[Said] = []
        while [said["type"] for said in heard].count("subscribed") < 3:
            heard.append(await talk.hear())
        await wait_until(lambda: len(stage.bus.followed) == 3 and stage.bus.followers == [()])
        await stage.start(two)
        await stage.start(one)
        await stage.complete(one)
        heard += await talk.hear_until("end")
        while len(cursors(heard, 3)) < 3 or len(cursors(heard, 2)) < 2:
            heard.append(await talk.hear())
        assert types(heard, 1) == ["queued", "started", "completed"]
        assert types(heard, 2) == ["queued", "started"]
        # Of a tenant, what comes from now on.
        assert types(heard, 3) == ["started", "started", "completed"]
        assert stage.bus.followed.count(()) == 1


async def test_a_batch_is_followed_to_its_end_with_its_progress(stage: Stage) -> None:
    body = {"evaluations": [{"code": "print(1)"}] * 2}
    batch = (await stage.client.post("/v1/batches", json=body)).json()["id"]
    async with stage.listening() as client, talking(client.base_url.port) as talk:
        await ready(talk)
        await talk.say("subscribe", id=1, batch=batch)
        assert (await talk.hear_until("progress"))[-1]["progress"]["by_status"] == {"queued": 2}
        for index in range(2):
            address = Address("main", member_id(batch, index))
            await stage.start(address)
            await stage.print(address, b"not told")
            await stage.complete(address)
        heard = await talk.hear_until("end")
        assert sorted(types(heard)) == ["completed"] * 2 + ["started"] * 2
        last = [one["progress"] for one in heard if one["type"] == "progress"][-1]
        assert (last["over"], last["by_outcome"]) == (2, {"succeeded": 2})
        await talk.say("subscribe", id=1, batch=batch, after=cursors(heard)[-1])
        assert [one["type"] for one in await talk.hear_until("end")] == ["subscribed", "end"]


@pytest.fixture
async def lively() -> AsyncIterator[Stage]:
    """It says at once, for want of events, how far it is."""
    async with stage_with(ping_seconds=0.05) as stage:
        yield stage


async def test_a_tenants_history_is_told_from_any_place_and_goes_on(lively: Stage) -> None:
    await run(lively)
    await archived(lively, 5)
    lively.bus.gone = {1, 2, 3}
    epoch = (await lively.bus.state()).epoch
    async with lively.listening() as client, talking(client.base_url.port) as talk:
        await ready(talk)
        for id_, after in enumerate(("beginning", f"{epoch}-3", "3")):
            await talk.say("subscribe", id=id_, after=after)
            expected = [f"{epoch}-{n}" for n in range((1, 4, 3)[id_], 6)]
            # Before the past has been found it may be said several times how far it is.
            heard = await talk.hear_events(len(expected), id_)
            assert cursors(heard, id_) == expected
            await talk.hear_until("cursor")
            await talk.say("unsubscribe", id=id_)
            assert (await talk.hear_until("unsubscribed"))[-1]["id"] == id_
        await talk.say("subscribe", id=9, after=f"{epoch}-5")
        heard = await talk.hear_until("cursor")
        await run(lively)
        while len(cursors(heard, 9)) < 5:
            heard.append(await talk.hear())
        assert types(heard, 9) == WHOLE


@pytest.mark.parametrize(
    ("wish", "query"),
    [
        ({"types": ["completed", "queued"]}, {"type": ["completed", "queued"]}),
        ({"outcomes": ["failed"]}, {"outcome": "failed"}),
        ({"labels": ["model=a"]}, {"label": "model=a"}),
        ({"labels": ["model"], "output": False}, {"label": "model", "output": "false"}),
        ({"languages": ["bash"]}, {"language": "bash"}),
    ],
)
async def test_filters_are_those_of_the_history(
    stage: Stage, wish: dict[str, object], query: dict[str, object]
) -> None:
    await run(stage, labels={"model": "a"})
    address = await run(stage, language="bash")
    expected = sequences(await replayed(stage, **query))
    async with stage.listening() as client, talking(client.base_url.port) as talk:
        await ready(talk)
        await talk.say("subscribe", id=1, after="beginning", **wish)
        heard = (
            await talk.hear_events(len(expected)) if expected else await talk.hear_until("cursor")
        )
        assert [int(one.rpartition("-")[2]) for one in cursors(heard)] == expected
        await talk.say("subscribe", id=2, evaluation=address.evaluation, **wish)
        mine = [n for n in expected if n > 5]
        of_one = cursors(await talk.hear_until("end"), 2)
        assert [int(one.rpartition("-")[2]) for one in of_one] == mine


async def test_silence_is_broken_by_the_place_that_is_reached(lively: Stage) -> None:
    other = await lively.tenant()
    async with lively.listening() as client, talking(client.base_url.port) as talk:
        await ready(talk)
        await talk.say("subscribe", id=1)
        await talk.hear_until("cursor")
        await run(lively, other)
        epoch = (await lively.bus.state()).epoch
        while (await talk.hear_until("cursor"))[-1]["cursor"] != f"{epoch}-5":
            pass


async def test_nothing_is_lost_or_doubled_while_output_races_the_subscriptions(
    stage: Stage,
) -> None:
    address = await stage.submit()
    await stage.start(address)

    async def write() -> None:
        for n in range(200):
            await stage.print(address, b"%d\n" % n)
        await stage.complete(address)

    async def watch(port: int | None, delay: int) -> list[int]:
        for _ in range(delay):
            await asyncio.sleep(0)
        async with talking(port) as talk:
            await ready(talk)
            await talk.say("subscribe", id=1, evaluation=address.evaluation)
            heard = await talk.hear_until("end")
            return [int(one.rpartition("-")[2]) for one in cursors(heard)]

    async with stage.listening() as client:
        port = client.base_url.port
        writing = asyncio.create_task(write())
        seen = await asyncio.gather(*(watch(port, delay) for delay in range(0, 200, 40)))
        await writing
    assert seen == [list(range(1, 204))] * 5


async def test_a_subscription_that_cannot_go_on_says_so_and_leaves_the_others(
    stage: Stage,
) -> None:
    async with stage.listening() as client, talking(client.base_url.port) as talk:
        await ready(talk)
        await talk.say("subscribe", id=1)
        await talk.hear_until("cursor", "subscribed")
        await wait_until(lambda: stage.bus.followers == [()])
        stage.bus.lose()
        [error] = [one for one in await talk.hear_until("error") if one["type"] == "error"]
        assert (error["id"], error["problem"]["code"]) == (1, "unavailable")
        decoded = _server.decode(msgspec.json.encode(error))
        assert isinstance(decoded, FeedError)
        await talk.say("ping")
        assert await talk.hear() == {"type": "pong"}


async def test_what_cannot_be_followed(stage: Stage) -> None:
    async with stage.listening() as client, talking(client.base_url.port) as talk:
        await ready(talk)
        for wish, code, pointer in (
            ({"evaluation": UNKNOWN}, "not_found", None),
            ({"batch": UNKNOWN}, "not_found", None),
            ({"evaluation": UNKNOWN, "batch": UNKNOWN}, "contradiction", "/batch"),
            ({"evaluation": "x"}, "invalid_body", "/evaluation"),
            ({"tenant": "nobody"}, "unknown_tenant", "/tenant"),
            ({"after": "yesterday"}, "invalid_position", "/after"),
            ({"labels": ["=x"]}, "invalid_parameter", "/labels/0"),
            ({"types": ["queued"], "outcomes": ["failed"]}, "invalid_parameter", "/outcomes"),
            ({"types": ["moved"]}, "invalid_body", "/types/0"),
            ({"colour": "red"}, "invalid_body", "/colour"),
        ):
            await talk.say("subscribe", id=5, **wish)
            error = await talk.hear()
            assert (error["type"], error["id"]) == ("error", 5), wish
            assert error["problem"]["code"] == code, wish
            assert error["problem"]["instance"] == "/v1/ws"
            assert error["problem"]["request_id"]
            if pointer is not None:
                assert error["problem"]["errors"][0]["pointer"] == pointer
        address = await run(stage)
        await talk.say("subscribe", id=5, evaluation=address.evaluation, after="x")
        error = await talk.hear()
        assert error["problem"]["code"] == "invalid_cursor"
        assert error["problem"]["errors"][0]["pointer"] == "/after"


async def test_tenants_are_told_only_of_their_own_and_administrators_of_any(lively: Stage) -> None:
    other = await lively.tenant()
    theirs = await lively.key(other)
    mine = await run(lively)
    await run(lively, other)
    async with (
        lively.listening() as client,
        talking(client.base_url.port, headers=theirs) as talk,
        talking(client.base_url.port) as admin,
    ):
        assert (await talk.hear())["tenant"] == other
        await talk.say("subscribe", id=1, evaluation=mine.evaluation)
        assert (await talk.hear())["problem"]["code"] == "not_found"
        await talk.say("subscribe", id=1, tenant="main")
        assert (await talk.hear())["problem"]["code"] == "forbidden"
        await talk.say("subscribe", id=1, tenant=other, after="beginning")
        heard = await talk.hear_events(5)
        assert [int(one.rpartition("-")[2]) for one in cursors(heard)] == [6, 7, 8, 9, 10]
        await ready(admin)
        await admin.say("subscribe", id=1, tenant=other, after="beginning")
        assert cursors(await admin.hear_events(5)) == cursors(heard)


async def test_the_contract_is_there_for_programs(stage: Stage) -> None:
    answer = await stage.client.get("/feeds.asyncapi.json")
    assert answer.headers["content-type"] == "application/vnd.aai.asyncapi+json"
    assert answer.json() == msgspec.json.decode(msgspec.json.encode(feeds_asyncapi()))
