"""What a gateway is told by its environment."""

import re
from ipaddress import ip_network
from typing import Annotated

from cloche_kit.settings import ObjectSettings, PostgresSettings, ServiceSettings
from cloche_schemas.values import IMAGE, Limits
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import NoDecode

#: What programs are usually told: their own settings, and what their runtimes go by. Nothing that loads other code.
ENV_ALLOWED = (
    *("APP_*", "ARG_*", "CONFIG_*", "INPUT_*", "TASK_*", "TEST_*"),
    *("COLUMNS", "DEBUG", "LANG", "LC_*", "LINES", "LOG_LEVEL", "MODE", "NO_COLOR", "SEED", "TZ"),
    *("GODEBUG", "GOGC", "GOMAXPROCS", "GOMEMLIMIT", "NODE_ENV", "RUST_BACKTRACE", "RUST_LOG"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"),
    *("PYTHONHASHSEED", "PYTHONUTF8", "PYTHONWARNINGS"),
)


SHORTEST_SECRET = 32


def _words(value: object) -> object:
    """A list as people write it in a variable: words, with commas or without."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _patterns(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not re.fullmatch(r"[A-Za-z_*][A-Za-z0-9_*]*", value):
            raise ValueError(f"{value!r} is no name of a variable with * for any letters")
    return values


def _images(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not re.fullmatch(IMAGE, value):
            raise ValueError(f"{value!r} is no name of an image")
    return values


def _origins(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if not re.fullmatch(r"https?://[^/?#\s]+", value, re.IGNORECASE):
            raise ValueError(f"{value!r} is no origin: https://host or https://host:port")
    return tuple(value.lower() for value in values)


def _address_of_traces(value: str) -> str:
    if value and not (re.fullmatch(r"https?://[^/?#\s]+\S*", value) and "{trace_id}" in value):
        raise ValueError(f"{value!r} is no address with {{trace_id}} in it")
    return value


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        ip_network(value)
    return values


def _long(value: SecretStr) -> SecretStr:
    if 0 < len(value.get_secret_value()) < SHORTEST_SECRET:
        raise ValueError(f"a secret that wraps others has at least {SHORTEST_SECRET} characters")
    return value


_Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_words)]


class GatewaySettings(ServiceSettings, ObjectSettings, PostgresSettings):
    """Times in seconds, sizes in bytes. The maxima bound what a submission may ask for."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535, description="0 takes a free one")
    api_key: SecretStr = Field(
        default=SecretStr(""),
        min_length=16,
        validate_default=True,
        description="the key that clients show; there is no gateway without one",
    )

    wrap_secret: Annotated[SecretStr, AfterValidator(_long)] = Field(
        default=SecretStr(""),
        description="wraps what keys sign with, the same for all gateways; none: the first key does",
    )
    previous_wrap_secret: Annotated[SecretStr, AfterValidator(_long)] = Field(
        default=SecretStr(""), description="the one before: what it wrapped is still opened"
    )
    key_use_seconds: float = Field(
        default=300.0, gt=0, description="so exactly is told when a key was last used"
    )
    audit_entries: int = Field(
        default=10_000,
        ge=1,
        description="entries that wait to be written; more are lost, and counted",
    )
    audit_seconds: float = Field(
        default=5.0, gt=0, description="so long a change of keys or tenants waits for its entry"
    )

    body_bytes: int = Field(default=1 << 20, ge=1024, description="largest body of a request")
    batch_bytes: int = Field(
        default=32 << 20,
        ge=1024,
        description="largest body of a batch, and size of what it becomes",
    )
    blob_bytes: int = Field(default=256 << 20, ge=1024, description="largest blob")
    blob_seconds: float = Field(default=600.0, gt=0, description="time for a blob to arrive")
    body_seconds: float = Field(default=30.0, gt=0, description="time for a body to arrive")
    max_attempts: int = Field(default=3, ge=1, description="attempts before the dead letter")
    env_allowed: Annotated[_Words, AfterValidator(_patterns)] = Field(
        default=ENV_ALLOWED, description="names that a program's environment may have; * is any"
    )
    extra_images: Annotated[_Words, AfterValidator(_images)] = Field(
        default=(), description="images that executors have besides those of the languages"
    )

    max_wall_seconds: float = 86_400.0
    max_cpu_seconds: float = 86_400.0
    max_cpus: float = 4.0
    max_memory_bytes: int = 4 << 30
    max_pids: int = 512
    max_output_bytes: int = 4 << 30
    max_scratch_bytes: int = 4 << 30
    max_scratch_inodes: int = 1_000_000
    max_file_bytes: int = 4 << 30
    max_open_files: int = 4096
    max_artifact_files: int = 1000
    max_artifact_bytes: int = 1 << 30
    cases_seconds: float = Field(
        default=86_400.0, gt=0, description="wall time that all cases of one evaluation may ask for"
    )

    schedule_seconds: float = Field(
        default=10.0, ge=1, description="shortest interval of a schedule (@every)"
    )
    schedules_per_tenant: int = Field(default=100, ge=0, description="schedules of one tenant")

    redirect_seconds: int = Field(
        default=300,
        ge=1,
        le=604_800,
        description="for so long an address of a download in the store is good",
    )
    search_seconds: float = Field(
        default=10.0, gt=0, description="time for one page of a search in output"
    )

    ping_seconds: float = Field(
        default=15.0, gt=0, description="silence before a sign of life on a feed"
    )
    send_seconds: float = Field(
        default=30.0, gt=0, description="a reader stalled for so long is cut"
    )
    reconnect_ms: int = Field(default=1000, ge=0, description="what `retry:` tells SSE clients")
    watcher_events: int = Field(
        default=4096, ge=1, description="events buffered for one client of a feed"
    )
    watcher_bytes: int = Field(
        default=8 << 20, ge=1, description="bytes buffered for one client of a feed"
    )

    websocket_subscriptions: int = Field(
        default=64, ge=1, description="subscriptions of one WebSocket connection at once"
    )
    websocket_message_bytes: int = Field(
        default=64 << 10, ge=1024, description="largest message of a WebSocket client"
    )
    websocket_auth_seconds: float = Field(
        default=10.0, gt=0, description="time for a WebSocket client to say its key"
    )
    allowed_origins: Annotated[_Words, AfterValidator(_origins)] = Field(
        default=(),
        description="whose pages may use the API and open a WebSocket, beside the gateway's own",
    )

    trace_url: Annotated[str, AfterValidator(_address_of_traces)] = Field(
        default="",
        description="where traces are shown, {trace_id} standing for one's id; clients link to it",
    )

    replay_readers: int = Field(
        default=16, ge=1, description="readers of the past at once; others wait for their turn"
    )

    tenant_max_queued: int = Field(
        default=200_000,
        ge=0,
        description="evaluations that a tenant may have queued and running, if it has no cap of its own",
    )
    tenant_max_running: int | None = Field(
        default=None,
        ge=1,
        description="that a tenant may run at once; none: as many as there are slots",
    )

    rate_read: int = Field(
        default=300_000,
        ge=1,
        le=10**8,
        description="units a minute for reading, of a key that has no rate of its own or its tenant's",
    )
    rate_write: int = Field(default=300_000, ge=1, le=10**8, description="the same for changing")
    rate_stream: int = Field(default=30_000, ge=1, le=10**8, description="for opening streams")
    rate_admin: int = Field(default=30_000, ge=1, le=10**8, description="for administrating")
    rate_block: float = Field(
        default=0.05,
        gt=0,
        le=1,
        description="part of a budget that a gateway takes ahead; so far each may go over it",
    )
    rate_share: float = Field(
        default=0.25,
        gt=0,
        le=1,
        description="part of a rate that each gateway grants by itself while the log is away",
    )
    streams_per_key: int = Field(
        default=5000, ge=1, description="streams that one key may have open on one gateway"
    )
    failures_per_minute: int = Field(
        default=600, ge=1, le=10**8, description="keys that are not good, from one address"
    )
    trusted_proxies: Annotated[_Words, AfterValidator(_networks)] = Field(
        default=(), description="addresses or networks whose X-Forwarded-For is believed"
    )
    max_in_flight: int = Field(
        default=2000, ge=1, description="requests whose answer has not begun; more are refused"
    )
    max_lag_seconds: float = Field(
        default=5.0, gt=0, description="so late the event loop may be for a while"
    )

    retry_base_seconds: float = Field(
        default=1.0, gt=0, description="ceiling of the first back-off"
    )
    retry_cap_seconds: float = Field(default=60.0, gt=0, description="ceiling of every back-off")
    max_retry_attempts: int = Field(
        default=20, ge=1, description="attempts that a submission may ask for"
    )
    max_retry_cap_seconds: float = Field(
        default=86_400.0, gt=0, description="ceiling of every back-off that it may ask for"
    )

    @property
    def maxima(self) -> Limits:
        """The most of each limit that a submission may ask for."""
        return Limits(**{name: getattr(self, f"max_{name}") for name in Limits.__struct_fields__})
