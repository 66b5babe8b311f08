"""`cloche profiles ls`, `use` and `rm`: systems that the command knows by name."""

import sys
from typing import Annotated

import msgspec
from cyclopts import Parameter

from cloche import profiles
from cloche.complaints import note, printable


def ls(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """List profiles; * is before the one that is used where none is named.

    Parameters
    ----------
    json:
        One JSON object a line, without keys.
    """
    known = profiles.read()
    for name, profile in sorted(known.profiles.items()):
        now = name == known.current
        fields = {"name": name, "url": profile.url, "current": now}
        line = f"{'*' if now else ' '} {name:<16} {profile.url}"
        text = msgspec.json.encode(fields).decode() if json else printable(line)
        sys.stdout.write(text + "\n")
    if not known.profiles and not json:
        note("there are none: cloche login URL makes one")
    return 0


def use(name: str, /) -> int:
    """Use a profile from now on where none is named.

    Parameters
    ----------
    name:
        Its name; local is the system that cloche up runs in the folder where one is.
    """
    profiles.write(profiles.read().using(name))
    return 0


def rm(name: str, /) -> int:
    """Forget a profile. The key itself stays good: cloche keys revoke.

    Parameters
    ----------
    name:
        Its name.
    """
    profiles.write(profiles.read().without(name))
    return 0
