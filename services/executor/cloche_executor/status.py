"""Files that tell whoever started this process what became of it."""

import os
from pathlib import Path

import msgspec

from cloche_executor.engines.choose import Choice


class Status(msgspec.Struct, frozen=True):
    """Which engine is in use and how far it can be trusted."""

    engine: str
    runtime: str
    strength: str
    reason: str
    enforced: tuple[str, ...]
    shortfalls: tuple[str, ...]


def status_of(choice: Choice) -> Status:
    facts = choice.engine.facts
    return Status(
        facts.name, facts.runtime, facts.strength, choice.reason, facts.enforced, facts.shortfalls
    )


def write_status(path: Path, choice: Choice) -> None:
    write_whole(path, msgspec.json.encode(status_of(choice)))


def write_whole(path: Path, content: bytes) -> None:
    """Whoever reads `path` sees all of it or nothing."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(path)
