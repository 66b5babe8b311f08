"""Attacks as values: what somebody submits, and what has to become of it.

A test file of tests/security is a table of these; support/lab.py runs them.
"""

from collections.abc import Callable, Sequence
from textwrap import dedent
from typing import Any

import pytest
from cloche_executor.output import TAIL_BYTES
from cloche_schemas.commands import Case, EvaluationSpec, SourceFile
from cloche_schemas.events import (
    AttemptStarted,
    CaseCompleted,
    EvaluationCompleted,
    EvaluationDeadLettered,
    LifecycleEvent,
    OutputChunk,
    OutputEvent,
    recorded,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits, StreamName
from msgspec import Struct
from msgspec.structs import replace
from support.deviations import deviation

MIB = 1 << 20
# From a limit's end to the verdict, on a machine that does other things as well.
SLACK_SECONDS = 2.0


def limits(**changes: Any) -> Limits:
    """Little time, and the product's defaults for the rest: most attacks need no more, and a warm sandbox fits them."""
    return replace(Limits(wall_seconds=10.0, cpu_seconds=10.0), **changes)


class Story(Struct, frozen=True):
    """What the log tells of an evaluation that is over."""

    address: Address
    events: list[LifecycleEvent]
    written: list[OutputEvent]

    @property
    def started(self) -> AttemptStarted:
        return next(event for event in self.events if isinstance(event, AttemptStarted))

    @property
    def end(self) -> EvaluationCompleted:
        last = self.events[-1]
        assert isinstance(last, EvaluationCompleted), last
        return last

    @property
    def chunks(self) -> list[OutputChunk]:
        return [event for event in self.written if isinstance(event, OutputChunk)]

    @property
    def cases(self) -> list[CaseCompleted]:
        return [event for event in self.written if isinstance(event, CaseCompleted)]

    @property
    def stdout(self) -> bytes:
        return self.stream("stdout")

    @property
    def stderr(self) -> bytes:
        return self.stream("stderr")

    @property
    def lines(self) -> list[str]:
        return self.stdout.decode().splitlines()

    @property
    def seconds(self) -> float:
        """The wall time that the attempt was charged."""
        assert self.end.usage is not None
        return self.end.usage.wall_seconds

    def stream(self, name: StreamName) -> bytes:
        return b"".join(chunk.data for chunk in self.chunks if chunk.stream == name)

    def artifact(self, name: str) -> bytes:
        """The bytes of a file that came back."""
        file = next(one for one in self.end.artifacts if one.name == name)
        return self.stream("artifacts")[file.offset : file.offset + file.size]

    def check_record(self) -> None:
        """Exactly one end, nothing after it, no chunk missing, and no more recorded than is allowed."""
        ends = [
            e for e in self.events if isinstance(e, EvaluationCompleted | EvaluationDeadLettered)
        ]
        assert len(ends) == 1, self.events
        assert self.events[-1] is ends[0], self.events
        assert [chunk.index for chunk in self.chunks] == list(range(len(self.chunks)))
        if not isinstance(ends[0], EvaluationCompleted):
            return
        for name, summary in recorded(ends[0]).items():
            data = self.stream(name)
            assert len(data) == summary.head_bytes + summary.tail_bytes, (name, summary)
            if name in {"stdout", "stderr"}:
                assert summary.head_bytes <= self._cap(), (name, summary)
            assert summary.tail_bytes <= TAIL_BYTES, (name, summary)
            total = summary.head_bytes + summary.dropped_bytes + summary.tail_bytes
            assert summary.total_bytes == total, (name, summary)

    def _cap(self) -> int:
        starts = [event for event in self.events if isinstance(event, AttemptStarted)]
        return starts[-1].limits.output_bytes * max(1, len(self.cases)) if starts else 0


Check = Callable[[Story], None]


class Attack(Struct, frozen=True, kw_only=True):
    """A hostile submission, and what has to become of it. What is None is left open.

    `entries`: the numbers that it has in the list of test_list.py. `said`: its stdout, exactly, without white space
    around. `seconds`: between which its wall time has to lie; `cpu`: the same of its CPU time, where it is counted: how
    long that takes is for the machine to say. `patience`: seconds until it is taken for lost.
    `neighbour`: another evaluation runs at the same time and must not notice.
    """

    name: str = ""
    entries: tuple[int, ...] = ()
    program: str = ""
    language: str = "python"
    limits: Limits = limits()
    stdin: str = ""
    argv: tuple[str, ...] = ()
    files: tuple[SourceFile, ...] = ()
    cases: tuple[Case, ...] | None = None
    outcome: str | tuple[str, ...] = "succeeded"
    domain: str | None = None
    limit: str | None = None
    reached: tuple[str, ...] = ()
    exit_code: int | None = None
    said: str | None = None
    seconds: tuple[float, float] | None = None
    cpu: tuple[float, float] | None = None
    check: Check | None = None
    patience: float = 60.0
    neighbour: bool = False

    def but(self, **changes: Any) -> "Attack":
        """The same with some changes: a table's rows share what they have in common."""
        return replace(self, **changes)

    @property
    def spec(self) -> EvaluationSpec:
        return EvaluationSpec(
            code=dedent(self.program).lstrip("\n"),
            language=self.language,
            stdin=self.stdin,
            argv=self.argv,
            files=self.files,
            cases=self.cases,
        )

    def judge(self, story: Story) -> None:
        """Whether it ended as it has to."""
        end, told = story.end, _told(story)
        deviates = deviation(story.started, self.name)
        outcomes = (self.outcome,) if isinstance(self.outcome, str) else self.outcome
        if deviates is not None:
            assert end.outcome in deviates.outcomes, told
            return
        assert end.outcome in outcomes, told
        # However a program ends: it is never taken for a failure of ours.
        assert end.domain != "infrastructure", told
        if self.domain is not None:
            assert end.domain == self.domain, told
        if self.limit is not None:
            assert end.limit == self.limit, told
        counted = {name for name in self.reached if _counts(story.started, name)}
        assert counted <= set(end.reached), told
        if self.exit_code is not None:
            assert end.exit_code == self.exit_code, told
        if self.said is not None:
            assert story.stdout.decode().strip() == dedent(self.said).strip(), told
        if self.seconds is not None:
            least, most = self.seconds
            assert least <= story.seconds <= most, told
        used = None if end.usage is None else end.usage.cpu_seconds
        if self.cpu is not None and used is not None:
            assert self.cpu[0] <= used <= self.cpu[1], told
        if self.check is not None:
            self.check(story)


def timed_out(seconds: float) -> Attack:
    """What attacks share that only the wall clock ends."""
    return Attack(
        outcome="timed_out",
        limit="wall_seconds",
        limits=limits(wall_seconds=seconds, cpu_seconds=60),
        seconds=(seconds, seconds + SLACK_SECONDS),
    )


def attacks(*table: Attack | Sequence[Attack]) -> pytest.MarkDecorator:
    """Run a test once for each attack of the table, under its name."""
    flat = [one for entry in table for one in ([entry] if isinstance(entry, Attack) else entry)]
    return pytest.mark.parametrize(
        "attack", [pytest.param(one, id=one.name, marks=entry(*one.entries)) for one in flat]
    )


def entry(*numbers: int) -> pytest.MarkDecorator:
    """Says which entries of the list of hostile programs (test_list.py) a test is for."""
    return pytest.mark.entry(*numbers)


def _counts(started: AttemptStarted, limit: str) -> bool:
    """Whether the engine has evidence of running into a limit; where it has none, its shortfalls say so by name."""
    return limit in started.enforced and not any(s.startswith(limit) for s in started.shortfalls)


def _told(story: Story) -> str:
    """What to say of an evaluation that ended in another way."""
    said = b"\n---\n".join(story.stream(name)[-1500:] for name in ("stdout", "stderr", "compiler"))
    return f"{story.end}\n{said.decode(errors='replace')}"
