"""What the projector is told by its environment."""

from cloche_kit.settings import ObjectSettings, PostgresSettings, ServiceSettings
from pydantic import Field


class ProjectorSettings(ServiceSettings, ObjectSettings, PostgresSettings):
    """Times in seconds."""

    projector_batch: int = Field(
        default=500, ge=1, le=10_000, description="messages in one transaction, at most"
    )
    projector_cache: int = Field(
        default=4096, ge=0, description="evaluations kept folded in memory between batches"
    )
    standby_seconds: float = Field(
        default=0.5, gt=0, description="how often a standby asks for the lock"
    )
    projector_rebuild_batch: int = Field(
        default=2000, ge=1, le=10_000, description="the same where read models are made anew"
    )
    projector_upgrade: bool = Field(
        default=True, description="make rows of an older version anew without being asked"
    )
    progress_seconds: float = Field(
        default=2.0, gt=0, description="how often it says how far it is, for trimming the log"
    )
