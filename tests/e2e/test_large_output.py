"""A large output through the whole system: exact, readable in part, and no process grows with it."""

import asyncio
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloche_schemas.commands import LimitsBody, SubmitEvaluation
from support.peaks import peaks, shown
from support.system import System, running
from support.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(3600)]
MOST_BYTES = 300 << 20
LINE = 64
#: Lines that can be told apart, at full speed: each begins with its number and fills 64 bytes.
PROGRAM = """
import sys
count, out = int(sys.argv[1]), sys.stdout.buffer
for begin in range(0, count, 1024):
    out.write(b"".join(b"%-63d\\n" % n for n in range(begin, min(begin + 1024, count))))
"""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder: Path = tmp_path_factory.mktemp("cloche") / "data"
    with running(folder, CLOCHE_ENGINE="bubblewrap") as started:
        yield started


def line(number: int) -> bytes:
    return b"%-63d\n" % number


@pytest.mark.parametrize(
    "size", [32 << 20, pytest.param(1 << 30, marks=pytest.mark.full)], ids=["32MiB", "1GiB"]
)
def test_every_process_stays_small_however_much_a_program_writes(
    system: System, capsys: pytest.CaptureFixture[str], size: int
) -> None:
    count = size // LINE
    with system.client() as client:
        begun = time.monotonic()
        limits = LimitsBody(output_bytes=size, wall_seconds=3000.0, cpu_seconds=3000.0)
        wish = SubmitEvaluation(code=PROGRAM, argv=(str(count),), limits=limits)
        evaluation = client.submit(wish).id
        view = client.wait(evaluation)
        written = time.monotonic() - begun
        assert (view.outcome, view.stdout.total_bytes) == ("succeeded", size)
        assert view.stdout.dropped_bytes == 0
        asyncio.run(wait_until(lambda: client.get(evaluation).archived, within=1800, every=0.2))
        [lies] = client.get(evaluation).archived
        assert (lies.size, lies.sha256) == (size, view.stdout.sha256)
        stored = time.monotonic() - begun
        digest = hashlib.sha256()
        for piece in client.output_pieces(evaluation):
            digest.update(piece)
        assert digest.hexdigest() == view.stdout.sha256
        read = time.monotonic() - begun - stored
        middle = count // 2 * LINE
        assert client.output(evaluation, start=middle, end=middle + LINE) == line(count // 2)
        assert client.output(evaluation, tail_lines=2) == line(count - 2) + line(count - 1)
        [found] = client.search_output(evaluation, f"{count - 1} ")
        assert (found.line, found.offset) == (count, size - LINE)
    highest = peaks(system)
    with capsys.disabled():
        print(  # noqa: T201 - the figures
            f"\n{size >> 20} MiB: written in {written:.1f} s, stored after {stored:.1f} s, "
            f"read in {read:.1f} s; at most {shown(highest)}"
        )
    assert {"gateway", "executor", "storage", "projector"} <= highest.keys()
    assert {name: peak for name, peak in highest.items() if peak > MOST_BYTES} == {}
