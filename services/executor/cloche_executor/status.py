"""Files that tell whoever started this process what became of it."""

import os
from pathlib import Path

import msgspec

from cloche_executor.engines.choose import Choice


class Status(msgspec.Struct, frozen=True):
    """Which engine takes what names none, how far it can be trusted, and which others there are."""

    engine: str
    runtime: str
    strength: str
    reason: str
    enforced: tuple[str, ...]
    shortfalls: tuple[str, ...]
    others: tuple[str, ...] = ()


def status_of(choice: Choice) -> Status:
    strongest, *others = [engine.facts for engine in choice.engines]
    return Status(
        strongest.name,
        strongest.runtime,
        strongest.strength,
        "; ".join(f"{name}: {reason}" for name, reason in choice.refused),
        strongest.enforced,
        strongest.shortfalls,
        tuple(facts.name for facts in others),
    )


def write_status(path: Path, choice: Choice) -> None:
    write_whole(path, msgspec.json.encode(status_of(choice)))


def write_whole(path: Path, content: bytes) -> None:
    """Whoever reads `path` sees all of it or nothing."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)
