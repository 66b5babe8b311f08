"""How the command says that something went wrong, and with which exit code."""

import math
import sys

from cloche.choices import current
from cloche.errors import (
    ApiError,
    BadTarget,
    ClocheError,
    Invalid,
    NotAuthorised,
    NotFound,
    NothingRunning,
    NotOver,
    ServerTrouble,
    TooMany,
    Unreachable,
)

USAGE = 2
AUTHORISATION = 4
TIMED_OUT = 124
PLATFORM = 125
UNAUTHORIZED = 401
#: What to do about refusals of who asks, by their code.
HINTS = {
    "signature_required": "Sign with it: --sign; always: cloche login --sign, or CLOCHE_SIGN=1 beside CLOCHE_API_KEY",
    "signature_expired": "The clock here is wrong, or the server's is: cloche doctor says by how much",
    "signature_invalid": "The key may be wrong or no longer good; a proxy that changes requests breaks signatures, too",
    "signature_replayed": "Something on the way has sent the request twice",
    "content_digest_mismatch": "Something on the way has changed the request",
}


def say(line: str) -> None:
    """A line for a person, on stderr. What came over the network cannot move the cursor in it."""
    sys.stderr.write(printable(line) + "\n")
    sys.stderr.flush()


def note(line: str) -> None:
    """The same for news, which `--quiet` leaves out."""
    if not current().quiet:
        say(line)


def printable(text: str) -> str:
    """Control characters and escape sequences made visible."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def complain(error: Exception) -> int | None:
    """Say what a `ClocheError` means and what to do; the exit code. None if it is no such error."""
    if isinstance(error, ApiError):
        _explain(error)
        return _code_of(error)
    if not isinstance(error, ClocheError):
        return None
    say(f"cloche: {error}")
    match error:
        case NothingRunning():
            say("Start a system with: cloche up; or name one with: cloche login URL")
        case Unreachable():
            say(
                "Is it running? cloche doctor looks at it; cloche status and cloche up are for this machine"
            )
        case NotOver():
            return TIMED_OUT
        case BadTarget():
            return USAGE
    return PLATFORM


def _code_of(error: ApiError) -> int:
    match error:
        case NotAuthorised():
            if hint := HINTS.get(error.problem.code):
                say(hint)
            elif error.problem.status == UNAUTHORIZED:
                say(
                    "The key is read from CLOCHE_API_KEY, else from the profile (cloche login), "
                    "else from the local system's state file; cloche config show --origin says which it was"
                )
            return AUTHORISATION
        case Invalid():
            return USAGE
        case TooMany() | ServerTrouble() if error.retry_after is not None:
            say(f"Try again in {math.ceil(error.retry_after)} s")
        case NotFound():
            say(
                "cloche list shows what there is; what belongs to another tenant is not found either"
            )
    return 1 if error.problem.status < 500 else PLATFORM


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
