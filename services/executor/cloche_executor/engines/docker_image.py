"""The image of the sandboxes: found, pulled or built."""

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docker.errors
from cloche_kit.logs import get_logger
from docker import APIClient
from msgspec import Struct

from cloche_executor.sandbox import ImageMissing

#: Dockerfile and recipe, in the source tree; an installation without it names its image by CLOCHE_SANDBOX_IMAGE.
RECIPE = Path(__file__).parents[2] / "sandbox"
REPOSITORY = "cloche-sandbox"
_log = get_logger(__name__)


class Image(Struct, frozen=True):
    """An image that is there. `digest` is its id, which names its contents."""

    name: str
    digest: str


def default_name(recipe: Path = RECIPE) -> str:
    """The image's name with a tag that changes with whatever it is made from."""
    digest = hashlib.sha256()
    for path in sorted(recipe.glob("*")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return f"{REPOSITORY}:{digest.hexdigest()[:16]}"


def ensure(api: APIClient, wanted: str | None, recipe: Path = RECIPE) -> Image:
    """The image `wanted` (None: the one of the recipe), made or fetched if it is not there, which takes minutes.

    Blocking. `ImageMissing` says why it is not to be had.
    """
    name = wanted or default_name(recipe)
    found = _inspect(api, name)
    if found is None:
        try:
            _report(_pull(api, name) if wanted else _build(api, name, recipe))
        except docker.errors.DockerException as error:
            said = getattr(error, "explanation", None) or error
            raise ImageMissing(f"the image {name} cannot be had: {said}") from error
        found = _inspect(api, name)
    if found is None:
        raise ImageMissing(f"image {name} is not there after it was made")
    return found


def _inspect(api: APIClient, name: str) -> Image | None:
    try:
        seen: dict[str, Any] = api.inspect_image(name)  # type: ignore[no-untyped-call]
    except docker.errors.ImageNotFound:
        return None
    return Image(name, str(seen["Id"]))


def _pull(api: APIClient, name: str) -> Iterator[dict[str, Any]]:
    repository, _, tag = name.partition(":")
    lines: Iterator[dict[str, Any]] = api.pull(
        repository, tag or "latest", stream=True, decode=True
    )
    return lines


def _build(api: APIClient, name: str, recipe: Path) -> Iterator[dict[str, Any]]:
    if not (recipe / "Dockerfile").is_file():
        raise ImageMissing(f"image {name} is not there, and neither is its Dockerfile")
    return api.build(path=str(recipe), tag=name, rm=True, forcerm=True, decode=True)


def _report(lines: Iterator[dict[str, Any]]) -> None:
    """Progress into the log. `ImageMissing` when the daemon says that it failed."""
    for line in lines:
        if "error" in line:
            raise ImageMissing(f"the image cannot be made: {str(line['error']).strip()}")
        if text := str(line.get("stream") or line.get("status") or "").strip():
            _log.info("sandbox_image", progress=text)


if __name__ == "__main__":
    sys.stdout.write(f"{default_name()}\n")
