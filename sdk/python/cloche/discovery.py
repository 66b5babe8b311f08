"""Finding a system to talk to: the environment first, then a local one that `cloche up` started."""

import os
from pathlib import Path

import msgspec
from msgspec import Struct

from cloche.errors import NothingRunning

FOLDER = ".cloche"
STATE_FILE = "state.json"
URL_VARIABLE = "CLOCHE_URL"
KEY_VARIABLE = "CLOCHE_API_KEY"


class Target(Struct, frozen=True):
    """Where the API is and the key to it."""

    url: str
    api_key: str


class _LocalState(Struct, frozen=True):
    """The part of a local system's state file that clients need."""

    state: str = ""
    url: str = ""
    api_key: str = ""


def find_folder(start: Path) -> Path | None:
    """The nearest ``.cloche`` in `start` or above it that belongs to us; another user's could lead us astray."""
    for folder in (start, *start.parents):
        candidate = folder / FOLDER
        try:
            if candidate.is_dir() and candidate.stat().st_uid == os.getuid():
                return candidate
        except OSError:
            continue
    return None


def find(start: Path | None = None) -> Target:
    """``CLOCHE_URL`` with ``CLOCHE_API_KEY``, else the local system of this folder. `NothingRunning` if neither."""
    url = os.environ.get(URL_VARIABLE)
    if url:
        return Target(url.strip().rstrip("/"), os.environ.get(KEY_VARIABLE, "").strip())
    folder = find_folder(start or Path.cwd())
    if folder is None:
        raise NothingRunning(f"no {FOLDER} folder here or above, and {URL_VARIABLE} is not set")
    try:
        state = msgspec.json.decode((folder / STATE_FILE).read_bytes(), type=_LocalState)
    except (OSError, msgspec.DecodeError):
        raise NothingRunning(f"{folder} says nothing of a running system") from None
    if not state.url or state.state == "stopped":
        raise NothingRunning(f"the system in {folder} is not running")
    return Target(state.url, state.api_key)
