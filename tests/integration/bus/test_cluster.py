"""Three nodes, three copies: there JetStream looks at the id before the expected sequence, on one node after it."""

import asyncio
from contextlib import aclosing, suppress

from cloche_kit.bus import Appended, BusUnavailable, Conflict, Expectation, Message
from cloche_kit.jetstream import open_bus
from cloche_kit.topology import EVALUATIONS
from msgspec.structs import replace
from support.bus import an_address, append
from support.cluster import Cluster
from support.waiting import wait_until


async def test_a_leader_that_dies_loses_and_doubles_nothing(cluster: Cluster) -> None:
    async with asyncio.timeout(60.0), open_bus(cluster.settings(), name="test") as bus:
        address, other = an_address(), an_address()
        expect = Expectation(address.lifecycle, 0)
        first = await bus.append(address.log, b"mine", msg_id="mine", expect=expect)
        assert isinstance(first, Appended)
        await append(bus, address.log, b"theirs")
        again = await bus.append(address.log, b"mine", msg_id="mine", expect=expect)
        assert again == Appended(first.sequence, duplicate=True)
        refused = await bus.append(address.log, b"x", msg_id="x", expect=expect)
        assert refused == Conflict(0)

        together = [
            Message(
                subject=one.log,
                data=b"{}",
                msg_id=one.evaluation,
                expect=Expectation(one.lifecycle, 0),
            )
            for one in (an_address() for _ in range(100))
        ]
        whole = await bus.append_all(together)
        assert isinstance(whole, Appended)
        assert await bus.append_all(together) == Appended(whole.sequence, duplicate=True)
        assert await bus.append_all([replace(together[0], msg_id="other")]) == Conflict(0)
        last = (await bus.state()).last
        part = [replace(one, msg_id=f"{one.msg_id}-2") for one in together[:2]]
        fresh = an_address()
        part.append(
            Message(subject=fresh.log, data=b"", msg_id="f", expect=Expectation(fresh.lifecycle, 0))
        )
        assert await bus.append_all(part[::-1]) == Conflict(0)
        assert (await bus.state()).last == last

        acked: list[int] = []

        async def chunk(number: int, after: int) -> int:
            """As every caller does: again with the same id when the log cannot be reached."""
            while True:
                with suppress(BusUnavailable):
                    result = await bus.append(
                        other.output(1),
                        b"%d" % number,
                        msg_id=f"chunk-{number}",
                        expect=Expectation(other.output(1), after),
                    )
                    assert isinstance(result, Appended), result
                    return result.sequence

        async def write() -> None:
            for number in range(400):
                acked.append(await chunk(number, acked[-1] if acked else 0))

        writing = asyncio.ensure_future(write())
        await wait_until(lambda: len(acked) > 100 or writing.done(), within=20.0)
        (await cluster.leader(EVALUATIONS)).kill()
        await writing

        stored = []
        async with aclosing(bus.follow(after=0, filters=[other.output(1)])) as batches:
            async for batch in batches:
                stored += batch
                if len(stored) >= len(acked):
                    break
        assert [one.sequence for one in stored] == acked
        assert [one.data for one in stored] == [b"%d" % number for number in range(400)]
