"""How smooth the dashboard is at its full size, in Chromium: `make dashboard-pace` prints figures, and ends with 1 if a
task was too long.

A thousand rows with ten updates a second, and an output of 50 MB. The gateway is a real one over edges in memory.
"""

import asyncio
import hashlib
import sys
from pathlib import Path
from typing import Final

from cloche.discovery import Target
from cloche_gateway.read_models import OutputRow
from cloche_schemas.subjects import Address
from cloche_schemas.values import OutputSummary
from playwright.async_api import Page
from support.browser import Visitor, chromium, visiting
from support.gateway import KEY, Stage, stage_with
from support.system import Elsewhere

ROWS: Final = 1000
UPDATES: Final = 100
UPDATE_SECONDS: Final = 0.1
LINE: Final = b"epoch 17  step 4200  loss 0.0312  accuracy 0.9921  \x1b[32mok\x1b[0m\n"
OUTPUT_BYTES: Final = 50_000_000
#: Who presses a key does not notice less (RAIL).
LONGEST_MILLISECONDS: Final = 100.0
_WATCH: Final = """
window.pace = {tasks: [], frames: []};
new PerformanceObserver((list) => window.pace.tasks.push(...list.getEntries().map((one) => one.duration)))
  .observe({type: 'longtask'});
let before = performance.now();
const look = (now) => { window.pace.frames.push(now - before); before = now; requestAnimationFrame(look); };
requestAnimationFrame(look);
"""


async def begin(page: Page) -> None:
    """What was measured so far is forgotten."""
    await page.evaluate("() => { window.pace.tasks.length = 0; window.pace.frames.length = 0; }")


async def report(page: Page, what: str) -> bool:
    """Print what was measured; whether no task was too long."""
    found = await page.evaluate("window.pace")
    tasks, frames = sorted(found["tasks"]), sorted(found["frames"])
    longest = tasks[-1] if tasks else 0.0
    late = sum(one > 50 for one in frames)
    sys.stdout.write(
        f"{what}: {len(tasks)} tasks over 50 ms, the longest {longest:.0f} ms; {len(frames)} frames, "
        f"{late} of them later than 50 ms, p99 {frames[int(len(frames) * 0.99)]:.0f} ms\n"
    )
    return longest <= LONGEST_MILLISECONDS


async def big(stage: Stage) -> int:
    """An evaluation that has written 50 MB, the newest of all; the number of its lines."""
    lines = OUTPUT_BYTES // len(LINE)
    data = LINE * lines
    address = await stage.submit(name="big.py")
    await stage.start(address)
    digest = hashlib.sha256(data).hexdigest()
    summary = OutputSummary(total_bytes=len(data), head_bytes=len(data), sha256=digest, chunks=1)
    await stage.complete(address, stdout=summary)
    stage.read_models.outputs[address, 1, "stdout"] = OutputRow(len(data), data)
    await stage.project(address)
    return lines


async def updates(visitor: Visitor, stage: Stage, addresses: list[Address]) -> bool:
    """Every tenth of a second some of a thousand rows begin to run."""
    page = visitor.page
    await visitor.open("/history")
    box = page.get_by_role("region", name="evaluations")
    while not await page.get_by_text(f"{ROWS:,} loaded").count():
        await box.evaluate("box => box.scrollTo(0, box.scrollHeight)")
        await asyncio.sleep(UPDATE_SECONDS)
    await box.evaluate("box => box.scrollTo(0, 0)")
    await begin(page)
    each = len(addresses) // UPDATES
    for number in range(UPDATES):
        # The newest are those that are seen.
        for address in addresses[::-1][number * each : (number + 1) * each]:
            await stage.start(address)
        await asyncio.sleep(UPDATE_SECONDS)
    return await report(page, f"{UPDATES} updates of {each} of {ROWS} rows")


async def output(visitor: Visitor, lines: int) -> bool:
    """From the click to the last line."""
    page = visitor.page
    await visitor.open("/history")
    link = page.get_by_role("link", name="big.py")
    await link.wait_for()
    await begin(page)
    await link.click()
    await page.get_by_text(f"{lines:,} lines", exact=True).wait_for(timeout=120_000)
    return await report(page, f"{OUTPUT_BYTES / 1e6:.0f} MB of output")


async def measure() -> bool:
    """Both, one after the other."""
    async with stage_with() as stage, stage.listening() as client:
        addresses = [await stage.submit(name=f"{number}.py") for number in range(ROWS - 1)]
        for address in addresses:
            await stage.project(address)
        lines = await big(stage)
        system = Elsewhere(Target(str(client.base_url).rstrip("/"), KEY), Path())
        async with chromium() as browser, visiting(browser, system) as visitor:
            await visitor.page.add_init_script(_WATCH)
            smooth = await updates(visitor, stage, addresses)
            return await output(visitor, lines) and smooth


if __name__ == "__main__":
    sys.exit(not asyncio.run(measure()))
