"""The arguments of a bubblewrap sandbox: every namespace, an image's root file system read-only, and nothing else.

The folders that it is made of have been put in place by the launcher (bwrap_launcher.py).
"""

from collections.abc import Sequence
from pathlib import Path

from cloche_executor.engines.bwrap_launcher import FIRST_FILE, ROOT, SCRATCH, SHARED_MEMORY
from cloche_executor.handover import SCRATCH as SCRATCH_INSIDE
from cloche_executor.handover import bootstrap_command

USER = 65534
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
# What of /proc tells about the machine or its other users, as Docker covers it.
COVERED_FILES = ("kcore", "keys", "latency_stats", "timer_list", "sched_debug")
COVERED_FOLDERS = ("acpi", "asound", "scsi")
# Settings of the kernel. A sandbox's user owns its namespaces, so it could change those that each namespace has.
READ_ONLY_FOLDERS = ("sys",)
PASSWD = f"nobody:x:{USER}:{USER}:nobody:{SCRATCH_INSIDE}/work:/usr/sbin/nologin\n".encode()
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
# The files that bubblewrap is given, by descriptor.
PASSWD_FILE, GROUP_FILE, FILTER_FILE = range(FIRST_FILE, FIRST_FILE + 3)


def files(call_filter: bytes | None) -> list[bytes]:
    """What the launcher has to hold ready. `call_filter`: the program that refuses system calls."""
    return [PASSWD, GROUP, call_filter or b""]


def needed_files(*, root: Path | None, filtered: bool) -> list[int]:
    """Which of them a sandbox takes. One that it does not take would stay open in it."""
    named = [PASSWD_FILE, GROUP_FILE] if root is None else []
    return [*named, FILTER_FILE] if filtered else named


def arguments(
    nonce: str, *, root: Path | None, filtered: bool, host: Path = Path("/")
) -> list[str]:
    """What to tell bubblewrap. `root` None: programs of `host` stand in for an image that is not there."""
    return [
        *NAMESPACES,
        *("--uid", str(USER), "--gid", str(USER), "--hostname", "sandbox"),
        *(host_paths(host) if root is None else ("--ro-bind", ROOT, "/")),
        *("--proc", "/proc", *covered(host / "proc"), "--dev", "/dev"),
        *("--bind", SHARED_MEMORY, "/dev/shm"),  # noqa: S108
        *("--bind", SCRATCH, SCRATCH_INSIDE),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"),
        *("--cap-drop", "ALL", "--new-session", "--die-with-parent"),
        *("--clearenv", "--setenv", "PATH", "/usr/local/bin:/usr/bin:/bin"),
        *(("--seccomp", str(FILTER_FILE)) if filtered else ()),
        "--",
        *bootstrap_command(nonce),
    ]


def host_paths(host: Path = Path("/")) -> Sequence[str]:
    """What of the host is seen inside, read-only. A folder that is a link there is the same link inside."""
    said: list[str] = []
    for name in FOLDERS:
        path = host / name.lstrip("/")
        if path.is_symlink():
            said += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            said += ["--ro-bind", str(path), name]
    named = [host / name.lstrip("/") for name in FILES]
    for path in [*named, *sorted(host.glob(CONFIGURATION))]:
        if path.exists():
            said += ["--ro-bind", str(path), f"/{path.relative_to(host)}"]
    said += ["--ro-bind-data", str(PASSWD_FILE), "/etc/passwd"]
    return [*said, "--ro-bind-data", str(GROUP_FILE), "/etc/group"]


def covered(proc: Path) -> Sequence[str]:
    """Mounts that hide what nobody inside needs, or protect it. Only what is there can be mounted on."""
    said: list[str] = []
    for name in COVERED_FILES:
        if (proc / name).exists():
            said += ["--ro-bind", "/dev/null", f"/proc/{name}"]
    for name in COVERED_FOLDERS:
        if (proc / name).is_dir():
            said += ["--size", "4096", "--tmpfs", f"/proc/{name}", "--remount-ro", f"/proc/{name}"]
    for name in READ_ONLY_FOLDERS:
        if (proc / name).is_dir():
            said += ["--ro-bind", str(proc / name), f"/proc/{name}"]
    return said
