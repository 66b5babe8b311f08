"""Which files of tests took the longest, set-up and taking down included, in build/tests/times.txt: tests/run.sh prints
it. The whole must end within an hour on two processors, and a file is what one of them has at a time.
"""

from collections import defaultdict
from pathlib import Path

import pytest

REPORT = Path("build/tests/times.txt")
SHOWN = 40


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if REPORT.parent.is_dir():
        REPORT.write_text(told(terminalreporter.stats))


def told(stats: dict[str, list[pytest.TestReport]]) -> str:
    """A line for each of the slowest, and one for all of them."""
    seconds: dict[str, float] = defaultdict(float)
    for reports in stats.values():
        for one in reports:
            if isinstance(one, pytest.TestReport):
                seconds[one.nodeid.partition("::")[0]] += one.duration
    slowest = sorted(seconds, key=lambda file: -seconds[file])[:SHOWN]
    lines = [f"{seconds[file]:7.1f} s  {file}" for file in slowest]
    return "\n".join([*lines, f"{sum(seconds.values()):7.1f} s  in all {len(seconds)} files", ""])
