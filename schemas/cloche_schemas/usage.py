"""How much is kept of whom, by class of what is kept."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from cloche_schemas.access import TenantToken


class Used(Struct, frozen=True, kw_only=True):
    """`count`: events, or objects."""

    count: Annotated[int, Meta(ge=0)] = 0
    bytes: Annotated[int, Meta(ge=0)] = 0


class TenantUsage(Struct, frozen=True, kw_only=True):
    """What is kept of one tenant."""

    tenant: TenantToken
    stream: Annotated[
        Used, Meta(description="events on the log now; their bytes by the mean size of an event")
    ] = Used()
    archive: Annotated[Used, Meta(description="archived events, before compression")] = Used()
    output: Annotated[Used, Meta(description="what programs wrote, as objects")] = Used()
    artifacts: Annotated[
        Used, Meta(description="files that programs left, and inputs kept by digest")
    ] = Used()


class UsageReport(Struct, frozen=True, kw_only=True):
    """The tenants that were asked for, by their tokens."""

    items: tuple[TenantUsage, ...] = ()
    uncounted: Annotated[
        int, Meta(description="the newest events that the archive's numbers do not have yet")
    ] = 0
    objects_at: Annotated[
        datetime | None, Meta(description="when objects were counted; absent: not yet")
    ] = None
