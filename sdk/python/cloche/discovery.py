"""Finding a system to talk to: what is named, the environment, a profile, or a local one that `cloche up` started."""

import os
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from cloche import profiles
from cloche.errors import BadTarget, NothingRunning

FOLDER = ".cloche"
STATE_FILE = "state.json"
URL_VARIABLE = "CLOCHE_URL"
KEY_VARIABLE = "CLOCHE_API_KEY"
PROFILE_VARIABLE = "CLOCHE_PROFILE"
SIGN_VARIABLE = "CLOCHE_SIGN"
_YES = frozenset({"1", "true", "yes", "on"})

Source = Literal["environment", "profile", "local"]


class Target(Struct, frozen=True):
    """Where the API is and the key to it. `sign`: the key signs requests and is sent with none."""

    url: str
    api_key: str
    sign: bool = False


class Resolved(Struct, frozen=True, kw_only=True):
    """A target and where it comes from, for people: the variables, the file of profiles, or a folder."""

    target: Target
    source: Source
    origin: str
    profile: str | None = None

    @property
    def url(self) -> str:
        return self.target.url

    @property
    def api_key(self) -> str:
        return self.target.api_key

    @property
    def sign(self) -> bool:
        return self.target.sign


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
    found = _of_environment() or _of_folder(start)
    return found.target


def resolve(profile: str | None = None, start: Path | None = None) -> Resolved:
    """The named profile; else ``CLOCHE_URL`` with ``CLOCHE_API_KEY``; else the profile of ``CLOCHE_PROFILE`` or the
    current one; else the local system of this folder.

    Address and key always come from the same place, so that no key is sent to where it does not belong.
    `NothingRunning` if there is none of these, `BadTarget` if there is no such profile.
    """
    if profile is None and (found := _of_environment()) is not None:
        return found
    name = profile or os.environ.get(PROFILE_VARIABLE, "").strip() or None
    if name == profiles.LOCAL:
        return _of_folder(start)
    known = profiles.read()
    name = name or known.current
    if name is None:
        return _of_folder(start)
    chosen = known.named(name)
    return Resolved(
        target=Target(chosen.url, chosen.api_key, chosen.sign),
        source="profile",
        origin=f"profile {name} in {profiles.place()}",
        profile=name,
    )


def elsewhere() -> bool:
    """Whether the command talks to something else than the local system of this folder, if nothing is named."""
    try:
        return resolve().source != "local"
    except NothingRunning:
        return False
    except BadTarget:
        return True


def _of_environment() -> Resolved | None:
    url = os.environ.get(URL_VARIABLE)
    if not url:
        return None
    target = Target(
        url.strip().rstrip("/"),
        os.environ.get(KEY_VARIABLE, "").strip(),
        os.environ.get(SIGN_VARIABLE, "").strip().lower() in _YES,
    )
    origin = f"{URL_VARIABLE} and {KEY_VARIABLE}"
    return Resolved(target=target, source="environment", origin=origin)


def _of_folder(start: Path | None) -> Resolved:
    folder = find_folder(start or Path.cwd())
    if folder is None:
        raise NothingRunning(f"no {FOLDER} folder here or above, and {URL_VARIABLE} is not set")
    try:
        state = msgspec.json.decode((folder / STATE_FILE).read_bytes(), type=_LocalState)
    except (OSError, msgspec.DecodeError):
        raise NothingRunning(f"{folder} says nothing of a running system") from None
    if not state.url or state.state == "stopped":
        raise NothingRunning(f"the system in {folder} is not running")
    target = Target(state.url, state.api_key)
    return Resolved(target=target, source="local", origin=str(folder))
