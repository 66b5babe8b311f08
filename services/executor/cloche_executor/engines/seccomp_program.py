"""The rules about system calls as a program of the kernel's packet filter, as bubblewrap's --seccomp takes it."""

import ctypes
import platform
import struct
from collections.abc import Iterable
from errno import ENOSYS
from itertools import groupby

from cloche_executor.engines.seccomp_rules import NEWEST, RULES, Argument, Rules

# Of struct seccomp_data.
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
LOAD, RETURN = 0x20, 0x06
EQUAL, GREATER, ANY_BIT = 0x15, 0x25, 0x45
ALLOW, KILL, ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
# A jump goes so far.
REACH = 255
SECCOMP_CALL = {"x86_64": 317, "aarch64": 277}
SECCOMP_GET_ACTION_AVAIL = 2

Instruction = tuple[int, int, int, int]


def program(machine: str) -> bytes:
    """The filter for a machine by its name. KeyError where there are no rules for it."""
    return b"".join(
        struct.pack("HBBI", code, yes, no, value)
        for code, yes, no, value in instructions(RULES[machine])
    )


def instructions(rules: Rules) -> list[Instruction]:
    """Operation, how many to skip if it holds, how many if not, operand."""
    made = [
        _load(ARCHITECTURE),
        (EQUAL, 1, 0, rules.architecture),
        # A call of another architecture has other numbers: no rule would fit it.
        _give(KILL),
        _load(NUMBER),
        # Beyond are also the numbers of x32, which the kernel marks by a high bit.
        (GREATER, 0, 1, NEWEST),
        _give(ERRNO | ENOSYS),
    ]
    for number, rule in rules.arguments.values():
        block = _argument(rule)
        made += [(EQUAL, 0, len(block), number), *block]
    by_errno = sorted(rules.refused.values(), key=lambda refused: (refused[1], refused[0]))
    for errno, group in groupby(by_errno, key=lambda refused: refused[1]):
        made += _one_of((number for number, _ in group), [_give(ERRNO | errno)])
    return [*made, _give(ALLOW)]


def refused_here(machine: str = "") -> str:
    """Why this kernel cannot filter system calls; empty if it can."""
    machine = machine or platform.machine()
    if machine not in RULES:
        return f"there are no rules for machines like {machine}"
    libc = ctypes.CDLL(None, use_errno=True)
    action = ctypes.c_uint32(ERRNO)
    asked = (ctypes.c_long(SECCOMP_CALL[machine]), ctypes.c_long(SECCOMP_GET_ACTION_AVAIL))
    if libc.syscall(*asked, ctypes.c_long(0), ctypes.byref(action)) != 0:
        return "the kernel has no filter for them"
    return ""


def _argument(rule: Argument) -> list[Instruction]:
    """What follows once a call is the rule's. It always returns."""
    refuse, allow = _give(ERRNO | rule.errno), _give(ALLOW)
    matching, other = ([allow], [refuse]) if rule.allowed else ([refuse], [allow])
    made = [_load(ARGUMENTS + 8 * rule.index)]
    if rule.within is not None:
        value, index, wanted = rule.within
        inner = [_load(ARGUMENTS + 8 * index), *_one_of([wanted], [allow]), refuse]
        made += [(EQUAL, 0, len(inner), value), *inner]
    if rule.flags:
        made += [(ANY_BIT, 0, 1, rule.flags), *matching]
    if rule.values:
        made += _one_of(rule.values, matching)
    return [*made, *other]


def _one_of(values: Iterable[int], then: list[Instruction]) -> list[Instruction]:
    """`then` if the loaded word is one of `values`; beyond it otherwise."""
    words = list(values)
    if len(words) > REACH:
        raise ValueError("more values than a jump can pass")
    last = len(words) - 1
    tests = [
        (EQUAL, last - at, len(then) if at == last else 0, value) for at, value in enumerate(words)
    ]
    return [*tests, *then]


def _load(offset: int) -> Instruction:
    return (LOAD, 0, 0, offset)


def _give(action: int) -> Instruction:
    return (RETURN, 0, 0, action)
