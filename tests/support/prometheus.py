"""Prometheus from Debian, with the repository's own configuration but for its targets."""

import json
import shutil
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from cloche_local.ports import free_ports

FOLDER = Path(__file__).parents[2] / "observability" / "prometheus"
RULES = sorted((FOLDER / "rules").glob("*.yml"))
READY_SECONDS = 30.0
ENABLE = "apt-get install prometheus, or CLOCHE_TEST_PROVISION=1 make test"


def program(name: str) -> str:
    """Path of `prometheus` or `promtool`; the test is skipped where it is not."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}: {ENABLE}")
    return found


def promtool(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """One run; what it says comes back."""
    return subprocess.run(
        [program("promtool"), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class Prometheus:
    """A running server."""

    def __init__(self, port: int) -> None:
        self.port = port

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The vector or scalar that an expression gives now. AssertionError if it cannot be evaluated."""
        answer = self._get("query", query=expression)
        assert answer["status"] == "success", f"{expression}: {answer}"
        data = answer["data"]
        if data["resultType"] == "scalar":
            return [{"metric": {}, "value": data["result"]}]
        result: list[dict[str, Any]] = data["result"]
        return result

    def names(self) -> set[str]:
        """Every metric that it has."""
        return set(self._get("label/__name__/values")["data"])

    def alerts(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._get("alerts")["data"]["alerts"]
        return found

    def _get(self, path: str, **parameters: str) -> dict[str, Any]:
        query = urllib.parse.urlencode(parameters)
        address = f"http://127.0.0.1:{self.port}/api/v1/{path}?{query}"
        try:
            with urllib.request.urlopen(address, timeout=10) as answer:
                told: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            told = json.load(error)
        return told


@contextmanager
def scraping(folder: Path, targets: Mapping[str, int]) -> Iterator[Prometheus]:
    """A server that scrapes twice a second, while inside. `targets`: ports by the names of jobs."""
    path = program("prometheus")
    [port] = free_ports(1)
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(_configured(targets)))
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(
            [
                path,
                f"--config.file={config}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=log,
            stderr=log,
        )
    try:
        _await_ready(process, port, folder / "prometheus.log")
        yield Prometheus(port)
    finally:
        process.terminate()
        process.wait(20)


def _configured(targets: Mapping[str, int]) -> dict[str, Any]:
    """The repository's configuration, faster, with these targets and the repository's rules."""
    config: dict[str, Any] = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    config["global"] |= {"scrape_interval": "500ms", "evaluation_interval": "1s"}
    config["rule_files"] = [str(path) for path in RULES]
    del config["alerting"]
    config["scrape_configs"] = [
        {"job_name": name, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
        for job in config["scrape_configs"]
        if (port := targets.get(name := job["job_name"])) is not None
    ]
    return config


def _await_ready(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"not ready within {READY_SECONDS} s: {log.read_text()}")
