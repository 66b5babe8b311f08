"""Where the wheels put their programs, and copies of them that an unprivileged user can run."""

import hashlib
import importlib.metadata
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from cloche_local.process import ComponentError

CACHE = Path("/var/cache/cloche")


def script(name: str) -> Path:
    """A program that a wheel installs beside the interpreter."""
    beside = Path(sys.executable).parent / name
    if beside.is_file():
        return beside
    found = shutil.which(name)
    if found is None:
        raise ComponentError(f"{name} is not installed beside {sys.executable}: run make install")
    return Path(found)


def package(name: str) -> Path:
    """The folder of an installed package, found without importing it: some act when they are imported."""
    for entry in sys.path:
        folder = Path(entry or ".") / name
        if (folder / "__init__.py").is_file():
            return folder
    raise ComponentError(f"{name} is not installed in {sys.prefix}: run make install")


def open_to_others(path: Path) -> bool:
    """Whether any user may enter the folder and those above it."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.resolve().parents))


def runnable_by_others(folder: Path, distribution: str) -> Path:
    """`folder`, or where others may not enter it, a copy of it that they can read and only we can write.

    The copy's name holds the digest of the distribution's record, so another version never finds an old copy.
    """
    if open_to_others(folder):
        return folder
    record = importlib.metadata.distribution(distribution).read_text("RECORD") or str(folder)
    digest = hashlib.sha256(record.encode()).hexdigest()[:16]
    cache = _cache_folder()
    copy = cache / f"{distribution}-{digest}"
    if not copy.is_dir():
        temporary = Path(tempfile.mkdtemp(dir=cache))
        try:
            shutil.copytree(folder, temporary / "copy", symlinks=True)
            for path in (temporary / "copy", *(temporary / "copy").rglob("*")):
                if not path.is_symlink():
                    path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
            (temporary / "copy").rename(copy)
        except OSError as error:
            if not copy.is_dir():
                raise ComponentError(f"cannot copy {folder} to {copy}: {error}") from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return copy


def _cache_folder() -> Path:
    """A folder that others can enter and only root can write. In /tmp one could be planted, so its owner is checked."""
    for folder in (CACHE, Path(tempfile.gettempdir()) / f"cloche-cache-{os.getuid()}"):
        try:
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            info = folder.lstat()
            if info.st_uid == os.getuid() and stat.S_ISDIR(info.st_mode):
                folder.chmod(0o755)
                if open_to_others(folder):
                    return folder
        except OSError:
            continue
    raise ComponentError("found no folder for programs that other users can read")
