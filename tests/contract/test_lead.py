"""A job that one has at a time, on both adapters."""

import asyncio

import pytest
from cloche_kit.bus import EventBus
from cloche_kit.lead import lead
from cloche_kit.lease import Lease
from cloche_kit.topology import DISPATCHER


async def test_one_of_several_leads_and_the_next_takes_over_at_once(bus: EventBus) -> None:
    leads: list[str] = []
    changed = asyncio.Event()

    def job(name: str) -> "asyncio.Task[None]":
        async def work(_: Lease) -> None:
            leads.append(name)
            changed.set()
            await asyncio.Event().wait()

        return asyncio.create_task(lead(bus, DISPATCHER, work, stop=stops[name]))

    stops = {"first": asyncio.Event(), "second": asyncio.Event()}
    async with asyncio.timeout(10):
        # The same process may ask for a durable once at a time, so the second comes when the first has it.
        first = job("first")
        await changed.wait()
        changed.clear()
        second = job("second")
        await asyncio.sleep(0.2)
        assert leads == ["first"]
        stops["first"].set()
        await first
        await changed.wait()
        assert leads == ["first", "second"]
        stops["second"].set()
        await second


async def test_a_job_that_fails_is_the_failure_of_who_leads(bus: EventBus) -> None:
    async def work(_: Lease) -> None:
        raise RuntimeError("a bug")

    with pytest.raises(RuntimeError, match="a bug"):
        async with asyncio.timeout(10):
            await lead(bus, DISPATCHER, work, stop=asyncio.Event())
