"""The secrets of a Compose system as files: what is random, and what follows from it, each as its reader wants it.

The folder is for its owner alone. The files in it can be read by everybody who gets there, which is who has them
mounted: a container's user owns nothing here. Standard library only.
"""

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

SERVICES = ("gateway", "storage", "projector", "executor")
NODES = ("nats", "nats-2", "nats-3")
#: PKCS #8 of an Ed25519 private key, up to its 32 bytes.
_ED25519 = bytes.fromhex("302e020100300506032b657004220420")


def _hex() -> str:
    return secrets.token_hex(24)


def _signing_key() -> str:
    """A private key as ``openssl genpkey -algorithm ed25519`` writes one."""
    text = base64.b64encode(_ED25519 + secrets.token_bytes(32)).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----"


#: Made once. To have another one, remove the file and make them again.
RANDOM: Mapping[str, Callable[[], str]] = {
    "archive_key": _signing_key,
    "cloche_api_key": lambda: f"cloche_{secrets.token_urlsafe(24)}",
    "cloche_s3_secret_key": _hex,
    "cloche_wrap_secret": _hex,
    "grafana_password": lambda: secrets.token_urlsafe(18),
    "nats_node": _hex,
    **{f"nats_{service}": _hex for service in SERVICES},
    "postgres_password": _hex,
    "s3_executor": _hex,
}


def make(folder: Path) -> list[str]:
    """Write what is not there, and what follows from it anew. Names of the files that were written."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    known: dict[str, str] = {}
    written = []
    for name, maker in RANDOM.items():
        path = folder / name
        if not path.exists():
            _write(path, maker())
            written.append(name)
        known[name] = path.read_text(encoding="ascii").strip()
    for name, text in _following(known).items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="ascii") != text + "\n":
            _write(path, text)
            written.append(name)
    return written


def _following(known: Mapping[str, str]) -> dict[str, str]:
    s3 = known["cloche_s3_secret_key"]
    node = known["nats_node"]
    routes = ", ".join(f'"nats-route://node:{node}@{name}:6222"' for name in NODES)
    # Its network has no way out and no wire, and its certificate would be its own.
    dsn = f"postgresql://cloche:{known['postgres_password']}@postgres:5432/cloche?sslmode=disable"
    return {
        "cloche_postgres_dsn": dsn,
        # Variables of a NATS configuration; quoted, for digits alone would be a number.
        "nats_passwords": "\n".join(
            f'{service.upper()}_PASSWORD: "{known[f"nats_{service}"]}"' for service in SERVICES
        ),
        "nats_cluster": f'CLUSTER_PASSWORD: "{node}"\nCLUSTER_ROUTES: [{routes}]',
        "s3_identities": json.dumps(
            {
                "identities": [
                    _identity("cloche", s3, "Admin", "Read", "Write", "List", "Tagging"),
                    # It runs next to strangers' programs: large inputs, and nothing else (ADR 0014).
                    _identity("executor", known["s3_executor"], "Read:cloche/blobs/*"),
                ]
            }
        ),
        "s3_options": _s3_options(s3),
        "s3_security": _s3_security(s3),
    }


def _identity(name: str, secret: str, *actions: str) -> dict[str, object]:
    return {
        "name": name,
        "credentials": [{"accessKey": name, "secretKey": secret}],
        "actions": actions,
    }


def _s3_options(secret: str) -> str:
    """Of ``weed mini``. Its inner servers speak to each other on loopback; what they hold is closed by keys."""
    options = {
        "dir": "/data",
        "ip": "127.0.0.1",
        "ip.bind": "0.0.0.0",  # noqa: S104 - its container's
        "bucket": "cloche",
        "s3.port": 8333,
        "s3.port.grpc": 18333,
        "s3.config": "/run/secrets/s3_identities",
        "s3.iam": "false",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "master.port": 9333,
        "master.port.grpc": 19333,
        "volume.port": 9340,
        "volume.port.grpc": 19340,
        "volume.preStopSeconds": 0,
        "filer.port": 8888,
        "filer.port.grpc": 18888,
        "admin.port": 23646,
        "admin.port.grpc": 33646,
        "admin.ui": "false",
        "admin.password": _derived("admin", secret),
        "webdav": "false",
        "master.telemetry": "false",
    }
    return "\n".join(f"{name}={value}" for name, value in options.items())


def _s3_security(secret: str) -> str:
    tables = {
        "jwt.signing": "write",
        "jwt.signing.read": "read",
        "jwt.filer_signing": "filer write",
        "jwt.filer_signing.read": "filer read",
    }
    return "\n".join(
        f'[{table}]\nkey = "{_derived(purpose, secret)}"' for table, purpose in tables.items()
    )


def _derived(purpose: str, secret: str) -> str:
    return hashlib.sha256(f"{purpose}:{secret}".encode()).hexdigest()


def _write(path: Path, text: str) -> None:
    """The file is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
    temporary.chmod(0o444)
    temporary.replace(path)
