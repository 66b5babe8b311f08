"""What a Compose system keeps beside its compose.yaml, none of it in the repository: secrets, .env, the live colour."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from cloche_deploy import secret_files
from cloche_deploy.release import Failed

SOCKET = "/var/run/docker.sock"
COLLECTOR = "http://otel-collector:4318"
CLUSTER = "compose.cluster.yaml"
OBSERVABILITY = "observability"


class ComposeFiles:
    """The folder of compose.yaml."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = folder / ".env"
        self._map = folder / "state" / "proxy" / "colour.map"

    def make(self, *, observability: bool = False, cluster: bool = False) -> list[str]:
        """Make what is missing; what is there stays, so that it may be called again. What was written.

        What watches the system may come later. `Failed` for a cluster where .env is of a single server, because nodes
        do not take over what that one has kept.
        """
        known = self.variables()
        if cluster and CLUSTER not in known.get("COMPOSE_FILE", CLUSTER):
            raise Failed(
                "this system was made with one NATS server: take its .env away if it has never been started"
            )
        written = [f"secrets/{name}" for name in secret_files.make(self.folder / "secrets")]
        host = os.environ.get("DOCKER_HOST", "")
        socket = host.removeprefix("unix://") if host.startswith("unix://") else SOCKET
        wanted = {
            "COMPOSE_PROJECT_NAME": "cloche",
            "COMPOSE_FILE": "compose.yaml" + (f":{CLUSTER}" if cluster else ""),
            "COMPOSE_PROFILES": "core" + (f",{OBSERVABILITY}" if observability else ""),
            "CLOCHE_BLUE": "latest",
            "CLOCHE_GREEN": "latest",
            "DOCKER_SOCKET": socket,
            "DOCKER_GID": _group_of(Path(socket)),
            **({"CLOCHE_OTLP_ENDPOINT": COLLECTOR} if observability else {}),
        }
        missing = {name: value for name, value in wanted.items() if name not in known}
        profiles = known.get("COMPOSE_PROFILES", OBSERVABILITY).split(",")
        if observability and OBSERVABILITY not in profiles:
            missing["COMPOSE_PROFILES"] = ",".join([*profiles, OBSERVABILITY])
        if missing:
            self.say(missing)
            written.append(".env")
        if not self._map.exists():
            self.lead("blue")
            written.append("state/proxy/colour.map")
        return written

    def variables(self) -> dict[str, str]:
        """What .env says."""
        if not self.environment.exists():
            return {}
        lines = self.environment.read_text(encoding="utf-8").splitlines()
        pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
        return {name.strip(): value.strip() for name, _, value in pairs}

    def say(self, values: Mapping[str, str]) -> None:
        """Set variables in .env and leave its other lines as they are."""
        lines = (
            self.environment.read_text(encoding="utf-8").splitlines()
            if self.environment.exists()
            else []
        )
        kept = [line for line in lines if line.partition("=")[0].strip() not in values]
        _replace(self.environment, [*kept, *(f"{name}={value}" for name, value in values.items())])

    @property
    def live(self) -> str:
        """The colour that clients reach; empty where nobody has made the files."""
        if not self._map.exists():
            return ""
        return self._map.read_text(encoding="ascii").split()[-1]

    def lead(self, colour: str) -> None:
        """Write down the live colour; the proxy reads it when it is told to."""
        # For the proxy's user, whatever the umask is.
        for folder in (self._map.parent.parent, self._map.parent):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)
        _replace(self._map, [f"live {colour}"])

    @property
    def api_key(self) -> str:
        return (self.folder / "secrets" / "cloche_api_key").read_text(encoding="ascii").strip()


def _group_of(socket: Path) -> str:
    """The group that may use it; Debian's usual one where there is none yet."""
    try:
        found = socket.stat()
    except OSError:
        return "999"
    return str(found.st_gid) if stat.S_ISSOCK(found.st_mode) else "999"


def _replace(path: Path, lines: list[str]) -> None:
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")
    temporary.chmod(0o644)
    temporary.replace(path)
