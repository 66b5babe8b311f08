"""Old versions of events, read as today's. The archive is never rewritten; it is understood.

To change the meaning of an event: add a ``.v2`` class to events.py, keep the old class, and add one entry that makes
the new from the old (a pure function), with a golden file of the old version in ``schemas/examples``.
"""

from collections.abc import Callable
from typing import Any

Upcast = Callable[[dict[str, Any]], dict[str, Any]]

#: type as it was written → (type that replaced it, how its data becomes the new one's)
UPCASTS: dict[str, tuple[str, Upcast]] = {}


def upcast(type_: str, data: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Apply every step from the written version to today's."""
    while (step := UPCASTS.get(type_)) is not None:
        type_, data = step[0], {**step[1](data), "type": step[0]}
    return type_, data
