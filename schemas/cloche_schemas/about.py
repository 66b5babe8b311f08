"""Who answers at ``/v1``, and what it takes a key for."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from cloche_schemas.access import Role, Scope


class About(Struct, frozen=True, kw_only=True):
    """The service, and the key that asked."""

    name: Literal["cloche"] = "cloche"
    version: str
    tenant: str
    key: Annotated[str, Meta(description="its id; first-key is that of the settings")]
    role: Role
    scopes: tuple[Scope, ...]
    trace_url: (
        Annotated[
            str,
            Meta(description="where traces are shown; {trace_id} in it stands for one's id"),
        ]
        | None
    ) = None
