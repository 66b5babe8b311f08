"""Whether a Docker daemon answers, found out without the SDK, which leaks its socket when none does."""

import socket
from urllib.parse import urlsplit

from cloche_executor.sandbox import EngineUnavailable

DEFAULT_HOST = "unix:///var/run/docker.sock"
DEFAULT_PORT = 2375


def daemon_answers(host: str, seconds: float) -> bool:
    """Ask the daemon at `host` (as in DOCKER_HOST) for a sign of life. Blocking.

    `EngineUnavailable` if `host` is neither a socket nor plain TCP: those are all that raw streams work over.
    """
    parts = urlsplit(host)
    try:
        if parts.scheme == "unix":
            connection = socket.socket(socket.AF_UNIX)
            where: str | tuple[str, int] = parts.netloc + parts.path
        elif parts.scheme in {"tcp", "http"}:
            connection = socket.socket(socket.AF_INET)
            where = (parts.hostname or "localhost", parts.port or DEFAULT_PORT)
        else:
            raise EngineUnavailable(f"DOCKER_HOST {host} is neither a socket nor plain TCP")
        with connection:
            connection.settimeout(seconds)
            connection.connect(where)
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return b" 200 " in connection.recv(64)
    except OSError:
        return False
