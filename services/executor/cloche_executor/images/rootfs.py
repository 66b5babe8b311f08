"""An image's root file system as a folder that bubblewrap can put a program into.

It is only read there, by users who own nothing of it: so there is no device in it, nothing that gives its caller the
rights of another user, and nothing that only its owner may read.
"""

import os
import stat
import subprocess
from pathlib import Path

from cloche_executor.images.catalogue import CataloguedImage
from cloche_executor.images.workplace import scratch
from cloche_executor.sandbox import ImageMissing

#: What a sandbox mounts something on.
MOUNT_POINTS = ("dev", "proc", "sys", "tmp")
_SAID = 500


def lay_out(image: CataloguedImage, folder: Path, archive: Path) -> Path:
    """The image's root file system, of a tar file. Whole or not there. `ImageMissing`."""
    final = image.rootfs(folder)
    with scratch(folder, image.key) as place:
        root = place / "image/rootfs"
        root.mkdir(parents=True)
        _unpack(archive, root)
        settle(root)
        (place / "image").chmod(0o755)
        try:
            (place / "image").rename(final.parent)
        except OSError:
            # Somebody else was quicker.
            if not final.is_dir():
                raise
    return final


def settle(root: Path) -> None:
    """Take out of a file system what has no place in one that strangers share."""
    for name in MOUNT_POINTS:
        (root / name).mkdir(exist_ok=True)
    root.chmod(0o755)
    for folder, folders, names in os.walk(root):
        for name in folders + names:
            path = Path(folder, name)
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                continue
            if stat.S_ISDIR(mode):
                path.chmod(0o755)
            elif stat.S_ISREG(mode):
                path.chmod(0o755 if mode & 0o111 else 0o644)
            else:
                path.unlink()


def _unpack(archive: Path, root: Path) -> None:
    argv = ["tar", "-x", "-f", str(archive), "-C", str(root), "--delay-directory-restore"]
    # Only root could make devices, and those of a sandbox are its own.
    argv += ["--no-same-owner", "--no-same-permissions", "--exclude=./dev/*", "--exclude=dev/*"]
    try:
        done = subprocess.run(argv, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise ImageMissing(f"the image cannot be unpacked: {error}") from error
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip()[:_SAID]
        raise ImageMissing(f"the image cannot be unpacked: {words or done.returncode}")
