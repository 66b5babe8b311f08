"""What can be found out about a system from outside: whether it answers, what its clock says, what the key may do."""

import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Literal

import msgspec
from msgspec import Struct
from rich.console import Console
from rich.text import Text

from cloche.client import Client
from cloche.discovery import Resolved
from cloche.errors import ClocheError, NotAuthorised, Unreachable
from cloche.service import About

Grade = Literal["ok", "warn", "fail"]
COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}
#: The header Date counts whole seconds, and an answer takes a while.
SKEW_SECONDS = 5.0
#: Signed requests are refused beyond this.
MOST_SKEW_SECONDS = 300.0
SLOW_SECONDS = 1.0


class Finding(Struct, frozen=True):
    """One line: what was looked at, what was found, and where it is not good, what to do."""

    what: str
    grade: Grade
    found: str
    advice: str = ""


def show(findings: Iterable[Finding], *, json: bool) -> int:
    """Print them, each as soon as it is there; 1 if something must be done."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    every: list[Finding] = []
    for finding in findings:
        every.append(finding)
        if not json:
            grade = Text(f"{finding.grade:<5}", style=COLOURS[finding.grade])
            console.print(grade + Text(f"{finding.what:<16}{finding.found}"))
            if finding.advice:
                console.print(Text(f"{'':<21}→ {finding.advice}"))
    if json:
        sys.stdout.write(msgspec.json.encode(every).decode() + "\n")
    return 1 if any(finding.grade == "fail" for finding in every) else 0


def platform(target: Resolved, client: Client) -> Iterator[Finding]:
    """Everything about the system that commands talk to, those first that others stand on."""
    yield Finding("system", "ok", f"{target.url} ({target.origin})")
    begun, sent = time.monotonic(), datetime.now(UTC)
    try:
        about = client.about()
    except NotAuthorised as error:
        yield Finding("reachable", "ok", _seconds(time.monotonic() - begun))
        if error.problem.code == "signature_expired":
            yield Finding("clock", "fail", str(error), "let NTP set both")
        elif error.problem.code == "signature_required":
            yield Finding("key", "fail", str(error), "cloche login --sign, or CLOCHE_SIGN=1")
        else:
            yield Finding("key", "fail", str(error), "cloche login, or CLOCHE_API_KEY")
        return
    except Unreachable as error:
        yield Finding("reachable", "fail", str(error), "is the address right, and does it run?")
        return
    except ClocheError as error:
        yield Finding("reachable", "fail", f"it is no Cloche: {error}", "is the address right?")
        return
    took = time.monotonic() - begun
    yield Finding("reachable", "warn" if took > SLOW_SECONDS else "ok", _seconds(took))
    yield clock(about, sent, took)
    may = ", ".join(about.scopes) or "nothing"
    yield Finding("key", "ok", f"{about.key} of tenant {about.tenant}, {about.role}: may {may}")
    yield versions(about.version, version("cloche"))
    yield readiness(client)


def clock(about: About, sent: datetime, took: float) -> Finding:
    """How far apart the clocks are, as far as that can be told."""
    if about.at is None:
        return Finding("clock", "warn", "the server does not say what its clock says")
    # Its second began at some time while we waited.
    skew = (about.at - sent).total_seconds() + 0.5 - took / 2
    words = f"the server's is {abs(skew):.1f} s {'ahead' if skew > 0 else 'behind'}"
    if abs(skew) <= SKEW_SECONDS:
        return Finding("clock", "ok", words)
    grade: Grade = "warn" if abs(skew) < MOST_SKEW_SECONDS else "fail"
    return Finding(
        "clock", grade, words, "let NTP set both: times of events are those of the server"
    )


def versions(server: str, ours: str) -> Finding:
    """The same but for the last number is as good as equal."""
    words = f"server {server}, command {ours}"
    if server.split(".")[:2] == ours.split(".")[:2]:
        return Finding("server", "ok", words)
    return Finding("server", "warn", words, "install the command of the server's version")


def readiness(client: Client) -> Finding:
    """What the server says of what it needs."""
    try:
        found = client.readiness()
    except ClocheError as error:
        return Finding("ready", "warn", f"it does not say: {error}")
    if found.ready:
        return Finding("ready", "ok", ", ".join(found.checks) or "it says so")
    lacks = [name for name, good in found.checks.items() if not good]
    words = found.alarm or f"it does not have: {', '.join(lacks) or 'what it needs'}"
    return Finding("ready", "fail", words, "whoever runs it finds the reason in its log")


def _seconds(took: float) -> str:
    return f"it answers after {took * 1000:.0f} ms"
