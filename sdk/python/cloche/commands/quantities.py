"""Sizes, times, limits and variables as people write them on a command line."""

import os
import re
from datetime import UTC, datetime, timedelta

from cloche_schemas.commands import LimitsBody
from cloche_schemas.values import RequestedLimits

UNITS = {"": 1, "b": 1, "k": 1000, "kb": 1000, "kib": 1 << 10, "m": 1000**2, "mb": 1000**2}
UNITS |= {"mib": 1 << 20, "g": 1000**3, "gb": 1000**3, "gib": 1 << 30}
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
LIMITS = RequestedLimits.__struct_fields__
#: Each limit by its name, and by the same without its unit.
_NAMES = {name.removesuffix("_bytes").removesuffix("_seconds"): name for name in LIMITS}
_NAMES |= {name: name for name in LIMITS}


class BadWord(ValueError):  # noqa: N818 - it names what was written
    """A word of the command line that means nothing, in a sentence."""


def size(text: str) -> int:
    """Bytes: ``128MiB``, ``64k``, ``1000000``."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", text.lower())
    if match is None or match[2] not in UNITS:
        raise BadWord(f"{text!r} is no size: write 128MiB, 64k or a number of bytes")
    return int(float(match[1]) * UNITS[match[2]])


def seconds(text: str) -> float:
    """Seconds: ``90s``, ``15m``, ``12h``, ``30d`` or a number of them."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", text.lower())
    if match is None or match[2] not in SECONDS:
        raise BadWord(f"{text!r} is no time: write 90s, 15m, 12h or 30d")
    return float(match[1]) * SECONDS[match[2]]


def moment(text: str) -> datetime:
    """A time with its offset: ``2026-12-24T18:00`` by the clock here, or with ``+01:00`` or ``Z`` behind."""
    try:
        return datetime.fromisoformat(text.strip()).astimezone()
    except (ValueError, OverflowError):
        raise BadWord(f"{text!r} is no time: write 2026-12-24T18:00, +01:00 or Z behind") from None


def time(text: str) -> datetime:
    """A time as `moment` has it, or ``12h`` for so long ago."""
    if re.fullmatch(r"\s*\d+(\.\d+)?[smhdw]\s*", text):
        return datetime.now(UTC) - timedelta(seconds=seconds(text))
    return moment(text)


def place(text: str) -> str:
    """A place of the history as the API takes it: ``12h`` is so long ago, a time without offset by the clock here."""
    text = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?[smhdw]", text):
        return (datetime.now(UTC) - timedelta(seconds=seconds(text))).isoformat()
    if re.match(r"\d{4}-\d\d-\d\d", text):
        return moment(text).isoformat()
    return text


def limits(words: list[str], timeout: float | None, memory: str | None) -> LimitsBody:
    """What ``--limit NAME=VALUE``, ``--timeout`` and ``--memory`` ask for together."""
    asked: dict[str, float | int] = {}
    for word in words:
        given, equals, text = word.partition("=")
        name = _NAMES.get(given.strip().replace("-", "_"))
        if not equals or name is None:
            raise BadWord(
                f"{word!r} is no limit: write NAME=VALUE, with one of {', '.join(LIMITS)}"
            )
        asked[name] = _value(name, text)
    if timeout is not None:
        asked["wall_seconds"] = timeout
    if memory is not None:
        asked["memory_bytes"] = size(memory)
    return LimitsBody(**asked)  # type: ignore[arg-type]


def _value(name: str, text: str) -> float | int:
    if name.endswith("_bytes"):
        return size(text)
    try:
        return float(text) if name in {"cpus", "wall_seconds", "cpu_seconds"} else int(text)
    except ValueError:
        raise BadWord(f"{text!r} is no value for {name}") from None


def variables(words: list[str]) -> dict[str, str]:
    """``--env NAME=VALUE``; ``--env NAME`` takes the value that it has here."""
    named: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals and name not in os.environ:
            raise BadWord(f"{name} is not set here: write --env {name}=VALUE")
        named[name] = value if equals else os.environ[name]
    return named


def marks(words: list[str]) -> dict[str, str]:
    """``--label KEY=VALUE``."""
    named: dict[str, str] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise BadWord(f"{word!r} is no label: write --label KEY=VALUE")
        named[key] = value
    return named
