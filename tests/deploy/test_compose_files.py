"""What compose.yaml and the Dockerfiles say, held to their rules without a daemon."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cloche_deploy import secret_files
from cloche_deploy.compose_files import ComposeFiles
from cloche_executor.settings import ExecutorSettings
from cloche_gateway.settings import GatewaySettings
from cloche_kit.settings import SECRETS_DIR, ServiceSettings
from cloche_projector.settings import ProjectorSettings
from cloche_storage.settings import StorageSettings
from support.composed import SOURCE, base
from support.docker_plugin import PREFIX
from support.terraform import tool

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SETTINGS: dict[str, type[ServiceSettings]] = {
    "gateway": GatewaySettings,
    "storage": StorageSettings,
    "projector": ProjectorSettings,
    "executor": ExecutorSettings,
}
DOCKERFILES = [ROOT / "services" / service / "Dockerfile" for service in SETTINGS]
FILES = ("compose.yaml", "compose.cluster.yaml")
#: Read a file of YAML by the library that the schema's checker brings.
LOAD = "import json, sys, ruamel.yaml as y; print(json.dumps(y.YAML(typ='safe').load(open(sys.argv[1]))))"


@pytest.fixture(scope="module")
def tools() -> Path:
    return tool("compose", HERE / "compose.txt")


@pytest.fixture(scope="module")
def documents(tools: Path) -> dict[str, Any]:
    return {
        name: json.loads(
            subprocess.run(
                [tools / "python", "-c", LOAD, SOURCE / name],
                capture_output=True,
                check=True,
            ).stdout
        )
        for name in FILES
    }


@pytest.fixture(scope="module")
def services(documents: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = documents["compose.yaml"]["services"]
    return found


@pytest.mark.parametrize("name", FILES)
def test_the_specification_of_today_takes_it(tools: Path, name: str) -> None:
    done = subprocess.run(
        [tools / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", SOURCE / name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("cluster", [False, True])
def test_the_compose_of_before_takes_it(tmp_path: Path, cluster: bool) -> None:
    if shutil.which("docker-compose") is None:
        pytest.skip(f"{PREFIX}there is no docker-compose")
    folder = tmp_path / "infra" / "compose"
    shutil.copytree(SOURCE, folder, ignore=shutil.ignore_patterns("secrets", "state", ".env"))
    ComposeFiles(folder).make(observability=True, cluster=cluster)
    done = subprocess.run(
        ["docker-compose", "--profile", "green", "config"],
        cwd=folder,
        env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ("nats-3:" in done.stdout) == cluster


def _merged(documents: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from documents["compose.yaml"]["services"].items()
    for name, service in documents["compose.cluster.yaml"]["services"].items():
        if name not in documents["compose.yaml"]["services"]:
            yield name, service


def test_everything_is_sealed_and_bounded(documents: dict[str, Any]) -> None:
    for name, service in _merged(documents):
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert service["pids_limit"] > 0, name
        assert service["profiles"], name
        assert "max-size" in service["logging"]["options"], name
        assert not {"privileged", "network_mode", "pid", "ipc", "devices"} & service.keys(), name
        assert name == "ownership" or service["restart"] == "unless-stopped", name


def test_only_one_that_ends_at_once_is_root(documents: dict[str, Any]) -> None:
    """Those without a user run as their image's own, which none of them has as root."""
    own_user = {"prometheus", "alertmanager", "grafana"}
    for name, service in _merged(documents):
        assert name in own_user or service["user"].partition(":")[0] != "0" or name == "ownership"
    ownership = documents["compose.yaml"]["services"]["ownership"]
    assert (ownership["cap_add"], ownership["restart"]) == (["CHOWN"], "no")
    assert {name for name, service in _merged(documents) if "cap_add" in service} == {"ownership"}


def test_only_the_proxy_has_ports_and_only_on_loopback(documents: dict[str, Any]) -> None:
    with_ports = {name: each["ports"] for name, each in _merged(documents) if "ports" in each}
    assert set(with_ports) == {"proxy"}
    assert all(port.startswith("127.0.0.1:") for port in with_ports["proxy"])
    assert documents["compose.yaml"]["networks"]["inner"] == {"internal": True}
    for name, service in _merged(documents):
        assert name == "proxy" or set(service["networks"]) == {"inner"}, name


def test_only_executors_reach_the_daemon(documents: dict[str, Any]) -> None:
    with_socket = {
        name
        for name, service in _merged(documents)
        if "docker.sock" in json.dumps(service.get("volumes", []))
    }
    assert with_socket == {"executor-blue", "executor-green"}


def test_both_colours_are_the_same_but_for_their_names(services: dict[str, Any]) -> None:
    for service in SETTINGS:
        blue, green = (json.dumps(services[f"{service}-{colour}"]) for colour in ("blue", "green"))
        assert (
            blue.replace('["core", "blue"]', '["green"]')
            .replace("CLOCHE_BLUE", "CLOCHE_GREEN")
            .replace("-blue", "-green")
            == green
        )


@pytest.mark.parametrize("service", SETTINGS)
def test_every_variable_and_every_secret_is_a_setting(
    services: dict[str, Any], service: str
) -> None:
    known = {f"CLOCHE_{name.upper()}" for name in SETTINGS[service].model_fields} | {SECRETS_DIR}
    said = services[f"{service}-blue"]
    assert set(said["environment"]) <= known
    secret = {
        f"CLOCHE_{name.upper()}"
        for name, field in SETTINGS[service].model_fields.items()
        if "SecretStr" in str(field.annotation)
    }
    assert not secret & set(said["environment"])
    named = {each if isinstance(each, str) else each["target"] for each in said["secrets"]}
    assert {name.upper() for name in named - {"archive_key"}} <= secret


def test_every_secret_is_made(documents: dict[str, Any], tmp_path: Path) -> None:
    made = set(secret_files.make(tmp_path))
    named = {
        f"./secrets/{name}"
        for document in documents.values()
        for name in document.get("secrets", {})
    }
    files = {
        each["file"] for document in documents.values() for each in document["secrets"].values()
    }
    assert files == named
    assert {Path(file).name for file in files} <= made
    # It is in the address of every node, which is how nodes know each other.
    assert made - {Path(file).name for file in files} == {"nats_node"}


def test_what_was_given_away_stays_so(documents: dict[str, Any]) -> None:
    """An empty volume takes the owner of the image's folder when it is mounted, unless that is switched off."""
    given = {
        volume.partition(":")[0]
        for document in documents.values()
        for volume in document["services"]["ownership"]["volumes"]
    }
    mounted = [
        volume.split(":")
        for document in documents.values()
        for name, service in document["services"].items()
        if name != "ownership"
        for volume in service.get("volumes", [])
    ]
    used = {name: options for name, _, *options in mounted if name in given}
    assert used == {name: ["nocopy"] for name in given}


def test_nobody_is_waited_for_that_never_gets_ready(services: dict[str, Any]) -> None:
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            ready = how["condition"] == "service_healthy"
            of_image = other.rpartition("-")[0] in SETTINGS
            assert not ready or of_image or "healthcheck" in services[other], (name, other)


def test_what_is_mounted_is_there(documents: dict[str, Any]) -> None:
    for name, service in _merged(documents):
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            if source.startswith(".") and not source.startswith("./state"):
                assert (SOURCE / source).exists(), (name, source)


def test_one_base_for_all_and_for_who_stands_in_for_root(services: dict[str, Any]) -> None:
    bases = {
        re.findall(r"^ARG BASE=(\S+)$", file.read_text(), re.MULTILINE)[0] for file in DOCKERFILES
    }
    assert bases == {base()}
    assert services["ownership"]["image"] == f"${{CLOCHE_BASE:-{base()}}}"


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
def test_dockerfiles_keep_their_promises(file: Path) -> None:
    text = file.read_text()
    service = file.parent.name
    assert text.count("\nFROM ${BASE}") == 2
    assert text.count("--require-hashes") == 2
    assert "\nUSER 10001:10001\n" in text
    assert "\nHEALTHCHECK " in text
    assert f'CMD ["python", "-P", "-m", "cloche_{service}"]' in text
    for label in ("title", "description", "licenses", "version", "revision", "created"):
        assert f"org.opencontainers.image.{label}=" in text
    # The classic builder knows none of these.
    assert not re.search(r"^# syntax=|--mount=|--link|<<", text, re.MULTILINE)
    assert ("docker.sock" in text) == (service == "executor")


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
def test_hadolint_finds_nothing(tools: Path, file: Path) -> None:
    done = subprocess.run(
        [tools / "hadolint", "--no-color", "--ignore", "DL3006", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_build_context_has_no_secret_in_it() -> None:
    lines = [
        line
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert lines[0] == "*"
    allowed = [line.removeprefix("!") for line in lines if line.startswith("!")]
    assert not [path for path in allowed if path.startswith(("infra", "tests", ".git", "."))]
