"""`cloche queue` and `executors`: what waits, why, and who works it off."""

import sys
import time
from collections.abc import Iterator
from typing import Annotated

import msgspec
from cloche_schemas.queue import QueuePlace, QueueView
from cyclopts import Parameter

from cloche.commands.connecting import connect
from cloche.complaints import printable

CLEAR = "\x1b[H\x1b[J"


def queue(
    evaluation: str | None = None,
    /,
    *,
    everybody: Annotated[bool, Parameter(name="--all", negative="")] = False,
    watch: Annotated[bool, Parameter(negative="")] = False,
    every: float = 1.0,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Show what waits and what runs; of one evaluation, why it waits.

    Parameters
    ----------
    evaluation:
        Id of one evaluation: its place in the queue.
    everybody:
        All tenants, for keys that may operate.
    watch:
        Again and again, until Ctrl-C.
    every:
        Seconds between looks.
    json:
        One JSON object for each look.
    """
    with connect() as client:
        while True:
            found = client.place(evaluation) if evaluation else client.queue(everybody=everybody)
            text = msgspec.json.encode(found).decode() if json else "\n".join(_said(found))
            clear = CLEAR if watch and not json and sys.stdout.isatty() else ""
            sys.stdout.write(f"{clear}{text}\n")
            sys.stdout.flush()
            if not watch:
                return 0
            time.sleep(max(0.1, every))


def executors(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """List the executors that are there.

    Parameters
    ----------
    json:
        One JSON object a line.
    """
    with connect() as client:
        listed = client.executors()
    for one in listed.items:
        engines = " ".join(
            f"{engine.name}{'' if engine.able else ' (away)'}" for engine in one.engines
        )
        state = "draining" if one.draining else "working"
        line = f"{one.executor:<40} {state:<9} {one.busy:>3} of {one.slots:<3} {engines}"
        text = msgspec.json.encode(one).decode() if json else printable(line)
        sys.stdout.write(text + "\n")
    if not listed.items and not json:
        sys.stderr.write("no executor is there\n")
    return 0


def _said(found: QueueView | QueuePlace) -> Iterator[str]:
    if isinstance(found, QueuePlace):
        yield from _place(found)
        return
    executors = "1 executor" if found.executors == 1 else f"{found.executors} executors"
    yield f"{executors}, {found.busy} of {found.slots} slots busy"
    if found.lines:
        yield f"{'PRIORITY':<9}{'ENGINE':<12}{'TENANT':<14}{'WAITING':>8}{'HELD':>8}{'RUNNING':>9}  OLDEST"
    for line in found.lines:
        oldest = "" if line.oldest_seconds is None else f"{line.oldest_seconds:.0f} s"
        yield (
            f"{line.priority:<9}{line.engine:<12}{line.tenant:<14}"
            f"{line.waiting:>8}{line.held:>8}{line.running:>9}  {oldest}"
        )
    for load in found.tenants:
        most = "" if load.max_running is None else f", at most {load.max_running} at once"
        yield (
            f"{load.tenant}: {load.waiting} waiting, {load.running} running, {load.scheduled} scheduled, "
            f"{load.retry_pending} to be tried again; may have {load.max_queued}{most}"
        )
    recent = found.recent
    waits = ""
    if recent.wait_p50 is not None:
        waits = f"; waited {recent.wait_p50:.3g} s (p50), {recent.wait_p95:.3g} s (p95)"
    yield f"last {recent.seconds:g} s: {recent.completed} ended, {recent.completed_per_second:.3g}/s{waits}"


def _place(place: QueuePlace) -> Iterator[str]:
    if place.reason is None:
        yield f"{place.status}: it does not wait"
        return
    yield f"{place.status}: {place.reason} ({printable(place.detail)})"
    if place.ahead is not None:
        yield f"{place.ahead} of its tenant, engine and priority are before it"
