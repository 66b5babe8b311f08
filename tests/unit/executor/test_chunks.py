"""How output becomes chunks on the log: soon, few, in order, bounded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from cloche_executor import chunks
from cloche_executor.chunks import CHUNK_BYTES, STREAMS, WAITING_BYTES, AttemptLost, OutputWriter
from cloche_kit.bus import Appended, BusUnavailable, Conflict, Expectation
from cloche_kit.memory import MemoryBus
from cloche_schemas.subjects import Address
from support.evaluations import Client
from support.waiting import wait_until

ADDRESS = Address("main", "00000000-0000-7000-8000-000000000001")


@asynccontextmanager
async def sending(client: Client, *, limit: int = 1 << 30) -> AsyncIterator[OutputWriter]:
    """A writer whose chunks go out meanwhile; at the end everything is out."""
    writer = OutputWriter(client.log, ADDRESS, 1, limits=dict.fromkeys(STREAMS, limit))
    task = asyncio.create_task(writer.send())
    yield writer
    writer.finish()
    async with asyncio.timeout(10):
        await task


async def test_a_line_after_silence_goes_at_once(client: Client) -> None:
    async with sending(client) as writer:
        for line in (b"one\n", b"two\n"):
            await asyncio.sleep(2 * chunks.INTERVAL_SECONDS)
            began = asyncio.get_running_loop().time()
            await writer.write("stdout", line)
            await wait_until(lambda: client.bus.last(ADDRESS.output(1)), every=0.001)
            assert asyncio.get_running_loop().time() - began < chunks.INTERVAL_SECONDS
    assert [chunk.data for chunk in await client.chunks(ADDRESS)] == [b"one\n", b"two\n"]


async def test_many_small_writes_become_few_chunks(client: Client) -> None:
    async with sending(client) as writer:
        for number in range(2000):
            await writer.write("stdout" if number % 2 else "stderr", b"%d\n" % number)
    found = await client.chunks(ADDRESS)
    assert len(found) <= 10
    odd = b"".join(b"%d\n" % number for number in range(1, 2000, 2))
    assert await client.output(ADDRESS) == odd


async def test_a_chunk_is_never_larger_than_the_bound(client: Client) -> None:
    async with sending(client) as writer:
        await writer.write("stdout", b"x" * (CHUNK_BYTES * 3 + 1))
    assert [len(chunk.data) for chunk in await client.chunks(ADDRESS)] == [CHUNK_BYTES] * 3 + [1]


async def test_offsets_and_indices_have_no_gap(client: Client) -> None:
    async with sending(client) as writer:
        for _ in range(20):
            await writer.write("stdout", b"o" * 10_000)
            await writer.write("stderr", b"e" * 7_000)
    found = await client.chunks(ADDRESS)
    assert [chunk.index for chunk in found] == list(range(len(found)))
    for name, total in (("stdout", 200_000), ("stderr", 140_000)):
        at = 0
        for chunk in (c for c in found if c.stream == name):
            assert chunk.offset == at
            at += len(chunk.data)
        assert at == total


async def test_neither_stream_waits_for_the_other_to_fall_silent(client: Client) -> None:
    async with sending(client) as writer:
        for _ in range(30):
            await writer.write("stdout", b"o" * CHUNK_BYTES)
            await writer.write("stderr", b"e")
    order = [chunk.stream for chunk in await client.chunks(ADDRESS)]
    assert "stderr" in order[: len(order) // 2]


async def test_a_slow_log_holds_the_program_up_and_its_time_is_counted(
    bus: MemoryBus, client: Client
) -> None:
    bus.available = False
    async with sending(client) as writer:
        piece = b"x" * CHUNK_BYTES
        written = 0

        async def flood() -> None:
            nonlocal written
            for _ in range(20):
                await writer.write("stdout", piece)
                written += len(piece)

        task = asyncio.create_task(flood())
        await wait_until(lambda: writer.blocked_seconds > 0.2)
        assert written <= WAITING_BYTES + CHUNK_BYTES
        bus.available = True
        await task
        blocked = writer.blocked_seconds
        assert blocked >= 0.2
    assert await client.output(ADDRESS) == piece * 20


async def test_a_chunk_whose_answer_is_lost_is_there_once() -> None:
    class Mute(MemoryBus):
        """Takes every chunk, and says so only the second time it is asked."""

        said: set[str] = set()  # noqa: RUF012

        async def append(
            self,
            subject: str,
            data: bytes,
            *,
            msg_id: str,
            expect: Expectation | None = None,
            headers: object = None,
        ) -> Appended | Conflict:
            result = await super().append(subject, data, msg_id=msg_id, expect=expect)
            if msg_id not in self.said:
                self.said.add(msg_id)
                raise BusUnavailable("no answer")
            return result

    client = Client(Mute())
    async with sending(client) as writer:
        for number in range(5):
            await writer.write("stdout", b"%d" % number * 40_000)
    whole = b"".join(b"%d" % number * 40_000 for number in range(5))
    assert await client.output(ADDRESS) == whole


async def test_another_writer_of_the_same_attempt_is_noticed(
    bus: MemoryBus, client: Client
) -> None:
    await bus.append(ADDRESS.output(1), b"{}", msg_id="foreign")
    writer = OutputWriter(client.log, ADDRESS, 1, limits=dict.fromkeys(STREAMS, 100))
    await writer.write("stdout", b"x")
    with pytest.raises(AttemptLost):
        await writer.send()


async def test_over_the_limit_only_the_tail_follows(client: Client) -> None:
    async with sending(client, limit=10) as writer:
        for _ in range(100):
            await writer.write("stdout", b"0123456789" * 1000)
    found = await client.chunks(ADDRESS)
    assert [(chunk.offset, len(chunk.data)) for chunk in found] == [(0, 10), (934_464, 65_536)]
    assert writer.summary("stdout").dropped_bytes == 1_000_000 - 10 - 65_536
    assert writer.summary("stdout").chunks == 2
