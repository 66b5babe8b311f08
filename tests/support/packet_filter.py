"""The kernel's packet filter in small: what a filter says to one system call."""

import struct

ALLOW, KILL, ERRNO = 0x7FFF_0000, 0x8000_0000, 0x0005_0000
_LOAD, _RETURN = 0x20, 0x06
_JUMPS = {0x15: "equal", 0x25: "greater", 0x45: "any bit"}
_WORDS = 16


def verdict(program: bytes, call: int, *arguments: int, architecture: int) -> int:
    """The action for a call. Arguments have 64 bits, of which a filter reads 32 at once."""
    padded = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<iIQ6Q", call, architecture, 0, *(a & (1 << 64) - 1 for a in padded))
    words = struct.unpack(f"<{_WORDS}I", data)
    loaded, at = 0, 0
    instructions = list(struct.iter_unpack("<HBBI", program))
    while True:
        code, yes, no, value = instructions[at]
        at += 1
        if code == _LOAD:
            assert value % 4 == 0
            loaded = words[value // 4]
        elif code == _RETURN:
            return int(value)
        else:
            holds = {
                "equal": loaded == value,
                "greater": loaded > value,
                "any bit": bool(loaded & value),
            }[_JUMPS[code]]
            # Only forwards: it always ends.
            at += yes if holds else no
