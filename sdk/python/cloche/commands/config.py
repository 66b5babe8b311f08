"""`cloche config show`: which system a command would talk to, with which key, and why."""

import os
import re
import sys
from collections.abc import Iterator
from typing import Annotated

import msgspec
from cyclopts import Parameter
from msgspec import Struct

from cloche import profiles
from cloche.choices import Colour, current
from cloche.complaints import PLATFORM, printable, say
from cloche.discovery import PROFILE_VARIABLE, resolve
from cloche.errors import NothingRunning

_OPTION = "option"
_DEFAULT = "default"
_KEY = re.compile(r"(cloche_[a-z2-7]{12}_).+")


class Setting(Struct, frozen=True):
    """What holds, and what says so."""

    name: str
    value: str
    origin: str


def show(
    *,
    origin: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Show what holds for the commands that are called here; exit 125 if there is no system to talk to.

    An option wins over the environment, that over the profile, and that over the local system of this folder.

    Parameters
    ----------
    origin:
        Also what says so.
    json:
        As one JSON object: for each its value and its origin.
    """
    found = list(settings())
    if json:
        fields = {one.name: {"value": one.value, "origin": one.origin} for one in found}
        sys.stdout.write(msgspec.json.encode(fields).decode() + "\n")
    else:
        for one in found:
            words = f"{one.name:<10}{one.value:<44}{one.origin if origin else ''}"
            sys.stdout.write(printable(words).rstrip() + "\n")
    if all(one.name != "url" for one in found):
        say("there is no system to talk to: cloche up starts one, cloche login URL names one")
        return PLATFORM
    return 0


def settings() -> Iterator[Setting]:
    """Everything that commands go by. The key is there by its id alone."""
    choices = current()
    try:
        target = resolve(choices.profile)
    except NothingRunning:
        target = None
    if target is not None:
        yield Setting("url", target.url, target.origin)
        yield Setting("api_key", masked(target.api_key), target.origin)
        yield Setting(
            "sign",
            "yes" if choices.sign or target.sign else "no",
            _OPTION if choices.sign else target.origin,
        )
        if target.profile is not None:
            yield Setting("profile", target.profile, _why(choices.profile))
    yield Setting("profiles", str(profiles.place()), _home())
    yield _colour(choices.color)


def _colour(choice: Colour) -> Setting:
    if choice != "auto":
        return Setting("color", choice, _OPTION)
    if os.environ.get("NO_COLOR"):
        return Setting("color", "never", "NO_COLOR")
    forced = os.environ.get("CLICOLOR_FORCE", "0") not in {"", "0"}
    return (
        Setting("color", "always", "CLICOLOR_FORCE")
        if forced
        else Setting("color", "auto", _DEFAULT)
    )


def masked(key: str) -> str:
    """A key that nobody gets in with: its id, which `cloche keys ls` shows, where it has one."""
    if match := _KEY.fullmatch(key):
        return f"{match[1]}…"
    return "…" if key else "(none)"


def _why(named: str | None) -> str:
    if named is not None:
        return _OPTION
    return PROFILE_VARIABLE if os.environ.get(PROFILE_VARIABLE) else "cloche login"


def _home() -> str:
    return "XDG_CONFIG_HOME" if os.environ.get("XDG_CONFIG_HOME", "").startswith("/") else _DEFAULT
