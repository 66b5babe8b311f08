"""Subjects and the filters that they fall under, as the server sees them."""

from collections.abc import Sequence


def matches(filter_: str, subject: str) -> bool:
    """Whether a subject falls under a filter with ``*`` (one token) and ``>`` (one or more at the end)."""
    wanted, tokens = filter_.split("."), subject.split(".")
    for number, want in enumerate(wanted):
        if want == ">":
            return len(tokens) > number
        if number >= len(tokens) or want not in {"*", tokens[number]}:
            return False
    return len(wanted) == len(tokens)


def matches_any(filters: Sequence[str], subject: str) -> bool:
    """Whether a subject falls under one of the filters."""
    return any(matches(filter_, subject) for filter_ in filters)
