"""What of the host a program could change if it got through to its kernel."""

import socket
import time
from pathlib import Path

_SETTINGS = (
    *(
        "kernel/hostname",
        "kernel/domainname",
        "kernel/core_pattern",
        "kernel/tainted",
        "kernel/modprobe",
    ),
    *(
        "kernel/sysrq",
        "kernel/randomize_va_space",
        "kernel/hotplug",
        "kernel/ctrl-alt-del",
        "vm/overcommit_memory",
    ),
    *("net/ipv4/ip_forward", "fs/binfmt_misc/status"),
)
# How far a clock may be off that somebody may have set meanwhile.
CLOCK_SECONDS = 1.0


class HostState(dict[str, object]):
    """Settings, clock, modules, swap and mounts, by name."""

    @classmethod
    def now(cls) -> "HostState":
        state = cls()
        for name in _SETTINGS:
            state[name] = _read(Path("/proc/sys", name))
        state["name"] = socket.gethostname()
        state["modules"] = sorted(
            line.split()[0] for line in _read(Path("/proc/modules")).splitlines()
        )
        state["swap"] = _read(Path("/proc/swaps"))
        state["boot"] = _read(Path("/proc/sys/kernel/random/boot_id"))
        state["clock"] = round((time.time() - time.monotonic()) / CLOCK_SECONDS)
        # Those of containers come and go with everybody's tests.
        state["mounts"] = sorted(
            line.split()[4]
            for line in _read(Path("/proc/1/mountinfo")).splitlines()
            if "/overlay2/" not in line and "/containers/" not in line and "/volumes/" not in line
        )
        return state

    def changed(self, before: "HostState") -> list[str]:
        """What differs. A clock may have crossed a whole second."""
        different = [name for name in before if name != "clock" and before[name] != self[name]]
        was, now = before["clock"], self["clock"]
        assert isinstance(was, int)
        assert isinstance(now, int)
        return [*different, *(["clock"] if abs(was - now) > 1 else [])]


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
