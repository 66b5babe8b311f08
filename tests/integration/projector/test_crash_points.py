"""The projector ended by SIGKILL between any two of its steps, on the real servers: the rows are those of the log."""

import asyncio
import signal
from pathlib import Path

import asyncpg
import pytest
from cloche_kit.crashpoint import VARIABLE
from cloche_kit.jetstream import open_bus
from cloche_kit.log import EventLog
from cloche_kit.telemetry import configure
from support.bus import bus_settings
from support.nats import NatsServer
from support.recorded import address_of, append, story
from support.service_process import Process
from support.waiting import wait_until

ONE, TWO, BROKEN = address_of(1), address_of(2), address_of(3)
#: Where it dies, and whether the checkpoint has moved by then.
POINTS = {
    "folded": False,
    "parked": False,
    "checkpoint-moved": False,
    "rows-written": False,
    "committed": True,
}


@pytest.mark.parametrize("point", POINTS)
async def test_it_dies_there_and_ends_with_every_row(
    nats_server: NatsServer, postgres_dsn: str, tmp_path: Path, point: str
) -> None:
    environment = {
        "CLOCHE_NATS_URL": nats_server.url,
        "CLOCHE_STREAM_MAX_BYTES": str(64 << 20),
        "CLOCHE_POSTGRES_DSN": postgres_dsn,
    }
    projector = Process("projector", tmp_path, environment)
    events = story(("stdout", b"a"), ("stdout", b"b"))

    async def fetch(query: str) -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(postgres_dsn)
        try:
            return [tuple(row) for row in await connection.fetch(query)]
        except asyncpg.UndefinedTableError:
            return []
        finally:
            await connection.close()

    async with open_bus(bus_settings(nats_server.url), name="test") as bus:
        log = EventLog(bus, configure("test", instance="t"), instance="t")
        # It is all there when the projector begins; poison first, so that it is in the first batch however that is cut.
        await bus.append(BROKEN.log, b"no event", msg_id="broken")
        await append(log, ONE, *events)
        await append(log, TWO, *events[:-1])
        projector.start(**{VARIABLE: point})
        assert await asyncio.to_thread(projector.wait, 60) == -signal.SIGKILL, projector.log()
        moved = await fetch("SELECT sequence > 0 FROM checkpoints")
        assert moved == [(POINTS[point],)]
        if not POINTS[point]:
            assert await fetch("SELECT status FROM evaluations") == []
        projector.start()
        try:
            await append(log, TWO, *events[-1:])
            last = (await bus.state()).last

            async def projected() -> bool:
                return await fetch("SELECT sequence FROM checkpoints") == [(last,)]

            # A whole start, as above.
            await wait_until(projected, within=60)
        finally:
            code = projector.end(signal.SIGTERM)
        assert code == 0, projector.log()
        assert [parked.reason for parked in await bus.parked()] == ["malformed"]
    assert await fetch("SELECT status FROM evaluations") == [("completed",)] * 2
    assert await fetch("SELECT size, data FROM outputs") == [(2, b"ab")] * 2
