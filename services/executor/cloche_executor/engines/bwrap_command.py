"""The command line of a bubblewrap sandbox: namespaces, an allow-list of host paths, and nothing else of the host."""

from collections.abc import Sequence
from pathlib import Path

from cloche_schemas.values import Limits

from cloche_executor.handover import SCRATCH, bootstrap_command

USER = 65534
SHARED_MEMORY_BYTES = 16 << 20
# Programs and libraries of the host; never / and nothing in which secrets live.
FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
FILES = (
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
)
CONFIGURATION = "etc/python3*"
PASSWD = f"nobody:x:{USER}:{USER}:nobody:{SCRATCH}/work:/usr/sbin/nologin\n".encode()
GROUP = f"nogroup:x:{USER}:\n".encode()
NAMESPACES = (
    "--unshare-user",
    "--disable-userns",
    "--unshare-pid",
    "--unshare-net",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
)


def command(
    bwrap: str, nonce: str, limits: Limits, *, passwd: int, group: int, host: Path = Path("/")
) -> list[str]:
    """Arguments that start bubblewrap. `passwd`, `group`: descriptors with the contents of those files."""
    return [
        bwrap,
        *NAMESPACES,
        *("--uid", str(USER), "--gid", str(USER), "--hostname", "sandbox"),
        *host_paths(host),
        *("--ro-bind-data", str(passwd), "/etc/passwd"),
        *("--ro-bind-data", str(group), "/etc/group"),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--perms", "1777", "--size", str(SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm"),  # noqa: S108
        *("--perms", "1777", "--size", str(limits.scratch_bytes), "--tmpfs", SCRATCH),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
        *("--cap-drop", "ALL", "--new-session", "--die-with-parent"),
        *("--clearenv", "--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin"),
        "--",
        *bootstrap_command(nonce),
    ]


def host_paths(host: Path = Path("/")) -> Sequence[str]:
    """What of the host is seen inside, read-only. A folder that is a link there is the same link inside."""
    arguments: list[str] = []
    for name in FOLDERS:
        path = host / name.lstrip("/")
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), name]
    files = [host / name.lstrip("/") for name in FILES]
    for path in [*files, *sorted(host.glob(CONFIGURATION))]:
        if path.exists():
            arguments += ["--ro-bind", str(path), f"/{path.relative_to(host)}"]
    return arguments
