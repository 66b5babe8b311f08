"""The Docker daemon that tests may use."""

import os

from cloche_executor.engines.docker_image import default_name
from cloche_executor.engines.docker_ping import DEFAULT_HOST, daemon_answers
from docker import APIClient


def missing(*, gvisor: bool = False) -> str:
    """What tests with Docker lack here; empty if nothing."""
    if not daemon_answers(os.environ.get("DOCKER_HOST") or DEFAULT_HOST, 3.0):
        return "no Docker daemon answers"
    api = client()
    try:
        if not api.images(name=default_name(), quiet=True):
            return f"the image {default_name()} is not there"
        if gvisor and "runsc" not in api.info()["Runtimes"]:
            return "the daemon has no runtime runsc"
    finally:
        api.close()
    return ""


def containers(label: str, value: str) -> list[str]:
    """Ids of the containers, running or not, whose label ``cloche.<label>`` is `value`."""
    api = client()
    try:
        found = api.containers(all=True, filters={"label": f"cloche.{label}={value}"}, quiet=True)
    finally:
        api.close()
    return [str(one["Id"]) for one in found]


def client() -> APIClient:
    """The daemon itself. Close it."""
    return APIClient(base_url=os.environ.get("DOCKER_HOST") or DEFAULT_HOST, version="auto")
