"""Blue and green on one machine, by Docker Compose: make its files, start it, deploy a colour, switch, go back.

    python -m cloche_deploy.compose init [--observability] [--cluster]
    python -m cloche_deploy.compose up
    python -m cloche_deploy.compose deploy  COLOUR [--tag TAG]
    python -m cloche_deploy.compose switch  COLOUR
    python -m cloche_deploy.compose retire  COLOUR
    python -m cloche_deploy.compose show
    python -m cloche_deploy.compose down

The same words as `cloche_deploy.release` has for AWS. `deploy` never touches the live colour. `switch` runs a program
through the colour before and after, and goes back by itself if clients would be worse off. `retire` lets the colour's
streams end and its programs finish.

Needs Python 3.11, `docker` and Compose (compose_commands.py), and nothing else.
Exits with 1 and one sentence if something is refused or fails.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from cloche_deploy.compose_commands import Commands, Run, compose_command
from cloche_deploy.compose_files import ComposeFiles
from cloche_deploy.release import COLOURS, Failed

INFRA = Path(__file__).parents[2]
FOLDER = INFRA / "compose"
SMOKE = INFRA / "terraform" / "modules" / "operations" / "smoke_test.py"
#: In the order in which they start; the gateway wants the others' work.
SERVICES = ("projector", "storage", "executor", "gateway")
# The executor's first start on a machine may make the image of its sandboxes.
HEALTHY_SECONDS = 900.0
LED_SECONDS = 20.0
POLL_SECONDS = 1.0
_STATE = (
    '{{index .Config.Labels "com.docker.compose.service"}} {{.State.Status}} {{.State.ExitCode}} '
    "{{if .State.Health}}{{.State.Health.Status}}{{else}}-{{end}}"
)
# Asked from inside, so that it does not matter where the proxy's port leads.
_ASK = "import urllib.request as r; print(r.urlopen('http://proxy:8080/readyz', timeout=3).headers['Cloche-Colour'])"


class Pair:
    """The system in one folder."""

    def __init__(
        self,
        files: ComposeFiles,
        run: Run,
        compose: Sequence[str],
        *,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._files = files
        self._run = run
        self._compose = tuple(compose)
        self._pause = pause

    def up(self) -> None:
        """Start everything that .env's profiles name; returns when it is ready."""
        self._tell("up", "--detach", colours=False)
        self._healthy()

    def down(self) -> None:
        """Stop everything. What it keeps stays."""
        self._tell("down", "--remove-orphans")

    def show(self) -> dict[str, object]:
        """The live colour, and of each colour its images and how many of its services run."""
        said = self._files.variables()
        return {
            "live": self._files.live,
            "colours": {
                colour: {
                    "tag": said.get(f"CLOCHE_{colour.upper()}", "latest"),
                    "running": len(self._containers(*_services(colour))),
                }
                for colour in COLOURS
            },
        }

    def deploy(self, colour: str, tag: str | None = None) -> None:
        """Put the images of `tag` on a colour that clients do not reach, and run a program through it."""
        self._not_live(colour, "deploy the other colour, then switch")
        if tag is not None:
            self._files.say({f"CLOCHE_{colour.upper()}": tag})
        # Not what both stand on: a change there is a maintenance of its own.
        self._tell("up", "--detach", "--no-deps", *_services(colour))
        self._healthy(*_services(colour))
        self.smoke(colour)

    def switch(self, colour: str) -> None:
        """Lead clients to `colour`, and back again if it does not work then."""
        before = self._files.live
        self._not_live(colour, "there is nothing to switch")
        self.smoke(colour)
        try:
            self._lead(colour)
            self._led(colour)
            self.smoke(colour)
        except Failed as error:
            self._lead(before)
            raise Failed(f"went back to {before}: {error}") from error

    def retire(self, colour: str) -> None:
        """Take a colour away that clients do not reach. Streams that are still there end and come back elsewhere."""
        self._not_live(colour, "switch to the other colour first")
        self._tell("stop", *reversed(_services(colour)))
        self._tell("rm", "--force", *_services(colour))

    def smoke(self, colour: str) -> None:
        """Run a program through the gateway of `colour`, from inside of it."""
        told = ("-e", "CLOCHE_URL", "-e", "CLOCHE_API_KEY")
        self._run(
            ("docker", "exec", "-i", *told, self._gateway(colour), "python", "-P", "-"),
            stdin=SMOKE.read_text(encoding="utf-8"),
            environment={
                "CLOCHE_URL": "http://127.0.0.1:8080",
                "CLOCHE_API_KEY": self._files.api_key,
            },
        )

    def _not_live(self, colour: str, instead: str) -> None:
        if not self._files.live:
            raise Failed("there are no secrets and no live colour: init makes them")
        if colour == self._files.live:
            raise Failed(f"{colour} is live: {instead}")

    def _lead(self, colour: str) -> None:
        self._files.lead(colour)
        # By a process of its own user; `docker kill` would count as stopping it.
        self._tell("exec", "-T", "proxy", "sh", "-c", "kill -HUP 1")

    def _led(self, colour: str) -> None:
        """Return when the proxy answers for `colour`."""
        seen = "nobody"
        for _ in range(int(LED_SECONDS / POLL_SECONDS)):
            try:
                seen = self._run(
                    ("docker", "exec", self._gateway(colour), "python", "-P", "-c", _ASK)
                ).strip()
            except Failed as error:
                seen = str(error)
            if seen == colour:
                return
            self._pause(POLL_SECONDS)
        raise Failed(f"the proxy leads to {seen} and not to {colour}")

    def _healthy(self, *services: str) -> None:
        """Return when every container, of these services or of all, is ready or has done what it was for."""
        waiting = ["nothing was started"]
        for _ in range(int(HEALTHY_SECONDS / POLL_SECONDS)):
            containers = self._containers(*services, stopped=True)
            if containers:
                states = self._run(("docker", "inspect", "--format", _STATE, *containers))
                waiting = [line for line in states.splitlines() if not _good(line)]
                if not waiting:
                    return
            self._pause(POLL_SECONDS)
        raise Failed(f"not ready after {HEALTHY_SECONDS:.0f} s: {'; '.join(waiting)}")

    def _gateway(self, colour: str) -> str:
        containers = self._containers(f"gateway-{colour}")
        if not containers:
            raise Failed(f"{colour} is not deployed: deploy it first")
        return containers[0]

    def _containers(self, *services: str, stopped: bool = False) -> list[str]:
        """Ids. Asked of the daemon, because the two kinds of Compose disagree about what `ps` lists."""
        project = self._files.variables().get("COMPOSE_PROJECT_NAME", "cloche")
        listed = self._run(
            (
                *("docker", "ps", *(("--all",) if stopped else ())),
                *("--filter", f"label=com.docker.compose.project={project}"),
                *("--format", '{{.ID}} {{.Label "com.docker.compose.service"}}'),
            )
        )
        found = [line.split() for line in listed.splitlines() if line.strip()]
        return [one for one, service in found if not services or service in services]

    def _tell(self, *words: str, colours: bool = True) -> None:
        """What Compose is to do, with the profiles of .env, and with both colours unless only those are meant."""
        profiles = self._files.variables().get("COMPOSE_PROFILES", "core").split(",")
        named = (*profiles, *(COLOURS if colours else ()))
        self._run(
            (*self._compose, *(word for name in named for word in ("--profile", name)), *words)
        )


def _services(colour: str) -> tuple[str, ...]:
    return tuple(f"{service}-{colour}" for service in SERVICES)


def _good(line: str) -> bool:
    _service, status, code, health = line.split()
    if status == "exited":
        return code == "0"
    return status == "running" and health in {"healthy", "-"}


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description="Blue and green by Docker Compose.")
    parser.add_argument(
        "what", choices=("init", "up", "down", "deploy", "switch", "retire", "show")
    )
    parser.add_argument("colour", choices=COLOURS, nargs="?")
    parser.add_argument("--tag", help="deploy: of the images; without it the one of before")
    parser.add_argument("--observability", action="store_true", help="init: with that profile")
    parser.add_argument("--cluster", action="store_true", help="init: with three NATS nodes")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of compose.yaml")
    asked = parser.parse_args(arguments)
    files = ComposeFiles(asked.folder)
    if asked.what in {"deploy", "switch", "retire"} and asked.colour is None:
        parser.error("say which colour")
    try:
        if asked.what == "init":
            made = files.make(observability=asked.observability, cluster=asked.cluster)
            sys.stdout.write("".join(f"made {name}\n" for name in made))
            return 0
        pair = Pair(files, Commands(asked.folder), compose_command())
        match asked.what:
            case "up":
                pair.up()
            case "down":
                pair.down()
            case "deploy":
                pair.deploy(asked.colour, asked.tag)
            case "switch":
                pair.switch(asked.colour)
            case "retire":
                pair.retire(asked.colour)
            case "show":
                sys.stdout.write(json.dumps(pair.show(), indent=2) + "\n")
    except Failed as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
