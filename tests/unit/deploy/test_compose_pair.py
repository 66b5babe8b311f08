"""Deploying, switching, going back and retiring by Docker Compose, over a daemon that tells what it was told."""

import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from cloche_deploy import compose
from cloche_deploy.compose import Pair
from cloche_deploy.compose_commands import Commands, compose_command
from cloche_deploy.compose_files import ComposeFiles
from cloche_deploy.release import Failed

BLUE = tuple(f"{service}-blue" for service in compose.SERVICES)
GREEN = tuple(f"{service}-green" for service in compose.SERVICES)


class Machine:
    """Answers as `docker` does. `broken`: colours whose smoke test fails; `stuck`: the proxy reads nothing any more."""

    def __init__(self, files: ComposeFiles, *running: str) -> None:
        self.files = files
        self.running = list(running)
        self.told: list[str] = []
        self.tried: list[str] = []
        self.states: dict[str, list[str]] = {}
        self.broken: set[str] = set()
        self.stuck = False
        self._leads_to = files.live

    def __call__(
        self,
        command: Sequence[str],
        *,
        stdin: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> str:
        match list(command):
            case ["docker", "ps", *_]:
                return "".join(f"id-{service} {service}\n" for service in self.running)
            case ["docker", "inspect", *words]:
                return "\n".join(self._state(word) for word in words if word.startswith("id-"))
            case ["docker", "exec", "-i", *words]:
                return self._smoke(words[words.index("python") - 1], stdin, environment or {})
            case ["docker", "exec", _gateway, *_]:
                return f"{self._leads_to}\n"
            case ["compose", *words]:
                self._compose(words)
                return ""
        raise AssertionError(command)

    def _state(self, container: str) -> str:
        service = container.removeprefix("id-")
        left = self.states.get(service, [])
        return f"{service} {left.pop(0) if left else 'running 0 healthy'}"

    def _smoke(self, container: str, stdin: str, environment: Mapping[str, str]) -> str:
        colour = container.rpartition("-")[2]
        assert "CLOCHE_API_KEY" in stdin
        assert environment["CLOCHE_API_KEY"] == self.files.api_key
        self.tried.append(colour)
        if colour in self.broken:
            raise Failed("no program ran")
        return "one ran\n"

    def _compose(self, words: list[str]) -> None:
        while words[0] == "--profile":
            words = words[2:]
        self.told.append(" ".join(words))
        if words[0] == "up":
            self.running += [word for word in words if word in GREEN + BLUE]
        if words[0] == "exec" and not self.stuck:
            self._leads_to = self.files.live


@pytest.fixture
def files(tmp_path: Path) -> ComposeFiles:
    made = ComposeFiles(tmp_path)
    made.make()
    return made


def _pair(machine: Machine) -> Pair:
    return Pair(machine.files, machine, ("compose",), pause=lambda _seconds: None)


def test_a_deployment_leaves_the_live_colour_and_what_both_stand_on_alone(
    files: ComposeFiles,
) -> None:
    machine = Machine(files, *BLUE, "nats")
    _pair(machine).deploy("green", "v2")
    assert machine.told == [f"up --detach --no-deps {' '.join(GREEN)}"]
    assert machine.tried == ["green"]
    assert files.live == "blue"
    assert (files.variables()["CLOCHE_GREEN"], files.variables()["CLOCHE_BLUE"]) == ("v2", "latest")


def test_a_colour_is_tried_when_it_is_ready(files: ComposeFiles) -> None:
    machine = Machine(files)
    machine.states["gateway-green"] = ["running 0 starting", "running 0 unhealthy"]
    machine.states["executor-green"] = ["restarting 2 starting"]
    _pair(machine).deploy("green")
    assert machine.states["gateway-green"] == []
    assert machine.tried == ["green"]


def test_one_that_never_gets_ready_is_named(
    files: ComposeFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose, "HEALTHY_SECONDS", 3.0)
    machine = Machine(files)
    machine.states["storage-green"] = ["restarting 2 starting"] * 3
    with pytest.raises(Failed, match="not ready after 3 s: storage-green restarting 2 starting"):
        _pair(machine).deploy("green")
    assert machine.tried == []


def test_the_live_colour_is_neither_deployed_nor_retired(files: ComposeFiles) -> None:
    machine = Machine(files, *BLUE)
    with pytest.raises(Failed, match="blue is live: deploy the other colour"):
        _pair(machine).deploy("blue", "v2")
    with pytest.raises(Failed, match="blue is live: switch to the other colour first"):
        _pair(machine).retire("blue")
    assert (machine.told, machine.tried) == ([], [])


def test_a_switch_leads_clients_over_and_the_way_back_is_the_same(files: ComposeFiles) -> None:
    machine = Machine(files, *BLUE, *GREEN, "proxy")
    _pair(machine).switch("green")
    assert (files.live, machine.tried) == ("green", ["green", "green"])
    assert machine.told == ["exec -T proxy sh -c kill -HUP 1"]
    _pair(machine).switch("blue")
    assert files.live == "blue"


def test_a_colour_that_does_not_work_gets_no_clients(files: ComposeFiles) -> None:
    machine = Machine(files, *BLUE, *GREEN, "proxy")
    machine.broken = {"green"}
    with pytest.raises(Failed, match="no program ran"):
        _pair(machine).switch("green")
    assert (files.live, machine.told) == ("blue", [])


def test_a_proxy_that_does_not_follow_is_led_back(files: ComposeFiles) -> None:
    machine = Machine(files, *BLUE, *GREEN, "proxy")
    machine.stuck = True
    with pytest.raises(Failed, match="went back to blue: the proxy leads to blue and not to green"):
        _pair(machine).switch("green")
    assert files.live == "blue"
    assert len(machine.told) == 2


def test_a_colour_that_is_not_there_cannot_be_switched_to(files: ComposeFiles) -> None:
    with pytest.raises(Failed, match="green is not deployed"):
        _pair(Machine(files, *BLUE)).switch("green")


def test_a_retired_colour_stops_from_the_gateway_on(files: ComposeFiles) -> None:
    machine = Machine(files, *BLUE, *GREEN)
    _pair(machine).retire("green")
    assert machine.told == [f"stop {' '.join(reversed(GREEN))}", f"rm --force {' '.join(GREEN)}"]


def test_all_is_up_when_what_has_an_end_has_come_to_it(files: ComposeFiles) -> None:
    machine = Machine(files, *BLUE, "ownership", "otel-collector")
    machine.states["ownership"] = ["created 0 -", "running 0 -", "exited 0 -"]
    machine.states["otel-collector"] = ["running 0 -"] * 9
    _pair(machine).up()
    assert machine.told == ["up --detach"]


def test_it_says_what_there_is(files: ComposeFiles) -> None:
    files.say({"CLOCHE_BLUE": "v1"})
    assert _pair(Machine(files, *BLUE, "nats")).show() == {
        "live": "blue",
        "colours": {"blue": {"tag": "v1", "running": 4}, "green": {"tag": "latest", "running": 0}},
    }


def test_without_its_files_nothing_is_done(tmp_path: Path) -> None:
    machine = Machine(ComposeFiles(tmp_path))
    with pytest.raises(Failed, match="init makes them"):
        _pair(machine).deploy("green")


def test_files_are_made_once_and_people_s_lines_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(str(tmp_path / "d"))
        monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/d")
        files = ComposeFiles(tmp_path)
        files.environment.write_text("# ours\nCLOCHE_SLOTS=8\nCLOCHE_BLUE=v7\n")
        assert ".env" in files.make(observability=True, cluster=True)
    said = files.variables()
    assert (said["CLOCHE_SLOTS"], said["CLOCHE_BLUE"]) == ("8", "v7")
    assert said["COMPOSE_FILE"] == "compose.yaml:compose.cluster.yaml"
    assert said["COMPOSE_PROFILES"] == "core,observability"
    assert said["CLOCHE_OTLP_ENDPOINT"] == "http://otel-collector:4318"
    assert (said["DOCKER_SOCKET"], said["DOCKER_GID"]) == (f"{tmp_path}/d", str(os.getgid()))
    assert files.environment.read_text().startswith("# ours\n")
    files.lead("green")
    assert files.make() == []
    assert files.live == "green"


def test_what_watches_comes_later_and_a_cluster_does_not(files: ComposeFiles) -> None:
    assert files.make(observability=True) == [".env"]
    said = files.variables()
    assert said["COMPOSE_PROFILES"] == "core,observability"
    assert said["CLOCHE_OTLP_ENDPOINT"].startswith("http://otel-collector:")
    assert files.make(observability=True) == []
    with pytest.raises(Failed, match="made with one NATS server"):
        files.make(cluster=True)


def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="exits with 3"):
        Commands(tmp_path)(("sh", "-c", "exit 3"))


def test_compose_is_what_there_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match="neither"):
        compose_command()
    older = tmp_path / "docker-compose"
    older.write_text("#!/bin/sh\n")
    older.chmod(0o755)
    assert compose_command() == ("docker-compose",)
    monkeypatch.setenv("COMPOSE", "podman compose")
    assert compose_command() == ("podman", "compose")


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = ("--folder", str(tmp_path))
    assert compose.main(("init", *folder)) == 0
    assert "made state/proxy/colour.map\n" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        compose.main(("switch", *folder))
