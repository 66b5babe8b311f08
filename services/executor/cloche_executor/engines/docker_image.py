"""The images of the sandboxes in a Docker daemon: found, pulled, built, imported, exported. Everything here blocks."""

import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker.errors
import requests
from cloche_kit.logs import get_logger
from docker import APIClient

from cloche_executor.images.catalogue import DOCKERFILE, RECIPES, CataloguedImage
from cloche_executor.sandbox import Image, ImageMissing

_PIECE = 1 << 20
_log = get_logger(__name__)


def ensure(api: APIClient, image: CataloguedImage) -> Image:
    """The image, pulled if it is foreign and built if it is ours and is not there, which takes minutes.

    `ImageMissing` says why it is not to be had, and what to do.
    """
    if found := find(api, image):
        return found
    try:
        return obtain(api, image, lambda line: _log.info("sandbox_image", progress=line))
    except ImageMissing as error:
        raise ImageMissing(f"{error}; try: cloche images build {image.name}") from error


def find(api: APIClient, image: CataloguedImage) -> Image | None:
    """The image as the daemon has it."""
    seen = _inspect(api, image)
    return None if seen is None else Image(name=image.reference, digest=str(seen["Id"]))


def size(api: APIClient, image: CataloguedImage) -> int | None:
    """Bytes that it takes in the daemon; None if it is not there."""
    seen = _inspect(api, image)
    return None if seen is None else int(seen["Size"])


def obtain(api: APIClient, image: CataloguedImage, say: Callable[[str], None]) -> Image:
    """Pull a foreign image, build one of ours with the Dockerfile. `ImageMissing`."""
    try:
        for line in _pull(api, image.reference) if image.foreign else _build(api, image):
            if "error" in line:
                raise ImageMissing(
                    f"the image {image.reference} cannot be had: {str(line['error']).strip()}"
                )
            if text := str(line.get("stream") or line.get("status") or "").strip():
                say(text)
    except (docker.errors.DockerException, requests.RequestException) as error:
        said = getattr(error, "explanation", None) or error
        raise ImageMissing(f"the image {image.reference} cannot be had: {said}") from error
    return _made(api, image)


def take_in(api: APIClient, image: CataloguedImage, tarball: Path) -> Image:
    """Give the daemon an image that was made elsewhere. `ImageMissing`."""
    repository, _, tag = image.reference.rpartition(":")
    try:
        said = api.import_image(src=str(tarball), repository=repository, tag=tag)
    except (docker.errors.DockerException, requests.RequestException, OSError) as error:
        raise ImageMissing(f"the daemon does not take {tarball}: {error}") from error
    if find(api, image) is None:
        raise ImageMissing(f"the daemon does not take {tarball}: {str(said).strip()}")
    return _made(api, image)


def give_out(api: APIClient, image: CataloguedImage, tarball: Path) -> None:
    """Write the image's root file system into a tar file. `ImageMissing`."""
    try:
        made = api.create_container(image.reference, command=["/bin/sh"], network_disabled=True)
        try:
            with tarball.open("wb") as file:
                for piece in api.export(made["Id"], chunk_size=_PIECE):
                    file.write(piece)
        finally:
            api.remove_container(made["Id"], force=True, v=True)
    except (docker.errors.DockerException, requests.RequestException) as error:
        raise ImageMissing(f"the image {image.reference} cannot be exported: {error}") from error


def _inspect(api: APIClient, image: CataloguedImage) -> dict[str, Any] | None:
    try:
        seen: dict[str, Any] = api.inspect_image(image.reference)  # type: ignore[no-untyped-call]
    except docker.errors.ImageNotFound:
        return None
    return seen


def _made(api: APIClient, image: CataloguedImage) -> Image:
    found = find(api, image)
    if found is None:
        raise ImageMissing(f"image {image.reference} is not there after it was made")
    return found


def _pull(api: APIClient, reference: str) -> Iterator[dict[str, Any]]:
    # A tag follows the last colon, but that of a host's port has a slash behind it.
    repository, _, tag = reference.rpartition(":")
    if not repository or "/" in tag or "@" in reference:
        repository, tag = reference, "" if "@" in reference else "latest"
    lines: Iterator[dict[str, Any]] = api.pull(repository, tag or None, stream=True, decode=True)
    return lines


def _build(api: APIClient, image: CataloguedImage) -> Iterator[dict[str, Any]]:
    if image.recipe is None:
        raise ImageMissing(f"{image.reference} is not ours to build")
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        content = RECIPES.joinpath(DOCKERFILE).read_bytes()
        member = tarfile.TarInfo(DOCKERFILE)
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    context.seek(0)
    return api.build(
        fileobj=context,
        custom_context=True,
        tag=image.reference,
        buildargs={"PACKAGES": " ".join(image.recipe.packages), "STEPS": image.recipe.script},
        rm=True,
        forcerm=True,
        decode=True,
    )
