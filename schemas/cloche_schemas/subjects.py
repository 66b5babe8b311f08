"""Every subject of the log, built and parsed here and nowhere else (ARCHITECTURE.md, "The log")."""

import re

from msgspec import Struct

from cloche_schemas.events import CaseCompleted, EvaluationEvent, EvaluationQueued, OutputChunk
from cloche_schemas.values import (
    ENGINE_CHOICES,
    EVALUATION_ID,
    PRIORITIES,
    TENANT,
    EngineChoice,
    Priority,
)

ALL = "evaluations.>"
ALL_LIFECYCLE = "evaluations.*.*.lifecycle.>"
ALL_LOGS = "evaluations.*.*.lifecycle.log"
ALL_OUTPUT = "evaluations.*.*.output.*"
QUEUED_SOURCE = "evaluations.*.*.lifecycle.queued.*.*"
HELD_SOURCE = "evaluations.*.*.lifecycle.held.*.*.*"
# The transforms of the server: engine, priority and tenant; of what is held, also whom it takes turns with.
WORK_DESTINATION = "work.{{wildcard(3)}}.{{wildcard(4)}}.{{wildcard(1)}}"
HELD_DESTINATION = "held.{{wildcard(3)}}.{{wildcard(4)}}.{{wildcard(1)}}.{{wildcard(5)}}"
ALL_WORK = "work.>"
ALL_HELD = "held.>"
# What was released is announced by the server on a subject without tenant: executors look for it then.
RELEASED_SOURCE = "work.*.*.*.*"
RELEASED_DESTINATION = "released.{{wildcard(1)}}.{{wildcard(2)}}"
ALL_EXECUTORS = "executors.*"
ALL_GATEWAYS = "gateways.*"
ALL_RELEASED = "released.*.*"
LIVE_DESTINATION = "live.{{wildcard(1)}}.{{wildcard(2)}}.lifecycle.>"
ALL_LIVE = "live.*.*.lifecycle.>"

_TENANT = re.compile(TENANT)
_ID = re.compile(EVALUATION_ID)


class SubjectError(ValueError):
    """A subject, tenant or evaluation id that cannot be one of ours."""


class Address(Struct, frozen=True):
    """Where an evaluation lives: every subject of it starts here."""

    tenant: str
    evaluation: str

    def __post_init__(self) -> None:
        if not _TENANT.fullmatch(self.tenant):
            raise SubjectError(f"not a tenant token: {self.tenant!r}")
        if not _ID.fullmatch(self.evaluation):
            raise SubjectError(f"not an evaluation id: {self.evaluation!r}")

    @property
    def prefix(self) -> str:
        return f"evaluations.{self.tenant}.{self.evaluation}"

    @property
    def everything(self) -> str:
        """Filter over lifecycle and output: what a feed shows."""
        return f"{self.prefix}.>"

    @property
    def lifecycle(self) -> str:
        """Filter over every lifecycle subject: what the concurrency check looks at."""
        return f"{self.prefix}.lifecycle.>"

    @property
    def log(self) -> str:
        return f"{self.prefix}.lifecycle.log"

    @property
    def any_queued(self) -> str:
        return f"{self.prefix}.lifecycle.queued.>"

    @property
    def any_held(self) -> str:
        return f"{self.prefix}.lifecycle.held.>"

    @property
    def any_output(self) -> str:
        return f"{self.prefix}.output.*"

    @property
    def live(self) -> str:
        """Filter over the republished lifecycle."""
        return f"live.{self.tenant}.{self.evaluation}.lifecycle.>"

    def queued(self, engine: EngineChoice, priority: Priority) -> str:
        return f"{self.prefix}.lifecycle.queued.{engine}.{priority}"

    def held(self, engine: EngineChoice, priority: Priority, turns: str) -> str:
        return f"{self.prefix}.lifecycle.held.{engine}.{priority}.{turns}"

    def output(self, attempt: int) -> str:
        return f"{self.prefix}.output.{attempt}"

    def of(self, event: EvaluationEvent) -> str:
        """The subject that `event` belongs on."""
        match event:
            case EvaluationQueued(turns=str(turns)):
                return self.held(event.engine, event.priority, turns)
            case EvaluationQueued():
                return self.queued(event.engine, event.priority)
            case OutputChunk() | CaseCompleted():
                return self.output(event.attempt)
            case _:
                return self.log


def of_tenant(tenant: str) -> str:
    """Filter over everything of a tenant. `SubjectError` if there can be none."""
    if not _TENANT.fullmatch(tenant):
        raise SubjectError(f"not a tenant token: {tenant!r}")
    return f"evaluations.{tenant}.>"


def lifecycle_of_tenant(tenant: str) -> str:
    """Filter over every lifecycle subject of a tenant."""
    return f"evaluations.{tenant}.*.lifecycle.>"


def parse(subject: str) -> Address:
    """The address of any subject of EVALUATIONS or of its live feed. `SubjectError` if it is none."""
    tokens = subject.split(".")
    if (
        len(tokens) < 4
        or tokens[0] not in {"evaluations", "live"}
        or tokens[3] not in {"lifecycle", "output"}
    ):
        raise SubjectError(f"not a subject of an evaluation: {subject!r}")
    return Address(tokens[1], tokens[2])


def is_output(subject: str) -> bool:
    return subject.split(".")[3:4] == ["output"]


def work_filter(engine: EngineChoice, priority: Priority) -> str:
    """What one durable of WORK delivers."""
    return f"work.{engine}.{priority}.>"


def work_durable(engine: EngineChoice, priority: Priority) -> str:
    return f"work-{engine}-{priority}"


def released_durable(engine: EngineChoice, priority: Priority) -> str:
    return f"released-{engine}-{priority}"


def durable_of(subject: str) -> str:
    """The durable that gets what is told of on this subject. `SubjectError`.

    ``…queued.<engine>.<priority>`` of the log or the live feed: one of WORK; ``work.<engine>.<priority>.…``: one of
    RELEASED.
    """
    tokens = subject.split(".")
    if tokens[0] == "work" and len(tokens) >= 4:
        return f"released-{tokens[1]}-{tokens[2]}"
    if tokens[3:5] != ["lifecycle", "queued"] or len(tokens) != 7:
        raise SubjectError(f"nothing is queued on {subject!r}")
    return f"work-{tokens[5]}-{tokens[6]}"


WORK_DURABLES: tuple[tuple[EngineChoice, Priority], ...] = tuple(
    (engine, priority) for engine in ENGINE_CHOICES for priority in PRIORITIES
)
