"""What an executor is told by its environment."""

import os
from pathlib import Path

from cloche_kit.settings import ServiceSettings
from msgspec import Struct
from pydantic import Field

from cloche_executor.engines.choose import EngineSetting


def _slots() -> int:
    return max(2, 2 * (os.cpu_count() or 1))


class ExecutorSettings(ServiceSettings):
    """Read from ``CLOCHE_…`` variables. Times in seconds."""

    engine: EngineSetting = Field(default="auto", description="auto takes the strongest that works")
    slots: int = Field(default_factory=_slots, ge=1, le=1024, description="sandboxes at once")
    sandbox_image: str | None = Field(default=None, description="none: the one of our recipe")
    installation: str | None = Field(
        default=None, description="marks our sandboxes; none: the identity of the log"
    )
    status_file: Path | None = Field(default=None, description="where the engine is written down")


class Terms(Struct, frozen=True, kw_only=True):
    """Who this executor is and how it works."""

    installation: str
    executor: str
    slots: int
    ack_wait: float
    stop_seconds: float
