"""A sandbox that waits for its program: made ahead, used once, and gone without a trace when nobody used it."""

import asyncio

import pytest
from cloche_executor.sandbox import Engine, HandoverFailed, SandboxLost
from support.holding import end, held, outermost
from support.sandboxes import job_of, run, watch
from support.waiting import wait_until


async def test_it_waits_and_then_runs_its_program_once(engine: Engine) -> None:
    job = job_of("print('late')")
    prepared = await engine.prepare(job.mould)
    assert prepared.alive is True
    sandbox = await prepared.hand_over(job)
    try:
        # It is somebody else's now.
        await prepared.close()
        ran = await watch(sandbox)
    finally:
        await sandbox.close()
    assert (ran.text, ran.status) == ("late\n", 0)


async def test_several_of_one_mould_wait_beside_each_other(engine: Engine) -> None:
    jobs = [job_of(f"print({n})") for n in range(3)]
    prepared = await asyncio.gather(*(engine.prepare(job.mould) for job in jobs))
    sandboxes = await asyncio.gather(
        *(one.hand_over(job) for one, job in zip(prepared, jobs, strict=True))
    )
    try:
        ran = await asyncio.gather(*(watch(sandbox) for sandbox in sandboxes))
    finally:
        await asyncio.gather(*(sandbox.close() for sandbox in sandboxes))
    assert [one.text for one in ran] == ["0\n", "1\n", "2\n"]


async def test_closed_unused_it_leaves_nothing(engine: Engine, installation: str) -> None:
    before = held(engine, installation)
    prepared = await engine.prepare(job_of("x").mould)
    assert held(engine, installation) > before
    await prepared.close()
    await prepared.close()
    assert not prepared.alive
    await wait_until(lambda: held(engine, installation) == before)


async def test_one_that_was_killed_is_not_alive_and_takes_no_program(
    engine: Engine, installation: str
) -> None:
    before = held(engine, installation)
    job = job_of("print(1)")
    prepared = await engine.prepare(job.mould)
    for name in held(engine, installation) - before:
        end(engine, name)
    await wait_until(lambda: not prepared.alive)
    with pytest.raises((HandoverFailed, SandboxLost)):
        await prepared.hand_over(job)
    await wait_until(lambda: held(engine, installation) == before)
    assert (await run(engine, job)).text == "1\n"


async def test_what_was_killed_by_a_stranger_is_lost_and_no_verdict(
    engine: Engine, installation: str
) -> None:
    before = held(engine, installation)
    job = job_of("import time; print('up', flush=True); time.sleep(60)")
    sandbox = await (await engine.prepare(job.mould)).hand_over(job)
    try:
        end(engine, outermost(held(engine, installation) - before))
        if engine.facts.name == "bubblewrap":
            with pytest.raises(SandboxLost):
                await watch(sandbox)
        else:
            # A daemon that is asked to kill does so in order, and says that it was killed.
            assert (await watch(sandbox)).status == 137
    finally:
        await sandbox.close()
