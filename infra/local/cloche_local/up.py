"""`cloche up`: in the foreground, detached, or found to be running already."""

import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cloche_local.demo import demonstrate
from cloche_local.detached import start_detached
from cloche_local.folder import DataFolder, Locked, SystemState
from cloche_local.holding import Options, hold
from cloche_local.process import ComponentError
from cloche_local.report import ConsoleReporter

OTHERS_START_SECONDS = 120.0
USAGE = 2


def up(  # noqa: PLR0913 - the options of a command
    *,
    detach: Annotated[bool, Parameter(negative="")] = False,
    data_dir: Path | None = None,
    ephemeral: Annotated[bool, Parameter(negative="")] = False,
    port: int | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
    demo: Path | None = None,
    verbose: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Start the whole system on this machine and stay until Ctrl-C.

    Everything it keeps lies in one folder, so the next start continues where this one ended. If it runs already, its
    address is shown.

    Parameters
    ----------
    detach:
        Return when it is ready; `cloche down` stops it.
    data_dir:
        The folder; else the nearest .cloche from here upwards, else ./.cloche.
    ephemeral:
        Use a new temporary folder and remove it at the end.
    port:
        Port of the API; without it 8080, or a free one if that is taken.
    json:
        Print the banner as one JSON object on one line.
    demo:
        Send this program through the system once it is ready, with its output shown live.
    verbose:
        Show what the components log.
    """
    reporter = ConsoleReporter(json=json)
    if ephemeral and data_dir is not None:
        reporter.failed("--ephemeral makes a folder of its own: leave --data-dir out")
        return USAGE
    if demo is not None and not demo.is_file():
        reporter.failed(f"there is no program {demo}")
        return USAGE
    folder = (
        DataFolder(Path(tempfile.mkdtemp(prefix="cloche-")))
        if ephemeral
        else DataFolder.chosen(data_dir)
    )
    try:
        if detach:
            return _up_detached(folder, reporter, Options(port=port, remove=ephemeral), demo)
        options = Options(
            port=port, verbose=verbose, demo=str(demo) if demo else None, remove=ephemeral
        )
        return hold(folder, options, reporter)
    except Locked:
        return _already_running(folder, reporter, demo)
    except ComponentError as error:
        reporter.failed(str(error))
        return 1


def _up_detached(
    folder: DataFolder, reporter: ConsoleReporter, options: Options, demo: Path | None
) -> int:
    folder.prepare()
    holder = folder.holder()
    if holder is not None:
        raise Locked(folder.path, holder)
    state = start_detached(folder, reporter, options)
    if state is None:
        return 1
    return _shown(state, reporter, demo, "Cloche is running; cloche down stops it")


def _already_running(folder: DataFolder, reporter: ConsoleReporter, demo: Path | None) -> int:
    """Another process holds the folder: wait until its system is ready and show it."""
    deadline = time.monotonic() + OTHERS_START_SECONDS
    reporter.say(f"another process holds {folder.path}")
    while (pid := folder.holder()) is not None:
        state = folder.state()
        if state is not None and state.state == "ready" and state.pid == pid:
            return _shown(state, reporter, demo, "Cloche is already running")
        if time.monotonic() > deadline:
            reporter.failed(f"process {pid} holds {folder.path}, but its system is not ready")
            return 1
        time.sleep(0.1)
    reporter.failed("it has just ended; start it again")
    return 1


def _shown(state: SystemState, reporter: ConsoleReporter, demo: Path | None, title: str) -> int:
    if demo is not None:
        sys.stdout.flush()
        code = demonstrate(demo, state)
        if code:
            reporter.say(f"{demo} ended with {code}")
            reporter.banner(state, title)
            return 1
    reporter.banner(state, title)
    return 0
