"""The peers' own virtual environment, below build/."""

import asyncio
import hashlib
import subprocess
import sys
from pathlib import Path

from benchmarks.frame import Missing

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
PLACE = Path(__file__).parents[2] / "build" / "peers"
INSTALL_SECONDS = 300


async def scripts(requirements: Path = REQUIREMENTS) -> Path:
    """The folder with python and the peers' commands, made if need be. `Missing` if they cannot be installed."""
    return await asyncio.to_thread(_installed, requirements)


def _installed(requirements: Path) -> Path:
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = PLACE / f"{version}-{digest}"
    done = folder / "installed"
    if not done.exists():
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        pip = (str(folder / "bin/python"), "-m", "pip", "--quiet", "--disable-pip-version-check")
        _run(*pip, "install", "--requirement", str(requirements))
        done.touch()
    return folder / "bin"


def _run(*command: str) -> None:
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=INSTALL_SECONDS)
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout or b"").decode(errors="replace").split("\n")
        errors = [line for line in lines if line.startswith("ERROR")] or lines
        raise Missing(f"the peers cannot be installed: {' '.join(errors[:2])}") from error
    except subprocess.TimeoutExpired as error:
        raise Missing(f"the peers were not installed within {INSTALL_SECONDS} s") from error
