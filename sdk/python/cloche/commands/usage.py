"""`cloche usage`: how much is kept."""

import sys
from typing import Annotated

import msgspec
from cloche_schemas.usage import TenantUsage, UsageReport, Used
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
        cells = "".join(f"{_cell(report, one, name):>24}" for name in CLASSES)
        sys.stdout.write(f"{one.tenant:<20}{cells}\n")
    if report.objects_at is None:
        sys.stderr.write("output and artifacts have not been counted yet\n")
    if report.uncounted:
        sys.stderr.write(
            f"the newest {report.uncounted} events are not counted in the archive yet\n"
        )
    return 0


def _cell(report: UsageReport, one: TenantUsage, name: str) -> str:
    """What has not been counted is not shown as nothing."""
    used: Used = getattr(one, name)
    uncounted = report.uncounted > 0 if name == "archive" else report.objects_at is None
    if name != "stream" and uncounted and not used.count:
        return "?"
    return f"{used.count} ({size(used.bytes)})"


def size(count: int) -> str:
    """Bytes as people read them."""
    amount, unit = float(count), 0
    while amount >= 1024 and unit < len(UNITS) - 1:
        amount, unit = amount / 1024, unit + 1
    return f"{amount:.3g} {UNITS[unit]}" if unit else f"{count} B"
