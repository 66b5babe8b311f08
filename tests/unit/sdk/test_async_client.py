"""The awaited client: the same nouns as the blocking one, over the same descriptions."""

import asyncio
import inspect
from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx2
import pytest
from cloche import AsyncClient, Client, Retries, SubmitBatch, SubmitEvaluation, errors
from cloche.batches import AsyncBatches, Batches
from cloche.dead_letters import AsyncDeadLetters, DeadLetters
from cloche.many import Progress
from cloche.projections import AsyncProjections, Projections
from cloche_schemas.events import EvaluationCompleted, OutputChunk
from support.fake_answers import ID, KEY
from support.fake_batches import BATCH, look, member
from support.fake_feed import Break
from support.fake_gateway import FakeGateway, chunk, completed
from support.waiting import wait_until


@pytest.fixture
async def client(gateway: FakeGateway) -> AsyncIterator[AsyncClient]:
    async with AsyncClient(gateway.url, KEY) as client:
        yield client


def public(kind: type) -> set[str]:
    return {name for name in dir(kind) if not name.startswith("_")}


def test_both_have_the_same_nouns() -> None:
    """But for how they are closed."""
    assert public(Client) - {"close"} == public(AsyncClient) - {"aclose"}
    for blocking, awaited in (
        (Batches, AsyncBatches),
        (DeadLetters, AsyncDeadLetters),
        (Projections, AsyncProjections),
    ):
        assert public(blocking) == public(awaited)


def test_each_method_has_one_signature_and_one_docstring() -> None:
    for name in public(Client) - {"close", "local", "configured", "patience", "retries"}:
        blocking, awaited = getattr(Client, name), getattr(AsyncClient, name)
        assert inspect.signature(blocking) == inspect.signature(awaited)
        assert blocking.__doc__ == awaited.__doc__
        assert blocking.__doc__, name
        assert not inspect.iscoroutinefunction(blocking)


async def test_a_program_goes_in_and_its_end_is_waited_for(
    client: AsyncClient, gateway: FakeGateway
) -> None:
    waiting = asyncio.create_task(client.run(SubmitEvaluation(code="print(1)")))
    await wait_until(lambda: gateway.submitted)
    gateway.add(chunk(0, b"1\n"), completed())
    view = await waiting
    assert (view.id, view.outcome) == (ID, "succeeded")
    assert await client.output(ID) == b"1\n"
    assert [piece async for piece in client.output_pieces(ID, start=0, end=1)] == [b"1"]


@pytest.mark.parametrize("how", ["drop", "reconnect"])
async def test_a_broken_feed_is_resumed_without_gap_or_duplicate(
    client: AsyncClient, gateway: FakeGateway, how: Break
) -> None:
    gateway.add(*(chunk(n, b"%d" % n) for n in range(5)), completed())
    gateway.breaks = {2: how, 4: how}
    events = [event async for event in client.events(ID)]
    assert [e.event.index for e in events if isinstance(e.event, OutputChunk)] == [0, 1, 2, 3, 4]
    assert isinstance(events[-1].event, EvaluationCompleted)
    assert gateway.resumed_after == [None, *(["e-1", "e-3"] if how == "drop" else ["e-2", "e-4"])]


async def test_a_stream_that_is_left_early_lets_its_connection_go(
    client: AsyncClient, gateway: FakeGateway
) -> None:
    gateway.add(chunk(0, b"a"))
    async with aclosing(client.events(ID)) as events:
        async for event in events:
            assert event.cursor == "e-1"
            break
    pool = client._transport.http._transport
    assert isinstance(pool, httpx2.AsyncHTTPTransport)
    assert pool._pool.connections == []


async def test_a_call_that_is_cancelled_ends_at_once(
    client: AsyncClient, gateway: FakeGateway
) -> None:
    waiting = asyncio.create_task(client.wait(ID))
    await wait_until(lambda: gateway.resumed_after)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(2):
            await waiting


async def test_waiting_has_an_end(client: AsyncClient, gateway: FakeGateway) -> None:
    gateway.add(chunk(0, b"a"))
    with pytest.raises(errors.NotOver):
        await client.wait(ID, timeout=0.2)


async def test_refusals_and_silence_are_the_same_errors(gateway: FakeGateway) -> None:
    async with AsyncClient(gateway.url, "wrong") as client:
        with pytest.raises(errors.NotAuthorised):
            await client.get(ID)
        with pytest.raises(errors.NotAuthorised):
            [event async for event in client.events(ID)]
    with pytest.raises(errors.BadTarget):
        AsyncClient("nonsense", KEY)
    gone = httpx2.MockTransport(lambda _request: httpx2.Response(200, content=b"<html>"))
    async with AsyncClient("http://fake", KEY, transport=gone) as client:
        with pytest.raises(errors.UnexpectedAnswer):
            await client.get(ID)


async def test_what_failed_for_now_is_sent_again() -> None:
    asked: list[str] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.method)
        if len(asked) == 1:
            raise httpx2.ReadError("gone")
        return httpx2.Response(200, content=b'{"items": []}')

    transport = httpx2.MockTransport(answer)
    retries = Retries(base_seconds=0.001)
    async with AsyncClient("http://fake", KEY, transport=transport, retries=retries) as client:
        assert (await client.schedules()).items == ()
    assert asked == ["GET", "GET"]


async def test_a_batch_gives_each_evaluation_as_it_ends(
    client: AsyncClient, gateway: FakeGateway
) -> None:
    gateway.batches.looks = [
        look({"queued": 2}, {}),
        look({"completed": 2}, {"succeeded": 1, "failed": 1}),
    ]
    gateway.batches.members = (member(0, "succeeded"), member(1, "failed"))
    seen: list[Progress] = []
    programs = [SubmitEvaluation(code=str(n)) for n in range(2)]
    found = [view async for view in client.batches.run(programs, name="n", progress=seen.append)]
    assert tuple(found) == gateway.batches.members
    assert [(one.over, one.size) for one in seen] == [(0, 2), (2, 2)]
    accepted = await client.batches.submit(SubmitBatch(evaluations=tuple(programs)))
    assert (await client.batches.wait(accepted.id)).id == BATCH
    assert [one.id async for one in client.batches.evaluations(BATCH, outcome="failed")] == [
        found[1].id
    ]
    assert (await client.languages()).images == ("gcc", "python")
