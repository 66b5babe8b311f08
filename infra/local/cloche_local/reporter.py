"""Where the news of a system go: the port, and the one for whoever waits for a detached system."""

import os
import sys
from typing import IO, Protocol

import msgspec
from msgspec import Struct

from cloche_local.folder import SystemState


class Reporter(Protocol):
    """Where news of a system go."""

    def say(self, line: str) -> None:
        """Something happened that a watching person wants to know."""
        ...

    def log(self, component: str, line: str) -> None:
        """A component wrote a line into its log."""
        ...

    def ready(self, state: SystemState) -> None:
        """Every component is ready."""
        ...

    def failed(self, reason: str) -> None:
        """The system cannot run."""
        ...


class Message(Struct, frozen=True, omit_defaults=True):
    """One line of a `PipeReporter`."""

    say: str = ""
    ready: SystemState | None = None
    failed: str = ""


class PipeReporter:
    """For the process that started a detached system: a JSON object a line, until it is ready or has failed."""

    def __init__(self, descriptor: int) -> None:
        self._pipe: IO[bytes] | None = os.fdopen(descriptor, "wb", buffering=0)

    def say(self, line: str) -> None:
        # Whatever comes after the reader has gone stands in the supervisor's own log.
        sys.stderr.write(line + "\n")
        self._send(Message(say=line))

    def log(self, component: str, line: str) -> None:
        """Nobody watches: the line is in the log."""

    def ready(self, state: SystemState) -> None:
        self._send(Message(ready=state))
        self._close()

    def failed(self, reason: str) -> None:
        sys.stderr.write(reason + "\n")
        self._send(Message(failed=reason))
        self._close()

    def _send(self, message: Message) -> None:
        if self._pipe is not None:
            try:
                self._pipe.write(msgspec.json.encode(message) + b"\n")
            except OSError:
                self._close()

    def _close(self) -> None:
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
