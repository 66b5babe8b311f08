"""A system that outlives the command that started it: the supervisor as a process in a session of its own."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec

from cloche_local.folder import DataFolder, SystemState
from cloche_local.holding import Options, hold
from cloche_local.process import ComponentError, describe_exit, tail
from cloche_local.reporter import Message, PipeReporter, Reporter

LOG = "supervisor"


def start_detached(folder: DataFolder, reporter: Reporter, options: Options) -> SystemState | None:
    """Start it and wait until it is ready; None if it failed and `reporter` was told why. Ctrl-C stops it again."""
    read, write = os.pipe()
    log = folder.log(LOG).open("ab")
    try:
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "cloche_local",
                str(folder.path),
                str(write),
                msgspec.json.encode(options).decode(),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder.path,
            pass_fds=[write],
            start_new_session=True,
        )
    finally:
        log.close()
        os.close(write)
    try:
        with os.fdopen(read, "rb") as pipe:
            for line in pipe:
                message = msgspec.json.decode(line, type=Message)
                if message.say:
                    reporter.say(message.say)
                if message.failed:
                    reporter.failed(message.failed)
                    return None
                if message.ready is not None:
                    # It lives on without us.
                    process.returncode = 0
                    return message.ready
    except KeyboardInterrupt:
        process.terminate()
        process.wait()
        raise
    code = process.wait()
    reporter.failed(f"the supervisor {describe_exit(code)}\n{tail(folder.log(LOG))}")
    return None


def main(path: str, descriptor: str, options: str) -> int:
    """What the detached process does: ``python -m cloche_local FOLDER DESCRIPTOR OPTIONS``."""
    os.set_inheritable(int(descriptor), False)
    reporter = PipeReporter(int(descriptor))
    try:
        return hold(DataFolder(Path(path)), msgspec.json.decode(options, type=Options), reporter)
    except ComponentError as error:
        reporter.failed(str(error))
        return 1
