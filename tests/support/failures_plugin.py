"""What failed, and on which words, in build/tests/failed.txt: tests/run.sh prints it last, below the coverage report.

A log that is cut keeps its end, and a failed test prints the whole table that it is a row of.
"""

from pathlib import Path

import pytest

REPORT = Path("build/tests/failed.txt")
WORDS = 2000


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    failed = [*terminalreporter.stats.get("failed", []), *terminalreporter.stats.get("error", [])]
    if failed and REPORT.parent.is_dir():
        REPORT.write_text("".join(map(_told, failed)))


def _told(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    words = (
        f"{crash.path}:{crash.lineno}: {crash.message}"
        if crash is not None
        else report.longreprtext
    )
    shown = words if len(words) <= WORDS else f"{words[: WORDS // 2]}\n[…]\n{words[-WORDS // 2 :]}"
    # A file that could not be collected has no duration.
    took = f", {report.duration:.1f} s" if hasattr(report, "duration") else ""
    return f"FAILED {report.nodeid} ({report.when}{took})\n{shown}\n"
