"""Which system calls a sandbox of bubblewrap is refused, after the model of Docker's default profile.

Everything that administers the host, looks into other processes, or is a way into the kernel that ordinary programs
do not take. Calls that are newer than this list do not exist for a sandbox: programs know how to do without.
"""

from errno import EAFNOSUPPORT, ENOSYS, EPERM
from types import MappingProxyType

from msgspec import Struct

#: The newest call that was looked at (mseal, of Linux 6.10). From 424 on all machines have the same numbers.
NEWEST = 462

# Number on x86_64, number on aarch64; None where the machine has no such call.
_REFUSED: dict[str, dict[str, tuple[int | None, int | None]]] = {
    "file systems": {
        "mount": (165, 40),
        "umount2": (166, 39),
        "pivot_root": (155, 41),
        "chroot": (161, 51),
        "swapon": (167, 224),
        "swapoff": (168, 225),
        "open_tree": (428, 428),
        "move_mount": (429, 429),
        "fsopen": (430, 430),
        "fsconfig": (431, 431),
        "fsmount": (432, 432),
        "fspick": (433, 433),
        "mount_setattr": (442, 442),
        "statmount": (457, 457),
        "listmount": (458, 458),
        "quotactl": (179, 60),
        "quotactl_fd": (443, 443),
        "acct": (163, 89),
        "sysfs": (139, None),
        "ustat": (136, None),
        "fanotify_init": (300, 262),
        "open_by_handle_at": (304, 265),
        "lookup_dcookie": (212, 18),
    },
    "namespaces": {
        "unshare": (272, 97),
        "setns": (308, 268),
        "sethostname": (170, 161),
        "setdomainname": (171, 162),
    },
    "other processes": {
        "ptrace": (101, 117),
        "process_vm_readv": (310, 270),
        "process_vm_writev": (311, 271),
        "process_madvise": (440, 440),
        "kcmp": (312, 272),
        "pidfd_getfd": (438, 438),
    },
    "the kernel itself": {
        "init_module": (175, 105),
        "finit_module": (313, 273),
        "delete_module": (176, 106),
        "create_module": (174, None),
        "query_module": (178, None),
        "get_kernel_syms": (177, None),
        "kexec_load": (246, 104),
        "kexec_file_load": (320, 294),
        "reboot": (169, 142),
        "bpf": (321, 280),
        "perf_event_open": (298, 241),
        "userfaultfd": (323, 282),
        "syslog": (103, 116),
        "uselib": (134, None),
        "_sysctl": (156, None),
        "nfsservctl": (180, 42),
        "vhangup": (153, 58),
        "lsm_set_self_attr": (460, 460),
    },
    "keys": {
        "add_key": (248, 217),
        "request_key": (249, 218),
        "keyctl": (250, 219),
    },
    "hardware and time": {
        "iopl": (172, None),
        "ioperm": (173, None),
        "modify_ldt": (154, None),
        "clock_settime": (227, 112),
        "settimeofday": (164, 170),
    },
    "placement of memory": {
        "mbind": (237, 235),
        "set_mempolicy": (238, 237),
        "get_mempolicy": (239, 236),
        "migrate_pages": (256, 238),
        "move_pages": (279, 239),
        "set_mempolicy_home_node": (450, 450),
    },
}
# Programs try these and take the older call when they are told that there is none. The flags of clone3 lie in memory,
# where a filter cannot look.
_ABSENT: dict[str, tuple[int, int]] = {
    "clone3": (435, 435),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}

# mount, cgroup, uts, ipc, user, pid, net
NAMESPACE_FLAGS = 0x7E02_0000
AF_UNIX, AF_INET, AF_INET6, AF_NETLINK = 1, 2, 10, 16
NETLINK_ROUTE = 0
# Typing for another process, and the same by way of the console.
TIOCSTI, TIOCLINUX = 0x5412, 0x541C
# The usual one, that of 32 bits, either with the kernel's name of old; and the question which it is.
PERSONALITIES = (0x0, 0x8, 0x2_0000, 0x2_0008, 0xFFFF_FFFF)


class Argument(Struct, frozen=True):
    """A rule about one argument, of which the low 32 bits count: the kernel takes no more of these.

    values: the argument's values that match; flags: bits, any of which matches. `within`: what of a value that matches
    must hold as well. What matches is refused; with `allowed` it is the only thing that is not.
    """

    index: int
    values: tuple[int, ...] = ()
    flags: int = 0
    allowed: bool = False
    errno: int = EPERM
    within: "tuple[int, int, int] | None" = None


_SOCKETS = Argument(
    index=0,
    values=(AF_UNIX, AF_INET, AF_INET6, AF_NETLINK),
    allowed=True,
    errno=EAFNOSUPPORT,
    # Of netlink only what says which interfaces and addresses there are.
    within=(AF_NETLINK, 2, NETLINK_ROUTE),
)
_ARGUMENTS: dict[str, tuple[tuple[int, int], Argument]] = {
    "clone": ((56, 220), Argument(index=0, flags=NAMESPACE_FLAGS)),
    "ioctl": ((16, 29), Argument(index=1, values=(TIOCSTI, TIOCLINUX))),
    "personality": ((135, 92), Argument(index=0, values=PERSONALITIES, allowed=True)),
    "socket": ((41, 198), _SOCKETS),
    "socketpair": ((53, 199), _SOCKETS),
}


class Rules(Struct, frozen=True):
    """The rules of one machine. `architecture`: the kernel's name for it."""

    architecture: int
    refused: dict[str, tuple[int, int]]
    arguments: dict[str, tuple[int, Argument]]


def _rules(architecture: int, machine: int) -> Rules:
    refused = {
        name: (number, EPERM)
        for family in _REFUSED.values()
        for name, numbers in family.items()
        if (number := numbers[machine]) is not None
    }
    refused |= {name: (numbers[machine], ENOSYS) for name, numbers in _ABSENT.items()}
    return Rules(
        architecture,
        refused,
        {name: (numbers[machine], rule) for name, (numbers, rule) in _ARGUMENTS.items()},
    )


#: By the name that uname gives the machine.
RULES = MappingProxyType({"x86_64": _rules(0xC000_003E, 0), "aarch64": _rules(0xC000_00B7, 1)})
