"""Schedules, and runs for later, by the command and the client, against a real gateway over stores in memory."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cloche import Client, CreateSchedule, Invalid, NotFound, SubmitEvaluation
from support.command import Ran
from support.gateway import KEY, Stage, stage_with


class Called:
    """The command in a thread against this gateway."""

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


async def test_one_is_made_shown_paused_resumed_triggered_and_deleted(
    cloche: Called, program: Path
) -> None:
    words = ("0 9 * * *", str(program), "an-argument", "--timezone", "Europe/Berlin", "--limit")
    code, out, err = await cloche("schedules", "create", *words, "pids=9", "--name", "mornings")
    id_ = out.strip()
    assert (code, "mornings" in err, "next " in err) == (0, True, True), err
    one = json.loads((await cloche("schedules", "get", id_, "--json"))[1])
    assert (one["cron"], one["timezone"]) == ("0 9 * * *", "Europe/Berlin")
    assert one["evaluation"]["argv"] == ["an-argument"]
    assert one["evaluation"]["limits"] == {"pids": 9}
    assert one["evaluation"]["name"] == "program.py"
    assert "next_due" in (await cloche("schedules", "get", id_))[1]

    assert "paused" in (await cloche("schedules", "pause", id_))[2]
    assert "paused" in (await cloche("schedules", "ls"))[1]
    assert "next" in (await cloche("schedules", "resume", id_))[2]
    evaluation = (await cloche("schedules", "trigger", id_))[1].strip()
    assert json.loads((await cloche("get", evaluation, "--json"))[1])["schedule"] == id_

    listed = (await cloche("schedules", "ls", "--json"))[1].splitlines()
    assert [json.loads(line)["id"] for line in listed] == [id_]
    assert (await cloche("schedules", "rm", id_))[0] == 0
    assert (await cloche("schedules", "ls"))[1] == ""
    assert (await cloche("schedules", "get", id_))[0] == 1


async def test_one_may_be_made_paused_and_shown_as_json(cloche: Called, program: Path) -> None:
    words = ("schedules", "create", "@every 5m", str(program), "--paused", "--json")
    made = json.loads((await cloche(*words))[1])
    assert (made["paused"], made["name"], made["next_due"]) == (True, "program.py", None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("schedules", "create", "61 * * * *", "PROGRAM"), "/cron"),
        (("schedules", "create", "@daily", "PROGRAM", "--timezone", "Mars"), "/timezone"),
        (("schedules", "create", "@daily", "nowhere.py"), "nowhere.py"),
        (("schedules", "create", "@daily", "PROGRAM", "--limit", "size=1"), "is no limit"),
        (("run", "PROGRAM", "--at", "tomorrow"), "is no time"),
        (("run", "PROGRAM", "--in", "soon"), "is no time"),
        (("run", "PROGRAM", "--at", "2020-01-01T00:00Z"), "/run_at"),
        (("run", "PROGRAM", "--at", "2020-01-01", "--in", "1h"), "exclude one another"),
    ],
)
async def test_what_makes_no_sense_is_told(
    cloche: Called, program: Path, words: tuple[str, ...], said: str
) -> None:
    code, _, err = await cloche(*(str(program) if word == "PROGRAM" else word for word in words))
    assert (code, said in err) == (2, True), err
    assert (await cloche("ls"))[1] == ""


async def test_a_run_may_be_for_later(cloche: Called, stage: Stage, program: Path) -> None:
    now = datetime.now(UTC)
    for words, ahead in (
        (("--in", "2h"), timedelta(hours=2)),
        (("--at", (now + timedelta(days=1)).isoformat()), timedelta(days=1)),
        # By the clock of this machine.
        (
            ("--at", (now + timedelta(days=2)).astimezone().replace(tzinfo=None).isoformat()),
            timedelta(days=2),
        ),
    ):
        code, out, err = await cloche("run", "--detach", *words, str(program))
        assert code == 0, err
        view = json.loads((await cloche("get", out.strip(), "--json"))[1])
        assert view["status"] == "scheduled"
        due = datetime.fromisoformat(view["due_at"])
        assert abs(due - now - ahead) < timedelta(seconds=30)


async def test_the_client_has_a_method_for_each_thing(cloche: Called) -> None:
    wish = CreateSchedule(name="x", cron="@hourly", evaluation=SubmitEvaluation(code="print(1)"))

    def use() -> None:
        with Client(cloche.url, KEY) as client:
            made = client.create_schedule(wish)
            assert client.schedule(made.id) == made
            assert [one.id for one in client.schedules().items] == [made.id]
            assert client.pause_schedule(made.id).paused
            assert not client.resume_schedule(made.id).paused
            assert client.get(client.trigger_schedule(made.id).id).schedule == made.id
            assert client.delete_schedule(made.id).id == made.id
            with pytest.raises(NotFound):
                client.schedule(made.id)
            with pytest.raises(Invalid):
                client.create_schedule(
                    CreateSchedule(name="x", cron="?", evaluation=wish.evaluation)
                )

    await asyncio.to_thread(use)
