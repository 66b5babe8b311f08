"""The stand-in, ready for Terraform: its own virtual environment, the schemas, and a mirror to install it from.

Everything lies below build/deploy, under the digest of what it was made from, so that a second run makes nothing.
"""

import fcntl
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.standin_provider.bindings import schemas

VERSION = "6.25.0"  # Of the provider that the bindings were generated from.
INSTALL_SECONDS = 900
_HERE = Path(__file__).parent
_ROOT = _HERE.parents[2]
BUILD = _ROOT / "build" / "deploy"
_USED = re.compile(r'^\s*(resource|data)\s+"(aws_\w+)"', re.MULTILINE)


class Missing(Exception):  # noqa: N818
    """Something that is needed is not here and cannot be had; the message says what."""


def prepared(terraform: Path) -> dict[str, str]:
    """The environment in which the `terraform` command finds the stand-in. `Missing`."""
    if shutil.which("terraform") is None:
        raise Missing("there is no terraform command")
    BUILD.mkdir(parents=True, exist_ok=True)
    with _alone():
        python = venv("provider", _HERE / "requirements.txt")
        mirror = BUILD / "mirror"
        _mirror(mirror, python, _schemas(terraform))
        config = BUILD / "terraform.tfrc"
        config.write_text(
            f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
        )
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "TF_CLI_CONFIG_FILE": str(config),
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
    }


@contextmanager
def _alone() -> Iterator[None]:
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def venv(name: str, requirements: Path) -> Path:
    """The python of a virtual environment with exactly these hashed requirements. `Missing` if they cannot be had."""
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    folder = BUILD / f"{name}-{sys.version_info.major}.{sys.version_info.minor}-{digest}"
    python = folder / "bin" / "python"
    if not (folder / "installed").exists():
        _run(sys.executable, "-m", "venv", "--clear", str(folder))
        _pip(python, "install", "--require-hashes", "--requirement", str(requirements))
        (folder / "installed").touch()
    return python


def _wheel() -> Path:
    listed = _HERE / "bindings.txt"
    folder = BUILD / f"bindings-{hashlib.sha256(listed.read_bytes()).hexdigest()[:12]}"
    if not list(folder.glob("*.whl")):
        arguments = (
            "--require-hashes",
            "--no-deps",
            "--dest",
            str(folder),
            "--requirement",
            str(listed),
        )
        _pip(Path(sys.executable), "download", *arguments)
    return next(folder.glob("*.whl"))


def _schemas(terraform: Path) -> Path:
    """The schemas of everything that the configuration names, in a file."""
    wanted = sorted(
        {
            f"data.{kind}" if block == "data" else kind
            for path in terraform.rglob("*.tf")
            for block, kind in _USED.findall(path.read_text(encoding="utf-8"))
        }
    )
    made_from = [*wanted, (_HERE / "bindings.py").read_text(), (_HERE / "bindings.txt").read_text()]
    digest = hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:12]
    path = BUILD / f"schemas-{digest}.json"
    if not path.exists():
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(schemas(_wheel(), wanted)), encoding="utf-8")
        partial.rename(path)
    return path


def _mirror(mirror: Path, python: Path, schemas_: Path) -> None:
    """A folder as `terraform init` expects it, with a script that starts the stand-in."""
    folder = mirror / _registry() / "hashicorp" / "aws" / VERSION / "linux_amd64"
    folder.mkdir(parents=True, exist_ok=True)
    plugin = folder / f"terraform-provider-aws_v{VERSION}"
    command = f'"{python}" -P -m deploy.standin_provider "{schemas_}"'
    text = f'#!/bin/sh\nPYTHONPATH="{_HERE.parents[1]}" exec {command}\n'
    if not plugin.exists() or plugin.read_text() != text:
        plugin.write_text(text)
        plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)


def _registry() -> str:
    """The registry that Terraform takes a provider from whose address names none, as it says itself."""
    folder = BUILD / "address"
    folder.mkdir(exist_ok=True)
    (folder / "main.tf").write_text(
        'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
    )
    said = _run("terraform", f"-chdir={folder}", "providers")
    found = re.search(r"provider\[(\S+)/hashicorp/aws\]", said)
    if found is None:
        raise Missing(f"terraform does not say where providers come from: {said}")
    return found[1]


def _pip(python: Path, *arguments: str) -> None:
    _run(str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


def _run(*command: str) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, check=True, text=True, timeout=INSTALL_SECONDS
        )
    except subprocess.CalledProcessError as error:
        lines = (error.stderr or error.stdout).splitlines()
        errors = [line for line in lines if "error" in line.lower()] or lines
        raise Missing(f"{command[0]} failed: {' '.join(errors[:2])}") from error
    except subprocess.TimeoutExpired as error:
        raise Missing(f"{command[0]} took more than {INSTALL_SECONDS} s") from error
    return done.stdout
