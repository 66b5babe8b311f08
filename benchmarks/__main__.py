"""`python -m benchmarks [NAME …]`: measure every goal, or those that are named (P8, or the module: p8_first_byte)."""

import importlib
import sys
from collections.abc import Awaitable, Callable, Sequence

import uvloop
from cloche_kit.logs import configure_logs

from benchmarks.frame import Benchmark, LeftOut, Missing, Row
from benchmarks.report import LATEST, table, write

# In the order of the table.
BENCHMARKS = (
    Benchmark("p1_submission", ("P1", "P2")),
    Benchmark("p3_publisher", ("P3",)),
    Benchmark("p4_consume", ("P4",)),
    Benchmark("p5_projector", ("P5",)),
    Benchmark("p6_executor", ("P6", "P7")),
    Benchmark("p8_first_byte", ("P8", "P9")),
    Benchmark("p10_whole_system", ("P10",)),
    Benchmark("p11_live_feed", ("P11",)),
    Benchmark("p12_output", ("P12",)),
    Benchmark("p13_rebuild", ("P13",)),
    Benchmark("p14_history", ("P14",)),
    Benchmark("p15_queue", ("P15", "P16")),
    Benchmark("p17_limits", ("P17",)),
    Benchmark("p18_access", ("P18",)),
    Benchmark("p20_reads", ("P20", "P21")),
    Benchmark("p22_telemetry", ("P22",)),
)


async def main(chosen: Sequence[Benchmark]) -> tuple[list[Row], list[LeftOut]]:
    rows: list[Row] = []
    left_out: list[LeftOut] = []
    for benchmark in chosen:
        measure: Callable[[], Awaitable[Sequence[Row | LeftOut]]] = importlib.import_module(
            f"benchmarks.{benchmark.module}"
        ).measure
        print(f"measuring {benchmark.module} …", file=sys.stderr)
        try:
            measured = await measure()
        except Missing as missing:
            measured = [LeftOut(benchmark.goals, str(missing))]
        rows += [one for one in measured if isinstance(one, Row)]
        left_out += [one for one in measured if isinstance(one, LeftOut)]
    return rows, left_out


if __name__ == "__main__":
    configure_logs("benchmarks", format_="console", level="warning")
    names = sys.argv[1:]
    chosen = [benchmark for benchmark in BENCHMARKS if benchmark.chosen(names)]
    if not chosen:
        sys.exit(f"nothing is called {' '.join(names)}")
    rows, left_out = uvloop.run(main(chosen))
    print(table(rows, left_out))
    if not names:
        write(rows, left_out)
        print(f"written to {LATEST}", file=sys.stderr)
