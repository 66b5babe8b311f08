"""`cloche health`: the state of the platform."""

import sys
from collections.abc import Iterator
from typing import Annotated

import msgspec
from cloche_schemas.health import PlatformHealth, ReaderHealth
from cyclopts import Parameter

from cloche.commands.connecting import connect
from cloche.commands.usage import size
from cloche.complaints import printable


def health(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """Show the state of the platform. Exit code 1 if something is wrong. For keys that may operate.

    Parameters
    ----------
    json:
        One JSON object.
    """
    with connect() as client:
        found = client.health()
    text = msgspec.json.encode(found).decode() if json else "\n".join(map(printable, _said(found)))
    sys.stdout.write(text + "\n")
    return 0 if found.status == "ok" else 1


def _said(found: PlatformHealth) -> Iterator[str]:
    """What is wrong first; of consumers only those that have something to do."""
    yield found.status
    for problem in found.problems:
        yield f"  {problem}"
    for edge in found.edges:
        took = "" if edge.latency_seconds is None else f"{edge.latency_seconds * 1000:.1f} ms"
        breaker = "" if edge.breaker in {None, "closed"} else f"breaker {edge.breaker}"
        yield f"{edge.name:<14}{edge.status:<10}{took:<10}{breaker}".rstrip()
    for one in found.services:
        heard = "" if one.silent_seconds is None else f"heard {one.silent_seconds:.0f} s ago"
        yield f"{one.service:<14}{one.status:<10}{one.instance:<42}{heard}".rstrip()
    yield f"projected     {_behind(found.projector)}"
    yield f"archived      {_behind(found.archiver)}"
    for stream in found.streams:
        if stream.messages or stream.status != "up":
            yield f"{stream.name:<14}{stream.status:<10}{stream.messages:>10} messages {size(stream.bytes):>12}"
    for consumer in found.consumers:
        if consumer.pending or consumer.unacked:
            behind = f"{consumer.lag_seconds or 0.0:.1f} s behind"
            yield f"{consumer.name:<24}{consumer.pending:>8} pending {consumer.unacked:>6} unacked {behind:>16}"


def _behind(reader: ReaderHealth) -> str:
    if reader.lag is None or reader.lag_seconds is None:
        return f"up to {reader.sequence}; how far behind is not known"
    return f"up to {reader.sequence}, {reader.lag} messages and {reader.lag_seconds:.1f} s behind"
