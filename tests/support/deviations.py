"""Where an engine may let an attack end in another way than it should: a named list, and the only one.

docker and gvisor have none. bubblewrap has some where the host closes control groups to it, and then its `started`
event says so: a limit is missing among those that it enforces.
"""

from cloche_schemas.events import AttemptStarted
from msgspec import Struct


class Deviation(Struct, frozen=True, kw_only=True):
    """How an attack may end where `needs` is not enforced, and why that is so."""

    needs: str
    outcomes: tuple[str, ...]
    why: str


def _without_memory(*outcomes: str, why: str) -> Deviation:
    return Deviation(needs="memory_bytes", outcomes=outcomes, why=why)


def _without_cpu(*outcomes: str, why: str) -> Deviation:
    return Deviation(needs="cpu_seconds", outcomes=outcomes, why=why)


_REFUSED_ITSELF = "each process is refused more than its data may have, and ends by itself"
_NOT_COUNTED = "what it fills is no process's data, and only its size or time is limited"
_ALONE = "the compiler is refused memory as any process is, and nobody counts it"
_EACH = "CPU time holds for each process, and not for all together"

DEVIATIONS: dict[str, dict[str, Deviation]] = {
    "docker": {},
    "gvisor": {},
    "bubblewrap": {
        "allocates for ever": _without_memory("failed", why=_REFUSED_ITSELF),
        "locks memory and asks for huge pages": _without_memory("failed", why=_REFUSED_ITSELF),
        "fills a memory file": _without_memory("failed", why=_NOT_COUNTED),
        "maps memory that is shared": _without_memory("timed_out", why=_NOT_COUNTED),
        "fills a scratch space larger than its memory": _without_memory("failed", why=_NOT_COUNTED),
        "says that it is over and takes all memory": _without_memory("failed", why=_REFUSED_ITSELF),
        "includes a file without end": _without_memory("compile_failed", why=_ALONE),
        "instantiates more templates than memory holds": _without_memory(
            "compile_failed", why=_ALONE
        ),
        "expands macros without end": _without_memory("compile_failed", why=_ALONE),
        "many short processes use up the CPU time": _without_cpu("timed_out", why=_EACH),
        "processes side by side use up the CPU time": _without_cpu("timed_out", why=_EACH),
        "catches the signal of the CPU limit": _without_cpu(
            "failed", why="the kernel ends it a second later, and nobody measures why"
        ),
        "says that it is over and burns the CPU": _without_cpu("timed_out", why=_EACH),
    },
}


def deviation(started: AttemptStarted, attack: str) -> Deviation | None:
    """The deviation that holds for this attempt, if one does."""
    known = DEVIATIONS[started.engine].get(attack)
    return known if known is not None and known.needs not in started.enforced else None
