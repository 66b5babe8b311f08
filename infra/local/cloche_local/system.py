"""Which components there are, what each needs, and in which order they end."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from msgspec import Struct

from cloche_local.births import Nursery
from cloche_local.folder import DataFolder, Secrets
from cloche_local.nats import USER as NATS_USER
from cloche_local.nats import Nats
from cloche_local.ports import choose_port
from cloche_local.postgres import Postgres
from cloche_local.process import Component
from cloche_local.runner import Policy, Runner, Watcher
from cloche_local.seaweed import ACCESS_KEY, BUCKET, REGION, Seaweed
from cloche_local.services import Service

GATEWAY_PORT = 8080
USUAL_PORTS = {"nats": 4222, "postgres": 5432, "s3": 8333, "gateway": GATEWAY_PORT}

# A component starts when those it needs are ready, also those that it needs later only: another system that starts at
# the same time may take a port first, and a process goes on with the address that it was told when it began.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "nats": (),
    "postgres": (),
    "s3": (),
    "executor": ("nats", "s3"),
    "storage": ("nats", "s3"),
    "projector": ("nats", "postgres", "s3"),
    "gateway": ("nats", "postgres", "s3"),
}
# Intake first, the log last: nothing is accepted that nobody would record.
STOP_ORDER = ("gateway", "executor", "storage", "projector", "s3", "postgres", "nats")
# The first start of the executor may make an image.
READY_WITHIN = {"executor": 900.0}
# Somebody waits at a terminal: what runs longer is tried again when the system is up again. With the time to stop it
# is less than a runner's `stop_within`.
DRAIN_SECONDS = 2.0


class Wiring(Struct, frozen=True):
    """The components of one system."""

    nats: Nats
    postgres: Postgres
    s3: Seaweed
    services: dict[str, Service]
    status_file: Path

    @property
    def components(self) -> dict[str, Component]:
        return {
            "nats": self.nats,
            "postgres": self.postgres,
            "s3": self.s3,
            **self.services,
        }


def wire(folder: DataFolder, secrets: Secrets, *, port: int | None) -> Wiring:
    """Build the components of the system in `folder`. `port` is the gateway's; None takes the usual or a free one."""
    ports = _ports(folder)
    nats = Nats(
        folder.path / "nats",
        port=ports["nats"],
        password=secrets.nats_password,
        log=folder.log("nats"),
    )
    postgres = Postgres(
        folder.path / "postgres",
        port=ports["postgres"],
        password=secrets.postgres_password,
        log=folder.log("postgres"),
    )
    s3 = Seaweed(
        folder.path / "s3",
        port=ports["s3"],
        secret_key=secrets.s3_secret_key,
        log=folder.log("s3"),
    )
    status_file = folder.run / "executor.json"

    def log_settings() -> dict[str, str]:
        return {
            "CLOCHE_NATS_URL": nats.url,
            "CLOCHE_NATS_USER": NATS_USER,
            "CLOCHE_NATS_PASSWORD": secrets.nats_password,
        }

    def row_settings() -> dict[str, str]:
        return {"CLOCHE_POSTGRES_DSN": postgres.dsn()}

    def object_settings() -> dict[str, str]:
        return {
            "CLOCHE_S3_ENDPOINT": s3.endpoint,
            "CLOCHE_S3_ACCESS_KEY": ACCESS_KEY,
            "CLOCHE_S3_SECRET_KEY": secrets.s3_secret_key,
            "CLOCHE_S3_BUCKET": BUCKET,
            "CLOCHE_S3_REGION": REGION,
        }

    settings: dict[str, Callable[[], dict[str, str]]] = {
        "executor": lambda: (
            log_settings()
            | object_settings()
            | {
                "CLOCHE_STATUS_FILE": str(status_file),
                "CLOCHE_DRAIN_SECONDS": str(DRAIN_SECONDS),
            }
        ),
        "storage": lambda: (
            log_settings()
            | object_settings()
            | {"CLOCHE_SIGNING_KEY_FILE": str(folder.signing_key())}
        ),
        "projector": lambda: log_settings() | row_settings() | object_settings(),
        "gateway": lambda: (
            log_settings()
            | row_settings()
            | object_settings()
            | {"CLOCHE_API_KEY": secrets.api_key}
        ),
    }
    services = {
        name: Service(name, run=folder.run, log=folder.log(name), settings=told)
        for name, told in settings.items()
    }
    services["gateway"].port = ports["gateway"] if port is None else port
    return Wiring(nats, postgres, s3, services, status_file)


def runners(
    wiring: Wiring,
    folder: DataFolder,
    *,
    fixed_gateway_port: bool,
    watcher: Watcher,
    nursery: Nursery | None,
) -> dict[str, Runner]:
    """A runner for each component, in an order in which needs come first."""
    made: dict[str, Runner] = {}
    for name, needs in NEEDS.items():
        made[name] = Runner(
            wiring.components[name],
            log=folder.log(name),
            needs=[made[need] for need in needs],
            policy=Policy(
                fixed_port=fixed_gateway_port and name == "gateway",
                ready_within=READY_WITHIN.get(name, 30.0),
            ),
            watcher=watcher,
            nursery=nursery,
        )
    return made


def _ports(folder: DataFolder) -> dict[str, int]:
    """Those of the last run while they are free, then the usual ones, then any."""
    path = folder.run / "ports.json"
    try:
        last = {str(name): int(port) for name, port in json.loads(path.read_text()).items()}
    except (OSError, ValueError, AttributeError):
        last = {}
    return {
        name: choose_port(*([last[name]] if name in last else []), usual)
        for name, usual in USUAL_PORTS.items()
    }


def remember_ports(folder: DataFolder, wiring: Wiring) -> None:
    """Keep the ports of this run for the next one, so that addresses noted down stay good."""
    ports = {name: wiring.components[name].port for name in USUAL_PORTS}
    (folder.run / "ports.json").write_text(json.dumps(ports), encoding="ascii")
