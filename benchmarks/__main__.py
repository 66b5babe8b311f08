"""`python -m benchmarks [NAME …]`: measure every row, or those whose module's name begins so."""

import importlib
import sys
from collections.abc import Awaitable, Callable

import uvloop
from cloche_kit.logs import configure_logs

from benchmarks.frame import LATEST, Row, table, write

# One module a row, each with `async def measure() -> Row`. In the order of the table.
ROWS: tuple[str, ...] = (
    "p3_publisher",
    "p4_consume",
    "p5_projector",
)


async def main(names: list[str]) -> list[Row]:
    rows = []
    for name in ROWS:
        if names and not name.startswith(tuple(names)):
            continue
        measure: Callable[[], Awaitable[Row]] = importlib.import_module(
            f"benchmarks.{name}"
        ).measure
        print(f"measuring {name} …", file=sys.stderr)
        rows.append(await measure())
    return rows


if __name__ == "__main__":
    configure_logs("benchmarks", format_="console", level="warning")
    chosen = sys.argv[1:]
    rows = uvloop.run(main(chosen))
    print(table(rows))
    if not chosen:
        write(rows)
        print(f"written to {LATEST}", file=sys.stderr)
