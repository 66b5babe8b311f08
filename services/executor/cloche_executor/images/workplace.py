"""Folders in which something is made before it gets its name, so that a half-made image is never taken for one."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from cloche_executor.sandbox import ImageMissing

PREFIX = ".making-"


@contextmanager
def scratch(folder: Path, key: str) -> Iterator[Path]:
    """A folder of this process beside the finished ones, removed at the end. `ImageMissing` if there is no room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        place = Path(mkdtemp(prefix=f"{PREFIX}{os.getpid()}-{key}-", dir=folder))
        # Sandboxes of other users read what is made here.
        place.chmod(0o755)
    except OSError as error:
        raise ImageMissing(f"images cannot be kept in {folder}: {error.strerror}") from error
    try:
        yield place
    except OSError as error:
        raise ImageMissing(f"the image cannot be written: {error}") from error
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sweep(folder: Path) -> None:
    """Remove what processes that were killed have left half made."""
    for place in folder.glob(f"{PREFIX}*"):
        pid = place.name.removeprefix(PREFIX).partition("-")[0]
        if not (pid.isdecimal() and Path("/proc", pid).exists()):
            shutil.rmtree(place, ignore_errors=True)
