"""`cloche --version`: that of the command, and that of the server where one answers."""

import sys
from importlib.metadata import version

from cloche.choices import current
from cloche.commands.connecting import connect
from cloche.discovery import resolve
from cloche.errors import ApiError, ClocheError, NothingRunning
from cloche.retries import ONCE


def show_versions() -> int:
    """Write both. That no server answers is no error."""
    sys.stdout.write(f"cloche {version('cloche')}\n")
    try:
        target = resolve(current().profile)
        with connect(ONCE) as client:
            sys.stdout.write(f"server {client.about().version} ({target.url})\n")
    except NothingRunning:
        pass
    except ApiError as error:
        sys.stdout.write(f"server unknown ({error.problem.title})\n")
    except ClocheError as error:
        sys.stdout.write(f"server unknown ({error})\n")
    return 0
