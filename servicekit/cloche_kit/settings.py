"""What every service is told by its environment. Each has one frozen class; secrets are never printed.

A setting may also lie in a file called like its variable (``cloche_nats_password``), in the folder that
``CLOCHE_SECRETS_DIR`` names: where containers find their secrets. A variable goes before a file.
"""

import os
import secrets
import socket
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

SECRETS_DIR = "CLOCHE_SECRETS_DIR"


def _instance() -> str:
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"


class EnvironmentSettings(BaseSettings):
    """Read from ``CLOCHE_…`` variables, and from files where there is a folder of them."""

    model_config = SettingsConfigDict(env_prefix="CLOCHE_", frozen=True, extra="ignore")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        folder = os.environ.get(SECRETS_DIR)
        if not folder:
            return init_settings, env_settings
        return init_settings, env_settings, SecretsSettingsSource(settings_cls, Path(folder))


class ServiceSettings(EnvironmentSettings):
    """Times in seconds."""

    nats_url: str = "nats://127.0.0.1:4222"
    nats_user: str | None = None
    nats_password: SecretStr | None = None
    stream_replicas: int = Field(default=1, ge=1, le=5, description="copies of each stream")
    stream_max_bytes: int = Field(
        default=8 << 30, ge=1 << 20, description="size of the log; full means 503"
    )
    audit_max_bytes: int = Field(
        default=1 << 30, ge=1 << 20, description="size of the audit log; beyond it the oldest go"
    )
    work_ack_wait: float = Field(
        default=15.0, gt=0, description="an executor silent for so long has lost its work"
    )
    instance: str = Field(
        default_factory=_instance, description="name of this process in events and logs"
    )
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    health_host: str = "127.0.0.1"
    health_port: int = Field(default=0, ge=0, le=65535, description="0 takes a free one")
    port_file: Path | None = Field(
        default=None, description="the bound port is written here once connections are accepted"
    )
    otlp_endpoint: Annotated[str | None, BeforeValidator(lambda given: given or None)] = Field(
        default=None,
        pattern="^https?://",
        description="OTLP/HTTP base URL; none: spans are not exported",
    )
    otlp_ratio: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="share of the traces that are sent whole; of the others, errors and slow spans",
    )
    otlp_slow_seconds: float = Field(
        default=2.0, gt=0, description="a span that takes so long is sent in any case"
    )
    revision: str = Field(
        default="", max_length=64, description="what this build was made from, for its metrics"
    )
    start_seconds: float = Field(
        default=30.0,
        ge=0,
        description="time for what a service depends on to be there and fit; 0: it starts without",
    )
    stop_seconds: float = Field(default=10.0, gt=0, description="time to drain after SIGTERM")

    @property
    def exit_seconds(self) -> float:
        """After so long from SIGTERM the process has ended, drained or not; a supervisor waits a moment longer."""
        return self.stop_seconds


class ObjectSettings(EnvironmentSettings):
    """Where objects lie (S3)."""

    s3_endpoint: str = "http://127.0.0.1:8333"
    s3_access_key: str = ""
    s3_secret_key: SecretStr = SecretStr("")
    s3_bucket: str = "cloche"
    s3_region: str = "us-east-1"
    s3_public_endpoint: str | None = Field(
        default=None,
        description="where clients reach the store, to be sent there for downloads; none: they are not",
    )


class PostgresSettings(EnvironmentSettings):
    """Where the read models lie."""

    postgres_dsn: SecretStr = SecretStr("postgresql://127.0.0.1:5432/cloche")
