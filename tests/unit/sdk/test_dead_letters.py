"""Dead letters, attempts and timelines by the command and the client, against a real gateway over stores in memory."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from cloche import Client, Conflict, NotFound
from cloche.dead_letters import DeadLetters
from cloche_schemas.dead_letters import SelectDeadLetters
from cloche_schemas.events import AttemptFailed
from support.command import Ran
from support.gateway import KEY, Stage, stage_with
from support.letters import given_up, put_aside

pytestmark = pytest.mark.usefixtures("stage")
LOG = "evaluations.main.00000000-0000-7000-8000-000000000001.lifecycle.log"


class Called:
    """The command in a thread, against this gateway."""

    def __init__(self, ran: Ran, url: str) -> None:
        self.ran, self.url = ran, url

    async def __call__(self, *words: str) -> tuple[int, str, str]:
        code, out, err = await asyncio.to_thread(self.ran, self, *words, key=KEY)
        return code, out.decode(), err.decode()

    async def listed(self, *words: str) -> list[str]:
        """Ids of what is listed."""
        code, out, _ = await self("dlq", "ls", "--json", *words)
        assert code == 0
        return [json.loads(line)["id"] for line in out.splitlines()]


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with stage_with() as stage:
        yield stage


@pytest.fixture
async def cloche(stage: Stage, ran: Ran) -> AsyncIterator[Called]:
    async with stage.listening() as client:
        yield Called(ran, str(client.base_url))


async def test_they_are_listed_and_one_is_shown_whole(stage: Stage, cloche: Called) -> None:
    address, evaluation = await given_up(stage)
    message = await put_aside(stage, LOG, b"{not json")
    assert await cloche.listed() == [evaluation, message]
    assert await cloche.listed("--kind", "message") == [message]
    assert await cloche.listed("--reason", "executor_lost", "--since", "1h") == [evaluation]
    assert await cloche.listed("--handler", "storage") == []
    code, out, _ = await cloche("dlq", "ls")
    first = out.splitlines()[0]
    assert code == 0
    assert first.startswith(evaluation)
    assert address.evaluation in first
    assert "executor_lost" in first
    shown = json.loads((await cloche("dlq", "show", evaluation))[1])
    assert shown["payload"]["subject"] == address.evaluation
    assert (await cloche("dlq", "show", "nothing"))[0] == 1


async def test_one_runs_again_and_so_do_all_but_those_that_cannot(
    stage: Stage, cloche: Called
) -> None:
    _, letter = await given_up(stage)
    code, out, _ = await cloche("dlq", "requeue", letter)
    assert code == 0
    assert (await stage.client.get(f"/v1/evaluations/{out.strip()}")).json()["status"] == "queued"
    for _ in range(2):
        await given_up(stage)
    message = await put_aside(stage, LOG, b"{not json")
    code, _, err = await cloche("dlq", "requeue", message)
    assert (code, "cannot be read" in err) == (1, True)
    code, out, err = await cloche("dlq", "requeue", "--all")
    assert (code, len(out.split())) == (1, 2)
    assert f"{message} stays" in err
    assert await cloche.listed() == [message]
    assert (await cloche("dlq", "requeue", "--kind", "evaluation"))[:2] == (0, "")


async def test_what_is_purged_is_gone(stage: Stage, cloche: Called) -> None:
    _, evaluation = await given_up(stage)
    letters = [await put_aside(stage, LOG, b"%d" % number) for number in range(3)]
    code, _, err = await cloche("dlq", "purge", letters[0])
    assert (code, err) == (0, "1 purged\n")
    code, _, err = await cloche("dlq", "purge", "--kind", "message")
    assert (code, err) == (0, "2 purged\n")
    assert await cloche.listed() == [evaluation]
    assert (await cloche("dlq", "purge", "--all"))[0] == 0
    assert await cloche.listed() == []


@pytest.mark.parametrize(
    "words",
    [
        ("requeue",),
        ("purge",),
        ("purge", "letter", "--all"),
        ("requeue", "letter", "--reason", "x"),
        ("purge", "--since", "soon"),
        ("ls", "--since", "soon"),
        ("ls", "--kind", "other"),
    ],
)
async def test_what_makes_no_sense_touches_nothing(
    stage: Stage, cloche: Called, words: tuple[str, ...]
) -> None:
    letter = await put_aside(stage, LOG, b"1")
    assert (await cloche("dlq", *words))[0] != 0
    assert await cloche.listed() == [letter]


async def test_more_than_one_answer_holds_are_all_reached(stage: Stage, cloche: Called) -> None:
    for number in range(205):
        await put_aside(stage, LOG, b"%d" % number)
    assert len(await cloche.listed()) == 205
    assert (await cloche("dlq", "requeue", "--all"))[2].count("stays") == 205
    assert (await cloche("dlq", "purge", "--all"))[2] == "205 purged\n"


async def test_the_client_has_a_method_for_each(stage: Stage, cloche: Called) -> None:
    address, letter = await given_up(stage)
    message = await put_aside(stage, LOG, b"1")
    hour_ago = datetime.now(UTC) - timedelta(hours=1)

    def ask(letters: DeadLetters) -> None:
        page = letters.list(limit=1, since=hour_ago)
        assert [one.id for one in page.items] == [letter]
        rest = letters.list(since=hour_ago, cursor=page.next_cursor)
        assert [one.id for one in rest.items] == [message]
        requeued = letters.requeue(letter)
        assert requeued.rerun_of == address.evaluation
        assert letters.requeue(letter) == requeued
        with pytest.raises(Conflict):
            letters.requeue(message)
        assert letters.requeue_all().refused[0].letter == message
        assert letters.purge(SelectDeadLetters(kind="evaluation")).purged == 0
        assert letters.delete(message).id == message
        with pytest.raises(NotFound):
            letters.get(message)

    def with_client() -> None:
        with Client(cloche.url, KEY) as client:
            ask(client.dead_letters)

    await asyncio.to_thread(with_client)


async def test_the_client_tells_attempts_and_what_each_wrote(stage: Stage, cloche: Called) -> None:
    address = await stage.submit()
    await stage.start(address)
    await stage.print(address, b"lost")
    await stage.append(address, AttemptFailed(attempt=1, reason="executor_lost"))

    def ask() -> None:
        with Client(cloche.url, KEY) as client:
            (attempt,) = client.attempts(address.evaluation).items
            assert (attempt.number, attempt.reason) == (1, "executor_lost")
            assert client.output(address.evaluation) == b""
            assert client.output(address.evaluation, attempt=1) == b"lost"
            names = [span.name for span in client.timeline(address.evaluation).spans]
            assert names[:3] == ["evaluation", "dequeue", "run attempt"]

    await asyncio.to_thread(ask)
    assert (await cloche("output", address.evaluation, "--attempt", "1"))[1] == "lost"
    code, out, _ = await cloche("attempts", address.evaluation)
    assert code == 0
    assert out.split()[0] == "1"
    assert out.rstrip().endswith("bubblewrap  e1  executor_lost")
    one = json.loads((await cloche("attempts", address.evaluation, "--json"))[1])
    assert one["reason"] == "executor_lost"
    code, out, _ = await cloche("timeline", address.evaluation)
    assert code == 0
    assert [line.split()[2] for line in out.splitlines()][:2] == ["evaluation", "dequeue"]
    assert "executor_lost" in out
    spans = (await cloche("timeline", address.evaluation, "--json"))[1].splitlines()
    assert json.loads(spans[0])["id"] == "evaluation"
