"""What there is of each image on this machine."""

import os
from collections.abc import Iterable
from pathlib import Path

import docker.errors
import requests
from docker import APIClient
from msgspec import Struct

from cloche_executor.engines import docker_image
from cloche_executor.engines.docker_ping import DEFAULT_HOST, daemon_answers
from cloche_executor.images.catalogue import (
    Catalogue,
    CataloguedImage,
    catalogue,
    images_folder,
    overridden,
)

PING_SECONDS = 3.0
# A daemon says nothing while it takes in an archive.
CALL_SECONDS = 600


class Stock(Struct, frozen=True, kw_only=True):
    """One image: its names, and where it is. `in_docker` is None where no daemon answers; sizes in bytes."""

    name: str
    languages: tuple[str, ...]
    digest: str
    reference: str
    in_docker: bool | None = None
    docker_bytes: int | None = None
    exported: bool = False
    exported_bytes: int | None = None
    rootfs: str


def daemon() -> APIClient | None:
    """The Docker daemon that DOCKER_HOST names, else the one on this machine, if it answers. Close it."""
    host = os.environ.get("DOCKER_HOST") or DEFAULT_HOST
    if not daemon_answers(host, PING_SECONDS):
        return None
    try:
        return APIClient(base_url=host, version="auto", timeout=CALL_SECONDS)
    except (docker.errors.DockerException, requests.RequestException):
        return None


def take_stock(
    images: Iterable[CataloguedImage], folder: Path, api: APIClient | None, *, measure: bool = True
) -> list[Stock]:
    """Each image as it is here; to `measure` what is exported takes a moment."""
    found: list[Stock] = []
    for image in images:
        size = docker_image.size(api, image) if api is not None else None
        rootfs = image.rootfs(folder)
        exported = rootfs.is_dir()
        found.append(
            Stock(
                name=image.name,
                languages=image.languages,
                digest=image.digest,
                reference=image.reference,
                in_docker=None if api is None else size is not None,
                docker_bytes=size,
                exported=exported,
                exported_bytes=_bytes_in(rootfs) if exported and measure else None,
                rootfs=str(rootfs),
            )
        )
    return found


def here(*, measure: bool = True) -> list[Stock]:
    """Every image as it is on this machine, by the environment's settings. `BadImages`."""
    images = settled_catalogue()
    api = daemon()
    try:
        return take_stock(images.values(), images_folder(), api, measure=measure)
    except (docker.errors.DockerException, requests.RequestException):
        # It has just gone.
        return take_stock(images.values(), images_folder(), None, measure=measure)
    finally:
        if api is not None:
            api.close()


def settled_catalogue() -> Catalogue:
    """Every image, those in $CLOCHE_SANDBOX_IMAGE by the references given there. `BadImages`."""
    return catalogue(overridden(os.environ.get("CLOCHE_SANDBOX_IMAGE")))


def _bytes_in(root: Path) -> int:
    total = 0
    seen: set[int] = set()
    for folder, _, names in os.walk(root):
        for name in names:
            status = os.lstat(f"{folder}/{name}")
            if status.st_ino not in seen:
                seen.add(status.st_ino)
                total += status.st_size
    return total
