"""`cloche languages`: what the server takes."""

import sys
from typing import Annotated

from cyclopts import Parameter

from cloche.commands.connecting import connect
from cloche.complaints import printable
from cloche.terminal import json_of


def languages(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """List the languages that programs may be written in.

    Parameters
    ----------
    json:
        As one JSON object, with images and variables.
    """
    with connect() as client:
        listed = client.languages()
    if json:
        sys.stdout.write(json_of(listed) + "\n")
        return 0
    for one in listed.items:
        how = "compiled" if one.compiled else ""
        line = f"{one.name:<12} {one.image:<12} {how:<9} {' '.join(one.suffixes)}"
        sys.stdout.write(printable(line).rstrip() + "\n")
    return 0
