"""What storage is told by its environment."""

from pathlib import Path

from cloche_kit.settings import ObjectSettings, ServiceSettings
from pydantic import Field, SecretStr


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
    signing_secret: SecretStr = Field(
        default=SecretStr(""),
        description="where there is no such file: a secret, from 32 characters, to derive the key from",
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
    retention_stream_days: float = Field(
        default=7.0, ge=0, description="how long events stay on the log; 0: for ever"
    )
    retention_archive_days: float = Field(
        default=0.0, ge=0, description="how long events stay in the archive; 0: for ever"
    )
    retention_output_days: float = Field(
        default=0.0, ge=0, description="how long what programs wrote is kept; 0: for ever"
    )
    retention_artifacts_days: float = Field(
        default=0.0, ge=0, description="how long files that programs left are kept; 0: for ever"
    )
    retention_shortest_seconds: float = Field(
        default=3600.0, ge=0, description="no period is shorter, whoever asks for it; for tests"
    )
    retention_seconds: float = Field(
        default=60.0, gt=0, description="how often what is old enough is forgotten"
    )
    retention_pressure: float = Field(
        default=0.9, gt=0, le=1, description="share of the log's size at which it is trimmed early"
    )
    retention_pressure_age_seconds: float = Field(
        default=60.0, ge=0, description="what is younger is not trimmed even then"
    )
    retention_silence_seconds: float = Field(
        default=60.0, gt=0, description="a projector silent for so long stops the trimming"
    )
    retention_segments: int = Field(
        default=200, ge=1, description="segments looked at in one round, at most"
    )
    retention_objects: int = Field(
        default=10_000, ge=1, description="objects looked at in one round, at most"
    )
    retention_sweep_seconds: float = Field(
        default=900.0, ge=0, description="from one walk over all objects to the next"
    )
