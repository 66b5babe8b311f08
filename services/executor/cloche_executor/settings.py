"""What an executor is told by its environment."""

import os
from pathlib import Path

from cloche_kit.settings import ObjectSettings, ServiceSettings
from cloche_schemas.values import Engine, EngineChoice
from msgspec import Struct
from pydantic import Field


def _slots() -> int:
    return max(2, 2 * (os.cpu_count() or 1))


class ExecutorSettings(ServiceSettings, ObjectSettings):
    """Read from ``CLOCHE_…`` variables. Times in seconds."""

    engine: EngineChoice = Field(
        default="auto", description="auto opens every engine that works, a name that one alone"
    )
    require: Engine | None = Field(
        default=None, description="the weakest engine that may run anything; without it, none does"
    )
    slots: int = Field(default_factory=_slots, ge=1, le=1024, description="sandboxes at once")
    sandbox_image: str | None = Field(default=None, description="none: the one of our recipe")
    warm_least: int = Field(
        default=2, ge=0, le=64, description="sandboxes of the default kind that always wait"
    )
    warm_most: int = Field(
        default_factory=lambda: 2 * _slots(), ge=0, le=256, description="that may wait at once"
    )
    warm_seconds: float = Field(default=300.0, gt=0, description="until a waiting one is replaced")
    installation: str | None = Field(
        default=None, description="marks our sandboxes; none: the identity of the log"
    )
    drain_seconds: float = Field(
        default=30.0, ge=0, description="time for running attempts to end after SIGTERM"
    )
    status_file: Path | None = Field(default=None, description="where the engine is written down")

    @property
    def exit_seconds(self) -> float:
        """Attempts get their time first; what is left then is ended within the time to stop."""
        return self.drain_seconds + self.stop_seconds


class Terms(Struct, frozen=True, kw_only=True):
    """Who this executor is and how it works."""

    installation: str
    executor: str
    slots: int
    ack_wait: float
    drain_seconds: float
    stop_seconds: float
