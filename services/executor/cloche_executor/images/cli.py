"""`cloche images list` and `cloche images build`, as functions that return an exit code."""

import sys
from collections.abc import Sequence
from threading import Lock

import msgspec

from cloche_executor.images.build import TARGETS, Target, Workshop
from cloche_executor.images.catalogue import BadImages, images_folder
from cloche_executor.images.inventory import Stock, daemon, here, settled_catalogue
from cloche_executor.sandbox import ImageMissing

FAILED = 1
USAGE = 2
AT_ONCE = 2


def list_images(*, json: bool = False) -> int:
    """Write what there is of each image on this machine."""
    try:
        found = here()
    except BadImages as error:
        return _usage(error)
    if json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return 0
    rows = [("IMAGE", "LANGUAGES", "DIGEST", "DOCKER", "BUBBLEWRAP"), *map(_row, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
    return 0


def build_images(
    names: Sequence[str] = (), *, target: Target | None = None, at_once: int = AT_ONCE
) -> int:
    """Make images that are not there: those named, else all; for `target`, else for every engine that can be here."""
    try:
        images = settled_catalogue()
        chosen = [images[name] for name in dict.fromkeys(names)] or list(images.values())
    except (BadImages, ImageMissing) as error:
        return _usage(error)
    targets = TARGETS if target is None else (target,)
    api = daemon()
    try:
        if target is None and api is None:
            _say("docker", "no Docker daemon answers; making images for bubblewrap alone")
            targets = ("bubblewrap",)
        workshop = Workshop(images_folder(), api, _Speaker().say)
        made = workshop.make_all(chosen, targets, at_once=at_once)
    finally:
        if api is not None:
            api.close()
    failed = [each for each in made if each.problem]
    for each in failed:
        _say(each.image, f"cannot be made for {each.target}: {each.problem}")
    return FAILED if failed else 0


class _Speaker:
    """Lines of several images at once, each whole."""

    def __init__(self) -> None:
        self._lock = Lock()

    def say(self, image: str, line: str) -> None:
        with self._lock:
            _say(image, line)


def _say(image: str, line: str) -> None:
    sys.stderr.write(f"{image}: {line}\n")


def _usage(error: Exception) -> int:
    sys.stderr.write(f"{error}\n")
    return USAGE


def _row(stock: Stock) -> tuple[str, str, str, str, str]:
    docker = "no daemon" if stock.in_docker is None else _size(stock.docker_bytes)
    return (
        stock.name,
        ", ".join(stock.languages),
        stock.digest,
        docker,
        _size(stock.exported_bytes),
    )


def _size(count: int | None) -> str:
    return "-" if count is None else f"{count / (1 << 20):.0f} MiB"
