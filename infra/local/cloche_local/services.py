"""The four services of Cloche as components: processes of this interpreter, told everything by their environment."""

import http.client
import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from cloche_local.ports import LOOPBACK, listens
from cloche_local.process import Command

STOP_SECONDS = 8.0


class Service:
    """One service process. `settings` is asked anew for each start: ports are known only then."""

    def __init__(
        self,
        name: str,
        *,
        run: Path,
        log: Path,
        settings: Callable[[], Mapping[str, str]],
        port: int = 0,
    ) -> None:
        self.name = name
        # The one that it is to take, else 0 until it has told us.
        self.port = port
        self.port_file = run / f"{name}.port"
        self._run = run
        self._log = log
        self._settings = settings
        self._instance = ""

    def prepare(self) -> None:
        self._instance = f"{self.name}-{secrets.token_hex(4)}"
        self.port_file.unlink(missing_ok=True)

    def command(self) -> Command:
        return Command(
            # -P: the working folder must not be able to shadow a module.
            argv=(sys.executable, "-P", "-m", f"cloche_{self.name}"),
            module=f"cloche_{self.name}",
            cwd=self._run,
            log=self._log,
            environment={
                "CLOCHE_LOG_FORMAT": "console",
                **os.environ,
                "PYTHONUNBUFFERED": "1",
                "CLOCHE_HEALTH_HOST": LOOPBACK,
                "CLOCHE_HEALTH_PORT": "0",
                "CLOCHE_HOST": LOOPBACK,
                "CLOCHE_PORT": str(self.port),
                "CLOCHE_STOP_SECONDS": str(STOP_SECONDS),
                "CLOCHE_INSTANCE": self._instance,
                "CLOCHE_PORT_FILE": str(self.port_file),
                **self._settings(),
            },
        )

    def ready(self, pid: int) -> bool:
        """Our process listens on the port it told us, calls itself what we called it, and says that it is ready."""
        try:
            port = int(self.port_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return False
        if not listens(pid, port):
            return False
        self.port = port
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=2.5)
        try:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, ValueError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        return response.status == http.HTTPStatus.OK and answer.get("instance") == self._instance
