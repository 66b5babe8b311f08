"""A small process that starts sandboxes for an executor: each in mounts of its own, as a user of its own.

It is run as a script (``python -I -S bwrap_launcher.py``) and imports nothing but the standard library. bubblewrap
cannot limit the number of files in a scratch space, and may not run as root. So what comes before it happens here:

1. a mount namespace of its own, whose mounts nobody else sees, and which is gone with its last process;
2. in it, the scratch spaces, sized, and the image's root file system, where the sandbox's user can reach them;
3. as root, another user without any privilege, for good;
4. only then bubblewrap.

The processes made here are children of the executor, not of this one: they die with it and tell it how they ended.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import sys
from typing import Any, NoReturn

#: Where everything that a sandbox is made of lies, in its own mounts. The folder exists everywhere; its contents are
#: not seen from there any more.
STAGE = "/tmp"  # noqa: S108 - hidden by a mount of our own before anything is put there
ROOT = f"{STAGE}/root"
SCRATCH = f"{STAGE}/scratch"
SHARED_MEMORY = f"{STAGE}/shm"
BINARY = f"{STAGE}/bwrap"
#: The descriptors under which bubblewrap finds the files that it is given begin here.
FIRST_FILE = 20
#: The largest order.
ORDER_BYTES = 128 << 10
STREAMS = 3

CLONE_SYSCALL = {"x86_64": 56, "aarch64": 220}
CLONE_PARENT = 0x00008000
CLONE_NEWNS = 0x00020000
CLONE_NEWUSER = 0x10000000
MS_NOSUID, MS_NODEV = 2, 4
MS_BIND, MS_REC, MS_PRIVATE = 1 << 12, 1 << 14, 1 << 18
PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
OOM_SCORE = "1000"

# The lock of the interpreter is kept over a call: after a clone there is nobody to give it back.
_libc = ctypes.PyDLL(None, use_errno=True)


def serve(control: socket.socket, parent: int) -> None:
    """Start a sandbox for each order until the executor hangs up. `parent`: the executor."""
    die_with(parent)
    terms: dict[str, Any] = json.loads(control.recv(ORDER_BYTES))
    binary = [(name, _read(path)) for name, path in terms["binary"].items()]
    files = [bytes.fromhex(text) for text in terms["files"]]
    while True:
        message, descriptors, _, _ = socket.recv_fds(
            control, ORDER_BYTES, STREAMS, socket.MSG_CMSG_CLOEXEC
        )
        if not message:
            return
        order = json.loads(message)
        try:
            pid = _clone()
        except OSError as error:
            answer = f"no process for the sandbox: {error}"
        else:
            if pid == 0:
                become(order, descriptors, parent, binary, files)
            answer = str(pid)
        for descriptor in descriptors:
            os.close(descriptor)
        control.send(answer.encode())


def become(
    order: dict[str, Any],
    streams: list[int],
    parent: int,
    binary: list[tuple[str, bytes]],
    files: list[bytes],
) -> NoReturn:
    """Turn this process into bubblewrap. Where that fails it says why on its stderr and ends."""
    try:
        die_with(parent)
        os.setsid()
        # What is ignored stays so in every program after: by Python, or by nohup.
        for each in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            with contextlib.suppress(OSError):
                signal.signal(each, signal.SIG_DFL)
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        for number in order["files"]:
            _offer(files[number - FIRST_FILE], number)
        with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - pathlib takes long to import
            file.write(OOM_SCORE)
        keep_only({0, 1, 2, *order["files"]})
        own_mounts(order)
        put_binary(binary)
        drop(order["user"])
        # Becoming another user has undone it.
        die_with(parent)
        program = f"{BINARY}/{binary[0][0]}"
        os.execve(program, [program, *order["arguments"]], {})  # noqa: S606
    except BaseException as error:
        # Whatever it is, this process must not go on.
        os.write(2, f"the sandbox's mounts cannot be made: {error}".encode())
    os._exit(1)


def keep_only(descriptors: set[int]) -> None:
    """Close everything else: what is open here is open in the sandbox, and the way to this process is not for it."""
    for number in map(int, os.listdir("/proc/self/fd")):  # noqa: PTH208
        if number not in descriptors:
            with contextlib.suppress(OSError):
                os.close(number)


def own_mounts(order: dict[str, Any]) -> None:
    """The mount namespace, and in it the stage with its scratch spaces and the root file system."""
    if order["user"] is None:
        uid, gid = os.getuid(), os.getgid()
        _check(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNS), "a user namespace of its own")
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123
                file.write(text)
    else:
        _check(_libc.unshare(CLONE_NEWNS), "a mount namespace of its own")
    mount("none", "/", None, MS_REC | MS_PRIVATE)
    # Opened before the stage may hide it.
    root = None if order["root"] is None else os.open(order["root"], os.O_PATH | os.O_DIRECTORY)
    mount("cloche", STAGE, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=8m,nr_inodes=64")
    for folder in (ROOT, SCRATCH, SHARED_MEMORY, BINARY):
        os.mkdir(folder)  # noqa: PTH102
    if root is not None:
        mount(f"/proc/self/fd/{root}", ROOT, None, MS_BIND)
        os.close(root)
    for folder, options in ((SCRATCH, order["scratch"]), (SHARED_MEMORY, order["shared_memory"])):
        mount("cloche", folder, "tmpfs", MS_NOSUID | MS_NODEV, f"mode=1777,{options}")


def put_binary(binary: list[tuple[str, bytes]]) -> None:
    """bubblewrap's files where its user can execute them: the place that they come from may be closed to others."""
    for name, content in binary:
        path = f"{BINARY}/{name}"
        os.makedirs(os.path.dirname(path), 0o755, exist_ok=True)  # noqa: PTH103, PTH120
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
        os.write(descriptor, content)
        os.close(descriptor)


def drop(user: int | None) -> None:
    """Become `user`, without groups, capabilities or a way back. None: this is nobody privileged already."""
    if user is not None:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
        if os.getresuid() != (user,) * 3 or os.getresgid() != (user,) * 3 or os.getgroups():
            raise PermissionError("the user of the sandbox cannot be taken")
    _check(_libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")


def die_with(parent: int) -> None:
    """Have the kernel end this process when the executor ends."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0), "a parent to die with")
    if os.getppid() != parent:
        raise ProcessLookupError("the executor has ended")


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    done = _libc.mount(
        source.encode(),
        target.encode(),
        None if kind is None else kind.encode(),
        ctypes.c_ulong(flags),
        options.encode(),
    )
    _check(done, f"a mount on {target}")


def _clone() -> int:
    """fork, but the new process is a sibling of this one."""
    number = CLONE_SYSCALL[os.uname().machine]
    flags = ctypes.c_long(CLONE_PARENT | int(signal.SIGCHLD))
    none = ctypes.c_long(0)
    return _check(_libc.syscall(ctypes.c_long(number), flags, none, none, none, none), "clone")


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _offer(content: bytes, number: int) -> None:
    """Let bubblewrap find a file with `content` under the descriptor `number`."""
    descriptor = os.memfd_create("cloche")
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.dup2(descriptor, number)
    os.close(descriptor)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:  # noqa: PTH123
        return file.read()


if __name__ == "__main__":
    os.set_inheritable(int(sys.argv[1]), False)
    serve(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
