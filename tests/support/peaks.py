"""The most memory that each process of a running system has ever had, as the kernel counts it (VmHWM)."""

from collections.abc import Iterator
from pathlib import Path

from support.system import System


def peaks(system: System) -> dict[str, int]:
    """Bytes by component: of the largest of its processes, its children included."""
    return {
        one.name: max([_peak(pid) for pid in _family(one.pid)], default=0)
        for one in system.state.components
        if one.pid is not None
    }


def shown(peaks: dict[str, int]) -> str:
    return ", ".join(f"{name} {size >> 20} MB" for name, size in sorted(peaks.items()))


def _family(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            children = (task / "children").read_text().split()
        except OSError:
            continue
        for child in children:
            yield from _family(int(child))


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    # A process that has ended and was not waited for has none.
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:")), 0)
