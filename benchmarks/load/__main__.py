"""100 evaluations running at once in a whole system, and how long its API takes meanwhile: p99 under 100 ms.

`cloche up` with a slot for each, and locust with a user for each. Answers count once every user has begun. What was
running is looked at every second: a system that was not busy proves nothing. Exit code 1 if a goal is missed.
"""

import argparse
import asyncio
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections import Counter
from pathlib import Path
from statistics import median

import msgspec
from cloche import AsyncClient
from cloche.errors import ClocheError
from msgspec import Struct
from support.system import System, running

from benchmarks.peers.installed import scripts

HERE = Path(__file__).parent
GOAL_MS = 100.0
#: Of the evaluations that are under way some are between two: queued, or over and not looked at yet.
RUNNING_SHARE = 0.9
LOOK_SECONDS = 1.0
#: Users that come in a second. To start sandboxes is work of its own, which P6 measures.
BEGIN_A_SECOND = 2


class Entry(Struct):
    """One kind of request, as locust counts it. Milliseconds, rounded to two digits beyond 100."""

    name: str
    num_requests: int
    num_failures: int
    response_times: dict[str, int]

    @property
    def times(self) -> Counter[float]:
        return Counter({float(time): count for time, count in self.response_times.items()})


def percentile(times: Counter[float], share: float) -> float:
    """The time that `share` of all stayed within."""
    left = share * times.total()
    for time in sorted(times):
        left -= times[time]
        if left <= 0:
            return time
    return 0.0


async def measure(users: int, seconds: int, program_seconds: float) -> bool:
    commands = await scripts(HERE / "requirements.txt")
    with tempfile.TemporaryDirectory(prefix="cloche-load-") as folder:
        settings = {"CLOCHE_SLOTS": str(users), "CLOCHE_WARM_MOST": "4"}
        with running(Path(folder) / "data", **settings) as system:
            return await _under_load(system, commands, users, seconds, program_seconds)


async def _under_load(
    system: System, commands: Path, users: int, seconds: int, program_seconds: float
) -> bool:
    state = system.state
    ramp = -(-users // BEGIN_A_SECOND)
    process = await asyncio.create_subprocess_exec(
        *(str(commands / "locust"), "--locustfile", str(HERE / "locustfile.py")),
        *("--headless", "--json", "--reset-stats", "--only-summary", "--loglevel", "ERROR"),
        *("--host", state.url, "--users", str(users), "--spawn-rate", str(BEGIN_A_SECOND)),
        *("--run-time", str(ramp + seconds), "--stop-timeout", "0"),
        env=system.environment() | {"CLOCHE_LOAD_SECONDS": str(program_seconds)},
        stdout=PIPE,
    )
    async with AsyncClient(state.url, state.api_key) as client:
        busy = asyncio.create_task(_busy(client, process, after=ramp))
        out, _ = await process.communicate()
        counted = await busy
    return _told(msgspec.json.decode(out, type=list[Entry]), counted, users)


async def _busy(client: AsyncClient, process: Process, *, after: float) -> list[int]:
    """How many were running, each second once all have begun."""
    found: list[int] = []
    await asyncio.sleep(after)
    while process.returncode is None:
        try:
            found.append((await client.queue(seconds=1.0)).busy)
        except ClocheError as error:
            sys.stderr.write(f"not looked at: {error}\n")
        await asyncio.sleep(LOOK_SECONDS)
    return found


def _told(entries: list[Entry], busy: list[int], users: int) -> bool:
    """Print the figures; whether the goals are met."""
    total, failures = Counter[float](), sum(one.num_failures for one in entries)
    print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, other work included")
    print(f"{'':<36}{'requests':>9}{'failed':>8}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}")
    for one in sorted(entries, key=lambda entry: entry.name):
        total += one.times
        _row(one.name, one.times, one.num_failures)
    _row("all", total, failures)
    at_once, p99 = median(busy) if busy else 0, percentile(total, 0.99)
    print(f"running at once: {at_once:g} (median), {min(busy, default=0)} at least, of {users}")
    good = (
        total.total() > 0 and failures == 0 and p99 < GOAL_MS and at_once >= RUNNING_SHARE * users
    )
    print(f"p99 {p99:g} ms, goal < {GOAL_MS:g} ms, none failed: {'yes' if good else 'NO'}")
    return good


def _row(name: str, times: Counter[float], failures: int) -> None:
    p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
    print(
        f"{name:<36}{times.total():>9}{failures:>8}{p50:>9.4g}{p99:>9.4g}{max(times, default=0):>9.4g}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("--users", type=int, default=100, help="evaluations under way at once")
    parser.add_argument("--seconds", type=int, default=60, help="how long is measured")
    parser.add_argument(
        "--program-seconds",
        type=float,
        default=120.0,
        help="of each program, half as long to half as long again",
    )
    wish = parser.parse_args()
    good = asyncio.run(measure(wish.users, wish.seconds, wish.program_seconds))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
