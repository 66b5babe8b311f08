"""Runs inside a sandbox: tries calls into the kernel and prints the names of those that succeed, then their number.

Every call has arguments with which it would succeed for somebody who may, and would do no harm then: a clock is set to
what it shows, a module is empty, a restart only says what Ctrl-Alt-Del does.
"""

import ctypes
import mmap
import os
import socket
import struct
import sys
import time
from collections.abc import Callable
from functools import partial

libc = ctypes.CDLL(None, use_errno=True)
# Numbers on x86_64 and aarch64.
NUMBERS = {
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "swapon": (167, 224),
    "open_tree": (428, 428),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "quotactl": (179, 60),
    "acct": (163, 89),
    "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "unshare": (272, 97),
    "clone": (56, 220),
    "clone3": (435, 435),
    "setns": (308, 268),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "kcmp": (312, 272),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "io_uring_setup": (425, 425),
    "iopl": (172, None),
    "ioperm": (173, None),
    "modify_ldt": (154, None),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "personality": (135, 92),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "get_mempolicy": (239, 236),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "uselib": (134, None),
    "sysfs": (139, None),
    "ustat": (136, None),
    "lookup_dcookie": (212, 18),
    "capset": (126, 91),
    "setpriority": (141, 140),
    "sched_setscheduler": (144, 119),
    "ioprio_set": (251, 30),
}
MACHINE = 0 if os.uname().machine == "x86_64" else 1
NEW = {
    "user": 0x10000000,
    "mount": 0x20000,
    "network": 0x40000000,
    "ipc": 0x08000000,
    "names": 0x04000000,
}
NEW |= {"processes": 0x20000000, "groups": 0x02000000, "time": 0x80}
PARENT = os.getppid()


def call(name: str, *arguments: object) -> bool:
    number = NUMBERS[name][MACHINE]
    if number is None:
        return False
    passed = [
        a if isinstance(a, bytes) else ctypes.c_long(a) if isinstance(a, int) else a
        for a in arguments
    ]
    return bool(libc.syscall(ctypes.c_long(number), *passed) >= 0)


def clone(flag: int) -> bool:
    """A child in a namespace of its own, made by the call of old."""
    pid = libc.syscall(
        ctypes.c_long(NUMBERS["clone"][MACHINE] or 0), ctypes.c_long(flag | 17), 0, 0, 0, 0
    )
    if pid == 0:
        os._exit(0)
    return bool(pid > 0)


def clone3(flag: int) -> bool:
    arguments = ctypes.create_string_buffer(struct.pack("<8Q", flag, 0, 0, 0, 17, 0, 0, 0))
    pid = libc.syscall(ctypes.c_long(435), arguments, ctypes.c_long(64))
    if pid == 0:
        os._exit(0)
    return bool(pid > 0)


def ptrace_child() -> bool:
    child = os.fork()
    if child == 0:
        time.sleep(5)
        os._exit(0)
    traced = call("ptrace", 16, child, 0, 0)
    os.kill(child, 9)
    return traced


def ptrace(process: int) -> bool:
    # Seized, not stopped: nobody is to hang.
    return call("ptrace", 0x4206, process, 0, 0)


def read_memory(process: int, name: str) -> bool:
    with open(f"/proc/{process}/maps") as file:
        start = int(next(line for line in file if " r" in line).split("-")[0], 16)
    here = ctypes.create_string_buffer(16)
    local = ctypes.create_string_buffer(struct.pack("<QQ", ctypes.addressof(here), 16))
    remote = ctypes.create_string_buffer(struct.pack("<QQ", start, 16))
    return call(name, process, local, 1, remote, 1, 0)


def take_descriptor() -> bool:
    descriptor = libc.syscall(ctypes.c_long(434), ctypes.c_long(PARENT), ctypes.c_long(0))
    return call("pidfd_getfd", descriptor, 0, 0)


def by_handle() -> bool:
    """The root of whatever file system this one is part of, by its number instead of a path (CVE-2014-9357, shocker)."""
    for number in (2, 1, 128, 256):
        for kind, size in ((1, 8), (0x81, 12)):
            body = struct.pack("<II", size, kind) + struct.pack("<Q", number).ljust(size, b"\0")
            handle = ctypes.create_string_buffer(body)
            for folder in ("/", "/etc", "/proc", "/tmp"):
                if call("open_by_handle_at", os.open(folder, os.O_RDONLY), handle, 0):
                    return True
    return False


def bpf() -> bool:
    makes_map = ctypes.create_string_buffer(struct.pack("<IIII", 1, 4, 4, 1).ljust(120, b"\0"))
    program = ctypes.create_string_buffer(
        bytes.fromhex("b700000000000000") + bytes.fromhex("9500000000000000")
    )
    words = ctypes.create_string_buffer(b"GPL\0")
    loads = struct.pack("<IIQQ", 1, 2, ctypes.addressof(program), ctypes.addressof(words)).ljust(
        120, b"\0"
    )
    return call("bpf", 0, makes_map, 120) or call("bpf", 5, ctypes.create_string_buffer(loads), 120)


def perf() -> bool:
    for kind, flags in ((1, 0), (0, 0), (1, 0x60)):
        attributes = ctypes.create_string_buffer(
            struct.pack("<IIQQQQQ", kind, 112, 0, 0, 0, 0, flags).ljust(112, b"\0")
        )
        if call("perf_event_open", attributes, 0, -1, -1, 0) or call(
            "perf_event_open", attributes, -1, 0, -1, 0
        ):
            return True
    return False


def capset() -> bool:
    header = ctypes.create_string_buffer(struct.pack("<II", 0x20080522, 0))
    wanted = ctypes.create_string_buffer(struct.pack("<6I", *(0xFFFFFFFF,) * 6))
    return call("capset", header, wanted)


def setns(kind: str) -> bool:
    for process in (1, PARENT):
        try:
            other = os.open(f"/proc/{process}/ns/{kind}", os.O_RDONLY)
        except OSError:
            continue
        if call("setns", other, 0):
            return True
    return False


def place() -> bytes:
    os.makedirs("/tmp/place", exist_ok=True)
    return b"/tmp/place"


def swap_file() -> bytes:
    with open("/tmp/swap", "wb") as file:
        file.write(bytes(1 << 20))
    return b"/tmp/swap"


def now() -> ctypes.Array[ctypes.c_char]:
    seconds = time.time()
    return ctypes.create_string_buffer(struct.pack("<qq", int(seconds), int(seconds % 1 * 1e9)))


def now_to_the_microsecond() -> ctypes.Array[ctypes.c_char]:
    seconds = time.time()
    return ctypes.create_string_buffer(struct.pack("<qq", int(seconds), int(seconds % 1 * 1e6)))


def tuned() -> ctypes.Array[ctypes.c_char]:
    """Sets the length of a tick to what it is."""
    return ctypes.create_string_buffer(
        struct.pack("<IIqqqqiiqqqqq", 0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10000).ljust(
            208, b"\0"
        )
    )


def nodes() -> ctypes.Array[ctypes.c_char]:
    return ctypes.create_string_buffer(struct.pack("<Q", 1))


def mapped() -> int:
    block = mmap.mmap(-1, 4096)
    block[0] = 1
    kept.append(block)
    return ctypes.addressof(ctypes.c_char.from_buffer(block))


kept: list[object] = []
TRIES: dict[str, Callable[[], bool]] = {
    "mount tmpfs": lambda: call("mount", b"none", place(), b"tmpfs", 0, 0),
    "mount proc": lambda: call("mount", b"proc", place(), b"proc", 0, 0),
    "mount a folder": lambda: call("mount", b"/", place(), 0, 0x1000, 0),
    "mount again, for writing": lambda: call("mount", 0, b"/", 0, 0x20 | 0x1000, 0),
    "make mounts private": lambda: call("mount", 0, b"/", 0, 0x4000 | 0x40000, 0),
    "umount /proc": lambda: call("umount2", b"/proc", 2),
    "umount /tmp": lambda: call("umount2", b"/tmp", 2),
    "pivot_root": lambda: call("pivot_root", b"/tmp", place()),
    "chroot": lambda: call("chroot", place()),
    "swapon": lambda: call("swapon", swap_file(), 0),
    "open_tree": lambda: call("open_tree", -100, b"/", 1),
    "fsopen": lambda: call("fsopen", b"tmpfs", 0),
    "fspick": lambda: call("fspick", -100, b"/tmp", 0),
    "mount_setattr": lambda: call(
        "mount_setattr", -100, b"/", 0, ctypes.create_string_buffer(32), 32
    ),
    "quotactl": lambda: call("quotactl", 0x800001 << 8, b"/dev/vda", 0, 0),
    "acct": lambda: call("acct", swap_file()),
    "fanotify_init": lambda: call("fanotify_init", 4, 0),
    "open_by_handle_at": by_handle,
    **{f"unshare {name}": partial(call, "unshare", flag) for name, flag in NEW.items()},
    "clone user": lambda: clone(NEW["user"]),
    "clone mount": lambda: clone(NEW["mount"]),
    "clone3 user": lambda: clone3(NEW["user"]),
    **{
        f"setns {kind}": partial(setns, kind)
        for kind in ("user", "mnt", "net", "pid", "ipc", "uts")
    },
    "sethostname": lambda: call("sethostname", b"owned", 5),
    "setdomainname": lambda: call("setdomainname", b"owned", 5),
    "ptrace own child": ptrace_child,
    "ptrace process 1": lambda: ptrace(1),
    "ptrace parent": lambda: ptrace(PARENT),
    "read memory of parent": lambda: read_memory(PARENT, "process_vm_readv"),
    "read memory of process 1": lambda: read_memory(1, "process_vm_readv"),
    "take a descriptor of the parent": take_descriptor,
    "kcmp": lambda: call("kcmp", 1, PARENT, 0, 0, 0),
    "init_module": lambda: call("init_module", b"", 0, b""),
    "finit_module": lambda: call("finit_module", os.open("/bin/true", os.O_RDONLY), b"", 0),
    "delete_module": lambda: call("delete_module", b"nothing", 0o4000),
    "kexec_load": lambda: call("kexec_load", 0, 0, 0, 0),
    "kexec_file_load": lambda: call(
        "kexec_file_load", os.open("/bin/true", os.O_RDONLY), -1, 0, 0, 4
    ),
    "reboot": lambda: call("reboot", 0xFEE1DEAD, 672274793, 0, 0),
    "bpf": bpf,
    "perf_event_open": perf,
    "userfaultfd": lambda: call("userfaultfd", 0) or call("userfaultfd", 1),
    "syslog": lambda: call("syslog", 3, ctypes.create_string_buffer(4096), 4096),
    "vhangup": lambda: call("vhangup"),
    "add_key": lambda: (
        call("add_key", b"user", b"planted", b"x", 1, -4)
        or call("add_key", b"user", b"y", b"x", 1, -5)
    ),
    "request_key": lambda: call("request_key", b"user", b"planted", 0, 0),
    "keyctl": lambda: call("keyctl", 1, 0) or call("keyctl", 0, -3, 1),
    "io_uring_setup": lambda: call("io_uring_setup", 8, ctypes.create_string_buffer(120)),
    "iopl": lambda: call("iopl", 3),
    "ioperm": lambda: call("ioperm", 0x80, 1, 1),
    "settimeofday": lambda: call("settimeofday", now_to_the_microsecond(), 0),
    "clock_settime": lambda: call("clock_settime", 0, now()),
    "adjtimex": lambda: call("adjtimex", tuned()),
    "personality": lambda: call("personality", 0x0040000),
    "mbind": lambda: call("mbind", mapped(), 4096, 2, nodes(), 64, 0),
    "set_mempolicy": lambda: call("set_mempolicy", 2, nodes(), 64),
    "migrate_pages": lambda: call("migrate_pages", PARENT, 64, nodes(), nodes()),
    "move_pages": lambda: call("move_pages", PARENT, 0, 0, 0, 0, 0),
    "uselib": lambda: call("uselib", b"/bin/true"),
    "sysfs": lambda: call("sysfs", 3),
    "ustat": lambda: call("ustat", os.stat("/").st_dev, ctypes.create_string_buffer(64)),
    "lookup_dcookie": lambda: call("lookup_dcookie", 0, ctypes.create_string_buffer(64), 64),
    "capset": capset,
    "setpriority": lambda: call("setpriority", 0, 0, -20),
    "sched_setscheduler": lambda: call(
        "sched_setscheduler", 0, 1, ctypes.create_string_buffer(struct.pack("<i", 50))
    ),
    "ioprio_set": lambda: call("ioprio_set", 1, 0, 1 << 13),
    "hypervisor's socket": lambda: bool(socket.socket(40, 1)),
    "kernel's crypto": lambda: bool(socket.socket(38, 5)),
}


def attempt(name: str) -> bool:
    """In a child, since what succeeds stays done."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if TRIES[name]() else 1
        except BaseException as error:  # a refusal is what is expected
            sys.stderr.write(f"{name}: {error}\n")
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


for name in TRIES:
    if attempt(name):
        print(name, flush=True)
print(len(TRIES))
