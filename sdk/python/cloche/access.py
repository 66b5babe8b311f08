"""The client's calls about tenants and keys: for administrators."""

from collections.abc import Sequence
from urllib.parse import quote

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

from cloche.calls import Calls


class AccessCalls(Calls):
    def create_tenant(
        self, name: str, *, max_queued: int | None = None, max_running: int | None = None
    ) -> TenantView:
        """Make a tenant; its token is the server's. A cap that is left out is the server's default."""
        wish = CreateTenant(name=name, max_queued=max_queued, max_running=max_running)
        return self._ask("POST", "/v1/tenants", TenantView, body=wish)

    def change_tenant(self, tenant: str, wish: ChangeTenant) -> TenantView:
        """What `wish` leaves out stays; None is the server's default again."""
        return self._ask("PATCH", f"/v1/tenants/{quote(tenant, safe='')}", TenantView, body=wish)

    def tenants(self) -> TenantList:
        """Every tenant, oldest first."""
        return self._ask("GET", "/v1/tenants", TenantList)

    def create_key(self, wish: CreateKey) -> NewKey:
        """Make a key. Nobody is told it a second time."""
        return self._ask("POST", "/v1/keys", NewKey, body=wish)

    def keys(self, tenant: str | None = None) -> KeyList:
        """Keys of one tenant, or of all; oldest first."""
        query = None if tenant is None else {"tenant": tenant}
        return self._ask("GET", "/v1/keys", KeyList, query=query)

    def export_keys(self) -> tuple[AccessRecord, ...]:
        """Every tenant and key as the server keeps them, tenants first. What proves a key is in none of them."""
        lines = b"".join(self._pieces("/v1/keys/export")).splitlines()
        return tuple(msgspec.json.decode(line, type=AccessRecord) for line in lines)

    def import_keys(self, records: Sequence[AccessRecord]) -> ImportReport:
        """Take in records of an export, at most 1,000; tenants before their keys. What is there stays as it is."""
        wish = ImportRecords(records=tuple(records))
        return self._ask("POST", "/v1/keys/import", ImportReport, body=wish)

    def revoke_key(self, key: str) -> KeyView:
        """From now on nobody gets in with the key of this id."""
        return self._ask("DELETE", f"/v1/keys/{quote(key, safe='')}", KeyView)
