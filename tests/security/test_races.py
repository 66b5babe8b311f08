"""Ends that come at the same time: one of them counts, and the sandbox is gone (reliability.md 6: 47, 48)."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import Awaitable, Callable

import pytest
from cloche_kit.log import Written
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.subjects import Address
from support.hostile import SLACK_SECONDS, Story, entry, limits
from support.lab import SLOTS, Trial, cancellation

REPETITIONS = 200 if os.environ.get("CLOCHE_TEST_FULL") else 20
AT_ONCE = SLOTS // 2
#: Times that a race is run at most until it has gone both ways.
RACES = 4
FORMS_OF_END = {"succeeded", "cancelled"}
pytestmark = pytest.mark.timeout(1200)


async def cancel(trial: Trial, address: Address) -> bool:
    """Ask for its end, as the gateway does; whether there was anything left to end."""
    return isinstance(await trial.client.log.transact(address, cancellation), Written)


async def in_groups(
    one: Callable[[float], Awaitable[Story]], least: float, most: float
) -> list[Story]:
    """`one` for each of the repetitions, as many at once as there is room, with numbers from `least` to `most`."""
    steps = [least + (most - least) * n / (REPETITIONS - 1) for n in range(REPETITIONS)]
    stories: list[Story] = []
    for at in range(0, REPETITIONS, AT_ONCE):
        stories += await asyncio.gather(*(one(step) for step in steps[at : at + AT_ONCE]))
    return stories


async def until_all(race: Callable[[], Awaitable[list[Story]]], outcomes: set[str]) -> list[Story]:
    """Every story of a race with each of these ends: where one is missing, nothing has been tried.

    A machine whose load changes is not met where it was expected, and is measured again.
    """
    stories: list[Story] = []
    for _ in range(RACES):
        stories += await race()
        ends = Counter(story.end.outcome for story in stories)
        if set(ends) >= outcomes:
            break
    assert set(ends) == outcomes, ends
    return stories


@entry(47)
async def test_a_program_that_ends_exactly_at_its_deadline(trial: Trial) -> None:
    seconds = 1.0

    async def around() -> list[Story]:
        # What starting takes is part of the wall time, so it is measured first; the first one also reads the files.
        empty = [
            await trial.run(EvaluationSpec(code="sleep 0", language="bash"), limits(wall_seconds=9))
            for _ in range(3)
        ][-1]

        async def one(early: float) -> Story:
            sleep = seconds - empty.seconds - early
            spec = EvaluationSpec(code=f"sleep {sleep:.3f}", language="bash")
            return await trial.run(spec, limits(wall_seconds=seconds))

        return await in_groups(one, 0.4, -0.25)

    async with trial.unharmed():
        stories = await until_all(around, {"succeeded", "timed_out"})
    for story in stories:
        if story.end.outcome == "succeeded":
            assert story.end.exit_code == 0
            # It may have ended by itself while its kill was under way, which a busy machine takes its time for.
            assert story.seconds < seconds + SLACK_SECONDS
        else:
            assert (story.end.limit, story.end.domain) == ("wall_seconds", "limit")


@entry(48)
async def test_cancelled_while_it_is_queued_it_never_runs(trial: Trial) -> None:
    async with trial.unharmed():
        busy = [
            await trial.submit(
                "import time\nprint('on it', flush=True)\ntime.sleep(120)", limits(wall_seconds=150)
            )
            for _ in range(SLOTS)
        ]
        for address in busy:
            await trial.begun(address)
        waiting = [await trial.submit("print('ran')") for _ in range(REPETITIONS)]
        for address in waiting:
            assert await cancel(trial, address)
        for address in busy:
            assert await cancel(trial, address)
        for address in waiting:
            story = await trial.story(address)
            assert await trial.client.types(address) == ["EvaluationQueued", "EvaluationCompleted"]
            assert (story.end.outcome, story.written) == ("cancelled", [])
        for address in busy:
            assert (await trial.story(address)).end.outcome == "cancelled"


@entry(48)
async def test_cancelled_while_its_sandbox_is_prepared(trial: Trial) -> None:
    async def one(delay: float) -> Story:
        # Limits of its own, so that no sandbox waits for it.
        address = await trial.submit(
            "import time\nprint('ran', flush=True)\ntime.sleep(60)",
            limits(pids=61, wall_seconds=90),
        )
        await trial.client.reached(address, "AttemptStarted", within=60)
        await asyncio.sleep(delay)
        assert await cancel(trial, address)
        return await trial.story(address)

    async with trial.unharmed():
        stories = await in_groups(one, 0.0, 0.6)
    assert {story.end.outcome for story in stories} == {"cancelled"}


@entry(48)
async def test_cancelled_while_it_is_given_its_program(trial: Trial) -> None:
    async def one(delay: float) -> Story:
        address = await trial.submit(
            "import time\nprint('ran', flush=True)\ntime.sleep(60)", limits(wall_seconds=90)
        )
        await asyncio.sleep(delay)
        assert await cancel(trial, address)
        return await trial.story(address)

    async with trial.unharmed():
        stories = await in_groups(one, 0.0, 0.2)
    assert {story.end.outcome for story in stories} == {"cancelled"}


@entry(48)
async def test_cancelled_while_it_runs(trial: Trial) -> None:
    async def one(delay: float) -> Story:
        address = await trial.submit(
            "import time\nwhile True:\n    print('x' * 1000, flush=True)\n    time.sleep(0.001)",
            limits(wall_seconds=90),
        )
        await trial.begun(address)
        await asyncio.sleep(delay)
        assert await cancel(trial, address)
        return await trial.story(address)

    async with trial.unharmed():
        stories = await in_groups(one, 0.0, 0.3)
    for story in stories:
        assert story.end.outcome == "cancelled"
        # What it had said until then is kept, whole.
        assert story.stdout.startswith(b"x" * 1000)


@entry(48)
async def test_cancelled_as_it_ends(trial: Trial) -> None:
    async def begin() -> Address:
        address = await trial.submit(
            "import time\nprint('begun', flush=True)\ntime.sleep(0.5)\nprint('done')",
            limits(wall_seconds=90),
        )
        await trial.begun(address)
        return address

    async def one(delay: float) -> Story:
        address = await begin()
        await asyncio.sleep(delay)
        await cancel(trial, address)
        return await trial.story(address)

    async def left() -> float:
        """How long one goes on that nobody cancels, as many at once as there will be."""
        address = await begin()
        began = time.monotonic()
        await trial.story(address)
        return time.monotonic() - began

    async def around() -> list[Story]:
        seconds = max(await asyncio.gather(*(left() for _ in range(AT_ONCE))))
        return await in_groups(one, seconds - 0.4, seconds + 0.4)

    async with trial.unharmed():
        stories = await until_all(around, FORMS_OF_END)
    for story in stories:
        if story.end.outcome == "succeeded":
            assert (story.end.exit_code, story.stdout) == (0, b"begun\ndone\n")


@entry(48)
async def test_cancelled_while_its_files_are_collected(trial: Trial) -> None:
    code = (
        "import os\n"
        "for number in range(90):\n"
        "    open(f'/tmp/output/{number}', 'wb').write(os.urandom(100_000))\n"
        "print('written', flush=True)\n"
    )

    async def one(delay: float) -> Story:
        address = await trial.submit(code, limits(wall_seconds=90))
        await trial.begun(address)
        await asyncio.sleep(delay)
        await cancel(trial, address)
        return await trial.story(address)

    async with trial.unharmed():
        stories = await in_groups(one, 0.0, 0.5)
    for story in stories:
        assert story.end.outcome in FORMS_OF_END
        if story.end.outcome == "succeeded":
            assert len(story.end.artifacts) == 90
            assert all(len(story.artifact(str(n))) == 100_000 for n in range(90))


@entry(48)
async def test_cancelled_while_it_is_compiled(trial: Trial) -> None:
    spec = EvaluationSpec(
        code='#include <stdio.h>\nint main(void) { puts("ran"); fflush(stdout); for (;;) ; }',
        language="c",
    )

    async def one(delay: float) -> Story:
        address = await trial.submit(spec, limits(wall_seconds=90, cpu_seconds=90))
        await trial.client.reached(address, "AttemptStarted", within=60)
        await asyncio.sleep(delay)
        assert await cancel(trial, address)
        return await trial.story(address)

    async with trial.unharmed():
        stories = await in_groups(one, 0.0, 0.6)
    assert {story.end.outcome for story in stories} == {"cancelled"}
