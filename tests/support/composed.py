"""The Compose system as a whole: infra/compose, copied, on a daemon of its own, with images made here."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docker
import pytest
from cloche_deploy.compose import Pair
from cloche_deploy.compose_commands import Commands
from cloche_deploy.compose_files import ComposeFiles
from cloche_deploy.release import Failed
from cloche_executor.engines import docker_image
from cloche_executor.images.catalogue import catalogue, images_folder
from cloche_executor.images.packages import make_tarball
from deploy.standin_images import making
from support.docker_plugin import PREFIX
from support.own_docker import OwnDocker, lacking

SOURCE = Path(__file__).parents[2] / "infra" / "compose"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cloche-tests"
COMPOSE = "docker-compose"
PORT = 8080
PROJECT = "cloche"
LAYERS_KEPT = "168h"
#: A connection for each request, as of many clients; until its input ends.
_ASKING = """
import http.client, select, sys
while not select.select([sys.stdin], [], [], 0.03)[0]:
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        print(answer.status, answer.headers.get("Cloche-Colour"), flush=True)
    except (OSError, http.client.HTTPException) as error:
        print(0, type(error).__name__, flush=True)
    finally:
        connection.close()
"""


def references() -> dict[str, str]:
    """The images that compose.yaml names, by their names without a tag."""
    text = (SOURCE / "compose.yaml").read_text()
    found = re.findall(r"^ +image: ([\w/.-]+:\S+)$", text, re.MULTILINE)
    return {reference.rpartition(":")[0]: reference for reference in found}


def base() -> str:
    """The image that the services' Dockerfiles are based on."""
    text = (making.ROOT / "services" / "gateway" / "Dockerfile").read_text()
    found = re.search(r"^ARG BASE=(\S+)$", text, re.MULTILINE)
    assert found is not None
    return found[1]


class Composed:
    """A system that runs. `cloche` commands and requests come to it by the proxy's port alone."""

    def __init__(self, docker_: OwnDocker, files: ComposeFiles, pair: Pair) -> None:
        self.docker = docker_
        self.files = files
        self.pair = pair

    @property
    def environment(self) -> dict[str, str]:
        """For a client."""
        return {
            **os.environ,
            "CLOCHE_URL": f"http://127.0.0.1:{PORT}",
            "CLOCHE_API_KEY": self.files.api_key,
        }

    def command(self, *arguments: str) -> tuple[str, ...]:
        """A `cloche` command where the proxy's port is."""
        return self.docker.inside(sys.executable, "-m", "cloche", *arguments)

    def cloche(self, *arguments: str, stdin: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run(
            self.command(*arguments),
            input=stdin,
            capture_output=True,
            env=self.environment,
            timeout=90,
            check=False,
        )

    def status(self, path: str) -> tuple[int, str]:
        """What the proxy answers to a GET of anybody: the status, and the colour that answered."""
        asked = (
            "import sys, http.client as h; c = h.HTTPConnection('127.0.0.1', int(sys.argv[1])); "
        )
        asked += "c.request('GET', sys.argv[2]); r = c.getresponse(); print(r.status, r.headers.get('Cloche-Colour'))"
        done = subprocess.run(
            self.docker.inside(sys.executable, "-c", asked, str(PORT), path),
            capture_output=True,
            text=True,
            check=True,
        )
        status, colour = done.stdout.split()
        return int(status), colour

    @contextmanager
    def asked_all_the_time(self) -> Iterator[list[tuple[int, str]]]:
        """What the proxy answers while inside, as `status` tells it, some thirty times a second; known at the end.

        0 is no answer.
        """
        answers: list[tuple[int, str]] = []
        asking = subprocess.Popen(
            self.docker.inside(sys.executable, "-c", _ASKING, str(PORT)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with asking:
            assert asking.stdout is not None
            answers.append(_answer(asking.stdout.readline()))
            try:
                yield answers
            finally:
                answers += map(_answer, asking.communicate()[0].splitlines())

    def containers(self) -> dict[str, Any]:
        """What the daemon knows of each running container, by its service."""
        ids = self.docker.run(
            "ps", "--quiet", "--filter", f"label=com.docker.compose.project={PROJECT}"
        )
        found = json.loads(self.docker.run("inspect", *ids.split()))
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}

    def logs(self) -> str:
        """The end of what every container has written, for a failure's message."""
        return "\n".join(
            f"--- {service}\n{self.docker.written(one['Id'])}"
            for service, one in self.containers().items()
        )


def _answer(line: str) -> tuple[int, str]:
    status, colour = line.split()
    return int(status), colour


def built() -> OwnDocker:
    """A daemon, not running, that has every image; what it has made before is kept. Skips where there can be none."""
    if why := lacking():
        pytest.skip(f"{PREFIX}{why}")
    if shutil.which(COMPOSE) is None:
        pytest.skip(f"{PREFIX}there is no {COMPOSE}")
    folder = Path(os.environ.get("CLOCHE_TEST_COMPOSE_DIR") or CACHE / "compose")
    folder.mkdir(parents=True, exist_ok=True)
    own = OwnDocker(folder / "docker")
    with own.running(networks=False):
        making.make_bases(own, folder, base())
        making.make_services(own)
        making.make_servers(own, references())
        _make_sandbox_image(own)
        # Of what is younger the next build takes its layers: without them it installs every package again.
        own.run("image", "prune", "--force", "--filter", f"until={LAYERS_KEPT}")
    return own


@contextmanager
def composed(own: OwnDocker, folder: Path, *, cluster: bool = False) -> Iterator[Composed]:
    """The system, ready, while inside; then nothing of it is left."""
    copy = folder / "infra" / "compose"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("secrets", "state", ".env"))
    files = ComposeFiles(copy)
    with own.running(networks=True), _environment(own.environment):
        files.make(cluster=cluster)
        files.say({"CLOCHE_ENGINE": "docker", "CLOCHE_SLOTS": "2"})
        system = Composed(own, files, Pair(files, Commands(copy), (COMPOSE,)))
        try:
            try:
                system.pair.up()
            except Failed as error:
                raise AssertionError(f"{error}\n{system.logs()}") from error
            yield system
        finally:
            down = [COMPOSE, "--profile", "core", "--profile", "green", "down", "--volumes"]
            subprocess.run([*down, "--timeout", "2"], cwd=copy, capture_output=True, check=False)
            own.run("container", "prune", "--force")


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def _make_sandbox_image(own: OwnDocker) -> None:
    image = catalogue()["python"]
    tarball = make_tarball(image, images_folder(), lambda _line: None)
    api = docker.APIClient(base_url=own.environment["DOCKER_HOST"], version="auto")
    try:
        if docker_image.find(api, image) is None:
            docker_image.take_in(api, image, tarball)
    finally:
        api.close()
