"""Terraform with the stand-in for its provider (tests/deploy/standin_provider), on a copy of infra/terraform.

Where it cannot be had, the tests are skipped, which the end of the run says (docker_plugin.py).
"""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from deploy.standin_provider.installed import BUILD, Missing, prepared, venv

SOURCE = Path(__file__).parents[2] / "infra" / "terraform"
SECONDS = 600


class Terraform:
    """The command in one folder of the copy."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder
        self.environment = environment

    def at(self, *path: str) -> "Terraform":
        """The same in another folder of the copy, initialised."""
        other = Terraform(self.folder.joinpath(*path), self.environment)
        other.run("init", "-backend=false")
        return other

    def run(self, *arguments: str, code: int = 0) -> str:
        """What the command writes; fails the test if it exits with another code."""
        command = ["terraform", arguments[0], "-no-color", *arguments[1:]]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == code, f"{' '.join(command)}: {done.returncode}\n{done.stdout}"
        return done.stdout

    def json(self, *arguments: str) -> Any:
        """What the command writes, as JSON."""
        return json.loads(self.run(*arguments))


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terraform]:
    """The whole of infra/terraform, copied, so that nothing is left in the source."""
    try:
        environment = prepared(SOURCE)
    except Missing as missing:
        pytest.skip(f"needs Terraform's stand-in provider: {missing}")
    folder = tmp_path_factory.mktemp("terraform") / "infra"
    shutil.copytree(SOURCE, folder)
    yield Terraform(folder, environment)
    # A copy of the provider is linked into each folder; the states are large.
    shutil.rmtree(folder)


def tool(name: str, requirements: Path) -> Path:
    """The folder of commands of a virtual environment for one tool; skips where it cannot be had."""
    BUILD.mkdir(parents=True, exist_ok=True)
    try:
        return venv(name, requirements).parent
    except Missing as missing:
        pytest.skip(f"needs {name}: {missing}")
