"""An image as an archive, made from Debian packages by mmdebstrap: no registry of images is asked."""

import shutil
import subprocess
from collections import deque
from collections.abc import Callable
from importlib.resources import as_file
from pathlib import Path

from cloche_executor.images.catalogue import RECIPES, SCRIPT, CataloguedImage
from cloche_executor.images.workplace import scratch
from cloche_executor.sandbox import ImageMissing

#: Says how it goes, in a line.
Say = Callable[[str], None]
TOOL = "mmdebstrap"
_LAST_LINES = 5


def can_make() -> bool:
    """Whether the tool is there. Whether it works, only trying tells."""
    return shutil.which(TOOL) is not None


def make_tarball(image: CataloguedImage, folder: Path, say: Say) -> Path:
    """The image's archive in `folder`, made if it is not there, which takes up to a minute. `ImageMissing`."""
    tarball = image.tarball(folder)
    if tarball.is_file():
        return tarball
    if image.recipe is None:
        raise ImageMissing(f"{image.reference} is not ours to make")
    if not can_make():
        raise ImageMissing(f"making it from Debian packages needs {TOOL}, which is not installed")
    with scratch(folder, image.key) as place, as_file(RECIPES.joinpath(SCRIPT)) as script:
        made = place / "image.tar"
        _run(command(image, script, made), say)
        made.replace(tarball)
    return tarball


def command(image: CataloguedImage, script: Path, file: Path) -> list[str]:
    """The recipe's script with what goes into this image."""
    if image.recipe is None:
        raise ImageMissing(f"{image.reference} is not ours to make")
    return ["/bin/sh", str(script), str(file), ",".join(image.recipe.packages), image.recipe.script]


def _run(argv: list[str], say: Say) -> None:
    last: deque[str] = deque(maxlen=_LAST_LINES)
    try:
        with subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            for line in process.stdout or ():
                if words := line.strip():
                    last.append(words)
                    say(words)
    except OSError as error:
        raise ImageMissing(f"{TOOL} cannot be run: {error}") from error
    if process.returncode != 0:
        errors = [line for line in last if line.startswith("E:")] or list(last)
        raise ImageMissing(f"{TOOL} failed: {'; '.join(errors)}")
