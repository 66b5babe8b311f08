"""Conditional and partial requests for bytes that never change (RFC 9110, sections 13 and 14). Pure."""

import re

from starlette.datastructures import Headers

from cloche_gateway.problems import ClientError, at

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.IGNORECASE)
Part = tuple[int, int]
"""First byte, and the one after the last."""


def etag_of(sha256: str) -> str:
    """A strong tag: equal tags are equal bytes."""
    return f'"{sha256}"'


def not_modified(headers: Headers, etag: str) -> bool:
    """Whether If-None-Match names what the client has already; compared weakly, as the RFC has it."""
    condition = ",".join(headers.getlist("if-none-match"))
    return any(one.strip().removeprefix("W/") in (etag, "*") for one in condition.split(","))


def part_of(headers: Headers, size: int, etag: str) -> Part | None:
    """The one range that is asked for; None for all of it. `range_not_satisfiable`.

    What is no such range is ignored, as is every range when If-Range names another version, or a date: these bytes
    have none.
    """
    if headers.get("if-range", etag) != etag:
        return None
    match = _RANGE.fullmatch(headers.get("range", "").strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        start, end = max(size - int(match[2]), 0), size
    else:
        start, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
        if match[2] and int(match[2]) < start:
            return None
    if start >= size:
        detail = f"there are {size} bytes"
        answer = {"Content-Range": f"bytes */{size}", "Accept-Ranges": "bytes"}
        raise ClientError(
            "range_not_satisfiable", detail, errors=at("/header/Range", detail), headers=answer
        )
    return start, end
