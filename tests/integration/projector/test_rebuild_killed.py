"""A process that rebuilds is killed with SIGKILL, and another one goes on where it was."""

import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
from support.rebuilding import Rebuilding
from support.waiting import wait_until


def rebuilding_process(dsn: str, folder: Path) -> "subprocess.Popen[bytes]":
    """Another process that projects the same evaluations and does what is asked."""
    program = """
        import asyncio, sys
        sys.path.insert(0, sys.argv[2])
        from support.rebuilding import Rebuilding, archive_all
        from cloche_projector import rebuild

        async def main():
            rebuild.LOOK_SECONDS = 0.0
            world = Rebuilding(sys.argv[1])
            world.bus._epoch = "same"
            await world.append(400)
            await archive_all(world.bus, world.objects, events=50)
            projector = world.projector_of(projector_rebuild_batch=20)
            await projector.run()

        asyncio.run(main())
    """
    tests = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), dsn, str(tests)], cwd=folder
    )


async def test_killed_while_it_folds_another_process_goes_on(
    postgres_dsn: str, tmp_path: Path
) -> None:
    world = Rebuilding(postgres_dsn)
    process = rebuilding_process(world.dsn, tmp_path)
    try:

        async def until(condition: Callable[[dict[str, Any]], bool]) -> None:
            async def holds() -> bool:
                try:
                    return condition(await world.control())
                except (asyncpg.PostgresError, IndexError):
                    return False

            await wait_until(holds, within=60, every=0.005)

        await until(lambda row: row["state"] == "idle")

        async def all_there() -> bool:
            try:
                return bool((await world.fetch("SELECT count(*) FROM evaluations"))[0][0] == 400)
            except asyncpg.PostgresError:
                return False

        await wait_until(all_there, within=60)
        await world.ask("rebuild")
        await until(lambda row: (row["sequence"] or 0) > 20)
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        row = await world.control()
        assert (row["state"], row["request"]) == ("rebuilding", "rebuild")
        begun = row["started_at"]
        process = rebuilding_process(world.dsn, tmp_path)
        assert await world.done() == "swapped"
        assert (await world.differences()).equal
        # It was not begun anew.
        assert (await world.control())["started_at"] == begun
        assert len((await world.rows())["evaluations"]) == 400
    finally:
        process.kill()
        process.wait(10)
