"""Tests marked `docker` or `gvisor` run where a daemon and the sandbox image are there, else they are skipped.

How many tests were skipped, for this or any other reason, stands at the end of the run, and in build/tests/skipped.txt
for tests/run.sh; Docker's come last, with what would enable them.
"""

from functools import cache
from pathlib import Path

import pytest
from support.docker import missing

ENABLE = "CLOCHE_TEST_PROVISION=1 make test"
REPORT = Path("build/tests/skipped.txt")
PREFIX = "needs Docker: "


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        gvisor = item.get_closest_marker("gvisor") is not None
        if gvisor or item.get_closest_marker("docker") is not None:
            why = _missing(gvisor)
            if why:
                item.add_marker(pytest.mark.skip(reason=f"{PREFIX}{why}"))


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    docker: dict[str, int] = {}
    others: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        why = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
        reason, found, want = why.partition(PREFIX)
        counted, key = (docker, want) if found else (others, reason.removeprefix("Skipped: "))
        counted[key] = counted.get(key, 0) + 1
    if not (docker or others):
        return
    said = "".join(
        f"{n} {'test was' if n == 1 else 'tests were'} skipped: {why}\n"
        for counted in (others, docker)
        for why, n in sorted(counted.items())
    )
    if docker:
        said += f"To run them, as root on Debian or where Docker runs: {ENABLE}\n"
    terminalreporter.write_sep("=", "skipped")
    terminalreporter.write(said)
    if REPORT.parent.is_dir():
        REPORT.write_text(said)


@cache
def _missing(gvisor: bool) -> str:
    return missing(gvisor=gvisor)
