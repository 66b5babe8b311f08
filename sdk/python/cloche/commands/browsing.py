"""`cloche open`: the system in a browser."""

import sys
import webbrowser
from typing import Annotated

from cyclopts import Parameter

from cloche.choices import current
from cloche.complaints import note
from cloche.discovery import resolve


def open_(*, show: Annotated[bool, Parameter(name="--print", negative="")] = False) -> int:
    """Open the documentation of the API, where every call can be tried, in a browser.

    Parameters
    ----------
    show:
        Print the address instead.
    """
    address = f"{resolve(current().profile).url}/docs"
    if show or not webbrowser.open(address):
        sys.stdout.write(address + "\n")
    else:
        note(address)
    return 0
