"""Whose a container is: its labels say who made it, its name for whom it runs.

Labels are for good and a container that waits runs for nobody yet, so that it is renamed after the hand-over.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cloche_schemas.values import EVALUATION_ID, TENANT
from cloche_schemas.values import Engine as EngineName
from msgspec import Struct

from cloche_executor.engines.owner import owner_in, this_process
from cloche_executor.sandbox import Labels

LABEL = "cloche."
INSTALLATION = f"{LABEL}installation"
_PREFIX = "cloche-"
_NAME = re.compile(
    rf"{_PREFIX}(?P<token>[0-9a-f]+)"
    rf"(?:\.(?P<tenant>{TENANT[1:-1]})\.(?P<evaluation>{EVALUATION_ID[1:-1]})"
    r"\.(?P<attempt>[0-9]{1,9})\.(?P<deadline>[0-9]{1,12}))?"
)


class Marks(Struct, frozen=True, kw_only=True):
    """Who makes containers. `life` is the executor's process, so that an earlier one of its name is told from it."""

    installation: str
    executor: str
    life: str
    kind: EngineName

    def labels(self) -> dict[str, str]:
        return {f"{LABEL}{name}": getattr(self, name) for name in self.__struct_fields__} | {
            f"{LABEL}created": datetime.now(UTC).isoformat(timespec="seconds")
        }


class Seen(Struct, frozen=True):
    """A container as the daemon lists it. `runs_for` None: it waits, or its executor had no time to say."""

    id: str
    token: str
    marks: Marks
    created: float
    runs_for: Labels | None


def this_life() -> str:
    """This process, in words that others on this machine can judge."""
    return f"{_boot()}/{this_process()}"


def life_of(life: str) -> Literal["alive", "dead", "unknown"]:
    """Whether the process behind `life` still runs. Of another machine or container nobody here knows."""
    boot, _, process = life.partition("/")
    owner = owner_in(process)
    if owner is None or boot != _boot() or owner.namespace != this_process().namespace:
        return "unknown"
    return "dead" if owner.dead else "alive"


def waiting_name(token: str) -> str:
    return f"{_PREFIX}{token}"


def running_name(token: str, labels: Labels) -> str:
    """`labels.tenant` and `labels.evaluation` have passed the patterns of the schema."""
    deadline = int(labels.deadline.timestamp()) + 1
    return f"{_PREFIX}{token}.{labels.tenant}.{labels.evaluation}.{labels.attempt}.{deadline}"


def seen(listed: Mapping[str, Any]) -> Seen | None:
    """An entry of the daemon's list; None if it is not one of ours as a whole."""
    found = listed.get("Labels") or {}
    names = [_NAME.fullmatch(name.removeprefix("/")) for name in listed.get("Names") or []]
    name = next((match for match in names if match is not None), None)
    try:
        marks = Marks(**{field: found[f"{LABEL}{field}"] for field in Marks.__struct_fields__})
    except KeyError:
        return None
    if name is None or marks.kind not in {"docker", "gvisor"}:
        return None
    return Seen(
        str(listed["Id"]), name["token"], marks, float(listed["Created"]), _runs_for(name, marks)
    )


def _runs_for(name: "re.Match[str]", marks: Marks) -> Labels | None:
    if name["evaluation"] is None:
        return None
    return Labels(
        installation=marks.installation,
        tenant=name["tenant"],
        evaluation=name["evaluation"],
        attempt=int(name["attempt"]),
        executor=marks.executor,
        deadline=datetime.fromtimestamp(int(name["deadline"]), UTC),
    )


def _boot() -> str:
    """What no other machine has, nor this one after its next start."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
