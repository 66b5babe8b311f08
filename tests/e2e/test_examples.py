"""The programs of examples/ that use the client, run as their first lines say, beside a running system."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.system import System

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

EXAMPLES = Path(__file__).parents[2] / "examples"


def said_by(system: System, example: str) -> list[str]:
    """The lines of its standard output."""
    ran = subprocess.run(
        [sys.executable, str(EXAMPLES / example)],
        env=system.environment(),
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def test_watching(system: System) -> None:
    lines = said_by(system, "python-client/watch.py")
    assert [line for line in lines if line.isdigit()] == ["0", "1", "4"]
    assert lines[-1].endswith("succeeded with exit code 0")


def test_batch_processing(system: System) -> None:
    lines = said_by(system, "batch-processing/score.py")
    outcomes = {tuple(line.split()[:2]): line.split()[2] for line in lines[:9]}
    # The right ones, and of the wrong ones: an answer, an endless loop, a syntax error.
    assert outcomes[("add", "0")] == outcomes[("palindrome", "0")] == "succeeded"
    assert outcomes[("add", "1")] == outcomes[("palindrome", "2")] == "failed"
    assert outcomes[("fibonacci", "2")] in {"failed", "timed_out"}
    assert [line.split() for line in lines[9:]] == [
        ["add", "pass@1", "0.67"],
        ["fibonacci", "pass@1", "0.33"],
        ["palindrome", "pass@1", "0.33"],
    ]


def test_ml_workload(system: System) -> None:
    lines = said_by(system, "ml-workload/sweep.py")
    assert len(lines) == 6
    losses = [float(line.split()[5]) for line in lines]
    assert losses == sorted(losses)
    # Some learning rate learns: guessing has a loss of 0.69.
    assert losses[0] < 0.6
