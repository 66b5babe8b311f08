"""How the command says that something went wrong, and with which exit code."""

import sys

from cloche.errors import (
    ApiError,
    ClocheError,
    Invalid,
    NotAuthorised,
    NothingRunning,
    UnexpectedAnswer,
    Unreachable,
)

USAGE = 2
AUTHORISATION = 4
PLATFORM = 125
UNAUTHORIZED = 401


def say(line: str) -> None:
    """A line for a person, on stderr. What came over the network cannot move the cursor in it."""
    sys.stderr.write(printable(line) + "\n")
    sys.stderr.flush()


def printable(text: str) -> str:
    """Control characters and escape sequences made visible."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def complain(error: Exception) -> int | None:
    """Say what a `ClocheError` means and what to do; the exit code. None if it is no such error."""
    match error:
        case NothingRunning():
            say(f"cloche: {error}")
            say("Start a system with: cloche up")
            return PLATFORM
        case Unreachable():
            say(f"cloche: {error}")
            say("Is it running? cloche status shows it, cloche up starts it")
            return PLATFORM
        case ApiError():
            _explain(error)
            if isinstance(error, NotAuthorised):
                if error.problem.status == UNAUTHORIZED:
                    say("The key is read from CLOCHE_API_KEY, else the local system's state file")
                return AUTHORISATION
            return (
                USAGE
                if isinstance(error, Invalid)
                else 1
                if error.problem.status < 500
                else PLATFORM
            )
        case UnexpectedAnswer() | ClocheError():
            say(f"cloche: {error}")
            return PLATFORM
    return None


def _explain(error: ApiError) -> None:
    problem = error.problem
    say(f"cloche: {problem.title} ({problem.status} {problem.code})")
    # The detail is often that of the first field: once is enough.
    if problem.detail and problem.detail not in {field.detail for field in problem.errors}:
        say(f"  {problem.detail}")
    for field in problem.errors:
        say(f"  {field.pointer or '/'}: {field.detail}")
    if problem.request_id:
        say(f"  request {problem.request_id}")
