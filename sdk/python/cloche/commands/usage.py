"""`cloche usage`: how much is kept."""

import sys
from typing import Annotated

import msgspec
from cyclopts import Parameter

from cloche.commands.connecting import connect

CLASSES = ("stream", "archive", "output", "artifacts")
UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


def usage(
    *,
    everybody: Annotated[bool, Parameter(name="--all", negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Show how much is kept, by class.

    Parameters
    ----------
    everybody:
        All tenants, for administrators.
    json:
        One JSON object.
    """
    with connect() as client:
        report = client.usage(everybody=everybody)
    if json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        return 0
    sys.stdout.write(f"{'TENANT':<20}{''.join(f'{name.upper():>24}' for name in CLASSES)}\n")
    for one in report.items:
        used = (getattr(one, name) for name in CLASSES)
        cells = "".join(f"{f'{each.count} ({size(each.bytes)})':>24}" for each in used)
        sys.stdout.write(f"{one.tenant:<20}{cells}\n")
    if report.objects_at is None:
        sys.stderr.write("output and artifacts have not been counted yet\n")
    return 0


def size(count: int) -> str:
    """Bytes as people read them."""
    amount, unit = float(count), 0
    while amount >= 1024 and unit < len(UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.3g} {UNITS[unit]}" if unit else f"{count} B"
