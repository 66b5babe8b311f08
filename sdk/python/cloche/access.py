"""The client's calls about tenants and keys: for administrators."""

from collections.abc import Sequence

import msgspec
from cloche_schemas.access import (
    AccessRecord,
    ChangeTenant,
    CreateKey,
    CreateTenant,
    ImportRecords,
    ImportReport,
    KeyList,
    KeyView,
    NewKey,
    TenantList,
    TenantView,
)

from cloche.calls import ask, path, query
from cloche.operations import operation
from cloche.steps import Answer, Call


class AccessCalls:
    @operation
    def create_tenant(
        self, name: str, *, max_queued: int | None = None, max_running: int | None = None
    ) -> Call[TenantView]:
        """Make a tenant; its token is the server's. A cap that is left out is the server's default."""
        wish = CreateTenant(name=name, max_queued=max_queued, max_running=max_running)
        return ask("POST", path("tenants"), TenantView, body=wish)

    @operation
    def change_tenant(self, tenant: str, wish: ChangeTenant) -> Call[TenantView]:
        """What `wish` leaves out stays; None is the server's default again."""
        return ask("PATCH", path("tenants", tenant), TenantView, body=wish, repeatable=True)

    @operation
    def tenants(self) -> Call[TenantList]:
        """Every tenant, oldest first."""
        return ask("GET", path("tenants"), TenantList)

    @operation
    def create_key(self, wish: CreateKey) -> Call[NewKey]:
        """Make a key. Nobody is told it a second time.

        >>> made = client.create_key(CreateKey(name="ci", expires_seconds=30 * 86_400))
        >>> made.api_key.startswith("cloche_")
        True
        >>> client.revoke_key(made.key.id).status
        'revoked'
        """
        return ask("POST", path("keys"), NewKey, body=wish)

    @operation
    def keys(self, tenant: str | None = None) -> Call[KeyList]:
        """Keys of one tenant, or of all; oldest first."""
        return ask("GET", path("keys"), KeyList, query=query(tenant=tenant))

    @operation
    def export_keys(self) -> Call[tuple[AccessRecord, ...]]:
        """Every tenant and key as the server keeps them, tenants first. What proves a key is in none of them."""
        return Call(method="GET", path=path("keys", "export"), read=_records, repeatable=True)

    @operation
    def import_keys(self, records: Sequence[AccessRecord]) -> Call[ImportReport]:
        """Take in records of an export, at most 1,000; tenants before their keys. What is there stays as it is."""
        wish = ImportRecords(records=tuple(records))
        return ask("POST", path("keys", "import"), ImportReport, body=wish, repeatable=True)

    @operation
    def revoke_key(self, key: str) -> Call[KeyView]:
        """From now on nobody gets in with the key of this id."""
        return ask("DELETE", path("keys", key), KeyView)


def _records(answer: Answer) -> tuple[AccessRecord, ...]:
    lines = answer.content.splitlines()
    return tuple(msgspec.json.decode(line, type=AccessRecord) for line in lines)
