"""The proof that a fresh system works: a program sent through it by the same command that users type."""

import os
import subprocess
import sys
from pathlib import Path

from cloche_local.folder import SystemState


def demo_command(program: Path) -> list[str]:
    return [sys.executable, "-P", "-m", "cloche", "run", str(program)]


def demo_environment(state: SystemState) -> dict[str, str]:
    """This process's, pointing at the system."""
    return {**os.environ, "CLOCHE_URL": state.url, "CLOCHE_API_KEY": state.api_key}


def demonstrate(program: Path, state: SystemState) -> int:
    """Run it with our output as its output; its exit code."""
    print(f"$ cloche run {program}", flush=True)  # noqa: T201 - part of the command's output
    done = subprocess.run(demo_command(program), env=demo_environment(state), check=False)
    return done.returncode
