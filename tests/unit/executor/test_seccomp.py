"""The filter of system calls, run in a small packet filter of our own."""

import re
from errno import EAFNOSUPPORT, ENOSYS, EPERM
from pathlib import Path

import pytest
from cloche_executor.engines.seccomp_program import instructions, program, refused_here
from cloche_executor.engines.seccomp_rules import NEWEST, RULES
from hypothesis import given
from hypothesis import strategies as st
from support.packet_filter import ALLOW, ERRNO, KILL, verdict

MACHINES = ("x86_64", "aarch64")
HEADERS = {
    "x86_64": "/usr/include/x86_64-linux-gnu/asm/unistd_64.h",
    "aarch64": "/usr/include/asm-generic/unistd.h",
}
# What programs of every kind need, by number on either machine.
NEEDED = {
    "read": (0, 63),
    "openat": (257, 56),
    "mmap": (9, 222),
    "execve": (59, 221),
    "wait4": (61, 260),
    "futex": (202, 98),
    "kill": (62, 129),
    "prctl": (157, 167),
    "setpriority": (141, 140),
    "memfd_create": (319, 279),
    "seccomp": (317, 277),
    "rseq": (334, 293),
    "pidfd_open": (434, 434),
    "faccessat2": (439, 439),
    "epoll_pwait2": (441, 441),
    "landlock_create_ruleset": (444, 444),
}


def says(machine: str, call: int, *arguments: int) -> int:
    return verdict(program(machine), call, *arguments, architecture=RULES[machine].architecture)


@pytest.mark.parametrize("machine", MACHINES)
def test_every_call_of_the_list_is_refused_whatever_its_arguments(machine: str) -> None:
    for number, errno in RULES[machine].refused.values():
        for arguments in ((), (1, 2, 3), (-1,) * 6):
            assert says(machine, number, *arguments) == ERRNO | errno
    assert RULES[machine].refused["clone3"] == (435, ENOSYS)
    assert RULES[machine].refused["mount"][1] == EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_what_programs_need_is_allowed(machine: str) -> None:
    for numbers in NEEDED.values():
        assert says(machine, numbers[MACHINES.index(machine)]) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
@given(call=st.integers(0, NEWEST))
def test_nothing_else_is_refused(machine: str, call: int) -> None:
    rules = RULES[machine]
    ruled = {number for number, _ in (*rules.refused.values(), *rules.arguments.values())}
    if call not in ruled:
        assert says(machine, call) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
def test_a_call_that_is_newer_or_of_x32_does_not_exist(machine: str) -> None:
    for call in (NEWEST + 1, 500, 0x4000_0000, 0x4000_0000 | 59, -1):
        assert says(machine, call) == ERRNO | ENOSYS


def test_a_call_of_another_architecture_ends_the_program() -> None:
    i386, arm = 0x4000_0003, 0x4000_0028
    for machine in MACHINES:
        others = {i386, arm, *(rules.architecture for rules in RULES.values())}
        for architecture in others - {RULES[machine].architecture}:
            assert verdict(program(machine), 1, architecture=architecture) == KILL


@pytest.mark.parametrize("machine", MACHINES)
def test_new_processes_and_threads_are_allowed_but_no_new_namespaces(machine: str) -> None:
    clone = RULES[machine].arguments["clone"][0]
    thread, fork, vfork = 0x3D0F00, 0x1200011, 0x4111
    for flags in (thread, fork, vfork):
        assert says(machine, clone, flags) == ALLOW
    for namespace in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert says(machine, clone, fork | namespace) == ERRNO | EPERM
        # The kernel takes the low half only, and so must the filter.
        assert says(machine, clone, fork | namespace | 0xFFFF << 32) == ERRNO | EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_nobody_types_for_another_process(machine: str) -> None:
    ioctl = RULES[machine].arguments["ioctl"][0]
    for command in (0x5412, 0x541C, 0x5412 | 1 << 32):
        assert says(machine, ioctl, 0, command) == ERRNO | EPERM
    for command in (0x5401, 0x5413, 0x541B):
        assert says(machine, ioctl, 0x5412, command) == ALLOW


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", ["socket", "socketpair"])
def test_only_common_sockets_can_be_made(machine: str, name: str) -> None:
    call = RULES[machine].arguments[name][0]
    unix, inet, inet6, netlink = 1, 2, 10, 16
    for family in (unix, inet, inet6):
        for protocol in (0, 6, 17):
            assert says(machine, call, family, 1, protocol) == ALLOW
    # Netlink to ask for addresses, and for nothing else.
    assert says(machine, call, netlink, 3, 0) == ALLOW
    for protocol in (2, 9, 12, 15):
        assert says(machine, call, netlink, 3, protocol) == ERRNO | EAFNOSUPPORT
    # Packets, crypto of the kernel, the way to the machine around a virtual one, and others.
    for family in (0, 3, 15, 17, 29, 30, 31, 38, 40, 44):
        assert says(machine, call, family, 1, 0) == ERRNO | EAFNOSUPPORT


@pytest.mark.parametrize("machine", MACHINES)
def test_only_harmless_personalities_can_be_taken(machine: str) -> None:
    call = RULES[machine].arguments["personality"][0]
    for wanted in (0, 0xFFFF_FFFF, 8):
        assert says(machine, call, wanted) == ALLOW
    for wanted in (0x0040000, 0x0400000, 0x0100000, 1):
        assert says(machine, call, wanted) == ERRNO | EPERM


@pytest.mark.parametrize("machine", MACHINES)
def test_the_numbers_are_the_kernel_s(machine: str) -> None:
    header = Path(HEADERS[machine])
    if not header.is_file():
        pytest.skip(f"no headers of the kernel for {machine} on this machine")
    known = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\n", header.read_text()))
    rules = RULES[machine]
    ours = {
        name: number for name, (number, _) in (*rules.refused.items(), *rules.arguments.items())
    }
    newest = max(map(int, known.values()))
    for name, number in ours.items():
        assert name in known or number > newest
        assert int(known.get(name, number)) == number
    assert {name: int(known[name]) for name in NEEDED} == {
        name: numbers[MACHINES.index(machine)] for name, numbers in NEEDED.items()
    }


@pytest.mark.parametrize("machine", MACHINES)
def test_the_kernel_would_take_the_program(machine: str) -> None:
    made = instructions(RULES[machine])
    assert len(made) < 4096
    assert len(program(machine)) == 8 * len(made)
    for at, (code, yes, no, _) in enumerate(made):
        assert 0 <= yes <= 255
        assert 0 <= no <= 255
        assert code == 0x06 or at + 1 + max(yes, no) < len(made)


def test_where_there_is_no_filter_it_is_said_why(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "machines like mips" in refused_here("mips")

    class NoFilter:
        def syscall(self, *_: object) -> int:
            return -1

    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: NoFilter())
    assert "no filter" in refused_here("x86_64")
