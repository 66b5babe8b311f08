"""The audit log as tests look at it."""

from typing import Any

import msgspec
from cloche_kit.ledgers import AuditLog
from cloche_schemas.audit import AuditEntry, AuditReport
from cloche_schemas.audit_chain import Walk
from support.gateway import Stage
from support.waiting import wait_until


async def entries_of(log: AuditLog) -> list[AuditEntry]:
    """Every entry that is written, in the order of the log."""
    found: list[AuditEntry] = []
    first = 1
    while batch := await log.read(first, 100):
        for stored in batch:
            data = msgspec.json.decode(stored.data)["data"]
            found += msgspec.convert(data, tuple[AuditEntry, ...])
        first = batch[-1].sequence + 1
    return found


async def verified(log: AuditLog) -> AuditReport:
    """What a walk over everything that is written finds."""
    state = await log.state()
    walk = Walk(first=max(state.first, 1))
    first = 1
    while batch := await log.read(first, 100):
        for stored in batch:
            walk.take(stored.data, stored.sequence)
        first = batch[-1].sequence + 1
    return walk.report()


async def audited(stage: Stage) -> list[AuditEntry]:
    """Entries of requests, once nothing waits any more."""
    trail = stage.gateway.audit
    await wait_until(lambda: trail._writing is None or trail._writing.done())
    found = await entries_of(stage.bus.ledgers.audit)
    return [entry for entry in found if not entry.action.startswith("audit.")]


def shown(entry: AuditEntry, *names: str) -> dict[str, Any]:
    """Some members of an entry."""
    return {name: getattr(entry, name) for name in names}
