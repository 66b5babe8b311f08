"""The environment that a submission asks for: names on the server's list, values that a process can take."""

import re
from fnmatch import fnmatchcase

from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.views import FieldError

from cloche_gateway.problems import ClientError, at, step

#: All names and values together.
MOST_BYTES = 32 << 10
#: Ours: a program finds its folder for artifacts by one of them.
RESERVED = "CLOCHE_*"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")


def check_environment(spec: EvaluationSpec, allowed: tuple[str, ...]) -> None:
    """`env_not_allowed` for a name off the list, `invalid_body` for a value that cannot be."""
    refused = tuple(
        FieldError(pointer=f"/env/{step(name)}", detail=detail)
        for name in spec.env
        if (detail := _refusal(name, allowed))
    )
    if refused:
        listed = (
            f"this server allows {', '.join(allowed)}" if allowed else "this server allows none"
        )
        raise ClientError("env_not_allowed", listed, errors=refused)
    for name, value in spec.env.items():
        if "\0" in value:
            detail = "must not contain the character U+0000"
            raise ClientError("invalid_body", detail, errors=at(f"/env/{name}", detail))
    size = sum(len(name) + len(value.encode()) + 2 for name, value in spec.env.items())
    if size > MOST_BYTES:
        detail = f"all names and values together may have {MOST_BYTES} bytes, not {size}"
        raise ClientError("invalid_body", detail, errors=at("/env", detail))


def _refusal(name: str, allowed: tuple[str, ...]) -> str:
    if not _NAME.fullmatch(name):
        return "a variable is named by letters, digits and _, and does not begin with a digit"
    if fnmatchcase(name, RESERVED):
        return f"names like {RESERVED} belong to the server"
    if not any(fnmatchcase(name, pattern) for pattern in allowed):
        return "the name is not on the server's list"
    return ""
