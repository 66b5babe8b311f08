"""The Docker daemon that tests may use."""

import os
from typing import Any

from cloche_executor.engines.docker_image import find
from cloche_executor.engines.docker_ping import DEFAULT_HOST, daemon_answers
from cloche_executor.engines.probing import PROBED_IMAGES
from cloche_executor.images.catalogue import catalogue
from docker import APIClient


def missing(*, gvisor: bool = False, images: tuple[str, ...] = PROBED_IMAGES) -> str:
    """What tests with Docker lack here; empty if nothing."""
    if not daemon_answers(os.environ.get("DOCKER_HOST") or DEFAULT_HOST, 3.0):
        return "no Docker daemon answers"
    api = client()
    try:
        for name in images:
            if find(api, image := catalogue()[name]) is None:
                return f"the image {image.reference} is not there"
        if gvisor and "runsc" not in api.info()["Runtimes"]:
            return "the daemon has no runtime runsc"
    finally:
        api.close()
    return ""


def containers(label: str, value: str) -> list[str]:
    """Ids of the containers, running or not, whose label ``cloche.<label>`` is `value`.

    With the label `evaluation` it is those whose name says that they run for it.
    """
    api = client()
    wanted = {"name": value} if label == "evaluation" else {"label": f"cloche.{label}={value}"}
    try:
        found: list[dict[str, Any]] = api.containers(all=True, filters=wanted, quiet=True)
    finally:
        api.close()
    return [str(one["Id"]) for one in found]


def volumes(label: str, value: str) -> list[str]:
    """Names of the volumes whose label ``cloche.<label>`` is `value`."""
    api = client()
    try:
        found = api.volumes(filters={"label": f"cloche.{label}={value}"})["Volumes"] or []
    finally:
        api.close()
    return [str(one["Name"]) for one in found]


def client() -> APIClient:
    """The daemon itself. Close it."""
    return APIClient(base_url=os.environ.get("DOCKER_HOST") or DEFAULT_HOST, version="auto")
