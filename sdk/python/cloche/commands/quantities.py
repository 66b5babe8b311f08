"""Sizes and languages as people write them on a command line."""

import re
from pathlib import Path
from typing import get_args

from cloche_schemas.values import Language

UNITS = {"": 1, "b": 1, "k": 1000, "kb": 1000, "kib": 1 << 10, "m": 1000**2, "mb": 1000**2}
UNITS |= {"mib": 1 << 20, "g": 1000**3, "gb": 1000**3, "gib": 1 << 30}
LANGUAGES: tuple[Language, ...] = get_args(Language)
SUFFIXES: dict[str, Language] = {".py": "python", ".sh": "bash", ".bash": "bash"}


class BadWord(ValueError):  # noqa: N818 - it names what was written
    """A word of the command line that means nothing, in a sentence."""


def size(text: str) -> int:
    """Bytes: ``128MiB``, ``64k``, ``1000000``."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*", text.lower())
    if match is None or match[2] not in UNITS:
        raise BadWord(f"{text!r} is no size: write 128MiB, 64k or a number of bytes")
    return int(float(match[1]) * UNITS[match[2]])


def language_of(path: str, code: str) -> Language:
    """By the suffix, else by the first line (``#!/usr/bin/env python3``), else Python."""
    by_suffix = SUFFIXES.get(Path(path).suffix.lower())
    if by_suffix is not None:
        return by_suffix
    first = code.partition("\n")[0]
    if first.startswith("#!"):
        if "python" in first:
            return "python"
        if re.search(r"\b(ba)?sh\b", first):
            return "bash"
        raise BadWord(
            f"{first!r} is no language that runs here: say --language {' or '.join(LANGUAGES)}"
        )
    return "python"


def name_of(path: str) -> str | None:
    """The file's name, where the API would take it as one."""
    name = Path(path).name
    return name if re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}", name) else None
