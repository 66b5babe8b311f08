"""The feed of the scripted gateway: server-sent events as the real one, and every way to break off."""

import threading
from collections.abc import Sequence
from io import BufferedIOBase
from typing import Literal, Protocol

import msgspec
from cloche_schemas.events import EvaluationEvent
from cloche_schemas.views import Problem
from support.fake_answers import frame

Break = Literal["drop", "reconnect", "unavailable", "damaged"]
_PROBLEMS = {"unavailable": 503, "archive_damaged": 502}


class Script(Protocol):
    """What a feed goes by: events that may become more, and how which of them is to break off."""

    changed: threading.Condition
    breaks: dict[int, Break]
    closing: bool

    @property
    def events(self) -> Sequence[EvaluationEvent]: ...

    def over(self) -> bool: ...


def play(script: Script, after: str | None, out: BufferedIOBase, *, follow: bool) -> None:
    """Write frames until the end of the script, or without `follow` until the end of what is there."""
    at = int(after.removeprefix("e-")) if after else 0
    while True:
        with script.changed:
            if at >= len(script.events):
                if script.over() or script.closing or not follow:
                    out.write(b"event: end\ndata: {}\n\n")
                    return
                script.changed.wait(1.0)
                continue
            event = script.events[at]
        at += 1
        data = frame(at, event)
        how = script.breaks.pop(at, None)
        if how is not None:
            out.write(_broken(data, at, how))
            return
        out.write(data)
        out.flush()


def _broken(data: bytes, at: int, how: Break) -> bytes:
    """The frame that the connection ends with."""
    match how:
        case "drop":
            return data[: len(data) // 2]
        case "reconnect":
            return data + b"event: reconnect\nretry: 10\ndata: {}\n\n"
    code = "unavailable" if how == "unavailable" else "archive_damaged"
    problem = Problem(type="about:blank", title="It broke", status=_PROBLEMS[code], code=code)
    # First a sign of life that passes over what is not wanted.
    life = b": ping\nid: e-%d\n\n" % (at + 1)
    return data + life + b"event: error\ndata: %s\n\n" % msgspec.json.encode(problem)
