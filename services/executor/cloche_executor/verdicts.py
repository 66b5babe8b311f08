"""The verdict on a program that ran: by evidence, and whose failure it is."""

import signal
from typing import Any, Literal

from cloche_schemas.events import EvaluationCompleted
from cloche_schemas.values import FailureDomain, Limits, Outcome, Usage
from msgspec import Struct
from msgspec.structs import asdict

from cloche_executor.sandbox import Exit

_XCPU = 128 + signal.SIGXCPU
_KILLED = 128 + signal.SIGKILL

#: Why a run was ended before its program did: on request, or because a limit that is watched from outside is used up.
Cut = Literal["cancelled", "wall_seconds", "cpu_seconds"]


class Ran(Struct, frozen=True, kw_only=True):
    """One run of a program, over. `seconds` is its wall time."""

    seconds: float
    exit: Exit
    cut: Cut | None = None
    start_seconds: float = 0.0
    warm: bool = False

    @property
    def usage(self) -> Usage:
        return Usage(
            wall_seconds=self.seconds,
            cpu_seconds=self.exit.usage.cpu_seconds,
            peak_memory_bytes=self.exit.usage.peak_memory_bytes,
            start_seconds=self.start_seconds,
            warm=self.warm,
        )


class Verdict(Struct, frozen=True, kw_only=True):
    """What is said of a run. `limit` is the one that ended it, `reached` are all that it ran into."""

    outcome: Outcome
    domain: FailureDomain | None = None
    limit: str | None = None
    reached: tuple[str, ...] = ()
    detail: str = ""
    exit_code: int | None = None
    signal: int | None = None


def completed(verdict: Verdict, **more: Any) -> EvaluationCompleted:
    """The end of an evaluation with this verdict. Its attempt is filled in by whoever knows it."""
    return EvaluationCompleted(attempt=0, **asdict(verdict), **more)


def judge(ran: Ran, limits: Limits, *, output_over: bool = False) -> Verdict:
    """The verdict. `output_over`: more was written than is recorded, which ends no program."""
    status = ran.exit.status
    outcome, domain, limit, detail = _judge(ran, limits)
    hit = {*ran.exit.reached, *([limit] if limit else []), *(["output_bytes"] * output_over)}
    return Verdict(
        outcome=outcome,
        domain=domain,
        limit=limit,
        reached=tuple(name for name in Limits.__struct_fields__ if name in hit),
        detail=detail,
        exit_code=status if ran.cut is None else None,
        signal=signal_of(status),
    )


def _judge(ran: Ran, limits: Limits) -> tuple[Outcome, FailureDomain | None, str | None, str]:
    status = ran.exit.status
    if ran.cut == "cancelled":
        return "cancelled", None, None, ""
    if ran.cut is not None:
        return "timed_out", "limit", ran.cut, _time_is_up(ran.cut, limits)
    if status == 0:
        return "succeeded", None, None, ""
    if ran.exit.out_of_memory:
        detail = f"memory of {limits.memory_bytes} bytes is used up"
        return "out_of_memory", "limit", "memory_bytes", detail
    if status == _XCPU or (status == _KILLED and _cpu_used_up(ran, limits)):
        return "timed_out", "limit", "cpu_seconds", _time_is_up("cpu_seconds", limits)
    return _failed(ran, limits)


def _cpu_used_up(ran: Ran, limits: Limits) -> bool:
    return (ran.exit.usage.cpu_seconds or 0.0) >= limits.cpu_seconds


def _failed(ran: Ran, limits: Limits) -> tuple[Outcome, FailureDomain | None, str | None, str]:
    number = signal_of(ran.exit.status)
    ended = "" if number is None else f"ended by {signal.Signals(number).name}"
    # A child that was killed for memory beside another failure is no evidence of what failed.
    limit = next((name for name in ran.exit.reached if name != "memory_bytes"), None)
    if limit is not None:
        said = f"{limit} of {getattr(limits, limit)} is used up"
        return "failed", "limit", limit, f"{said}; {ended}" if ended else said
    return "failed", "program", None, ended


def _time_is_up(limit: Cut, limits: Limits) -> str:
    word = "wall" if limit == "wall_seconds" else "CPU"
    return f"{word} time of {getattr(limits, limit):g} s is used up"


def signal_of(status: int) -> int | None:
    """The signal that a status above 128 stands for, if there is such a signal."""
    number = status - 128
    return number if number in {s.value for s in signal.Signals} else None
