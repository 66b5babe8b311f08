"""`cloche doctor` where nothing but the client is installed: the system that commands talk to."""

from collections.abc import Iterator
from typing import Annotated

from cyclopts import Parameter

from cloche.choices import current
from cloche.commands.connecting import connect
from cloche.discovery import resolve
from cloche.examination import Finding, platform, show
from cloche.retries import ONCE


def doctor(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Check the system that commands talk to: reachable, clock, key, versions. Exit code 1 if something must be done.

    Parameters
    ----------
    json:
        One JSON array of findings.
    """
    return show(remote(), json=json)


def remote() -> Iterator[Finding]:
    """What is found of it. `NothingRunning` if there is none."""
    target = resolve(current().profile)
    with connect(ONCE) as client:
        yield from platform(target, client)
