"""What storage is told by its environment."""

from pathlib import Path

from cloche_kit.settings import ObjectSettings, ServiceSettings
from pydantic import Field


class StorageSettings(ServiceSettings, ObjectSettings):
    """Times in seconds, sizes in bytes."""

    segment_bytes: int = Field(
        default=8 << 20, ge=1, le=128 << 20, description="raw size at which a segment is sealed"
    )
    segment_seconds: float = Field(
        default=1.0, gt=0, description="age at which a segment is sealed, however small"
    )
    lease_seconds: float = Field(
        default=6.0, gt=0, description="a writer silent for so long has lost the archive"
    )
    output_memory_bytes: int = Field(
        default=64 << 20, ge=0, description="output held in memory, of all running programs"
    )
    output_tasks: int = Field(
        default=8, ge=1, description="evaluations whose output is archived at once"
    )
    signing_key_file: Path | None = Field(
        default=None, description="Ed25519 private key (PEM) that the archive's head is signed with"
    )
    sign_seconds: float = Field(
        default=10.0, ge=0, description="a head that has changed is signed at most so often"
    )
    head_history_seconds: float = Field(
        default=0.0, ge=0, description="a signed head is kept in the store so often; 0: none is"
    )
    upload_age_seconds: float = Field(
        default=172_800.0,
        gt=0,
        description="an upload that nobody has completed for so long is given back",
    )
    upload_check_seconds: float = Field(
        default=3600.0, gt=0, description="how often such uploads are looked for"
    )
    accept_stream: str = Field(
        default="",
        description="epoch of a stream to archive although an older stream's archive is there",
    )
