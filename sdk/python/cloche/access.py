"""The client's calls about tenants and keys: for administrators."""

from collections.abc import Sequence
from typing import Literal

import msgspec
from cloche_schemas.access import (
    AccessRecord,
    ChangeKey,
    ChangeTenant,
    CreateKey,
    CreateTenant,
    ImportRecords,
    ImportReport,
    KeyList,
    KeyView,
    NewKey,
    RotateKey,
    TenantList,
    TenantView,
)
from cloche_schemas.rates import SetRates

from cloche.calls import ask, path, query
from cloche.operations import operation
from cloche.steps import Answer, Call


class AccessCalls:
    @operation
    def create_tenant(
        self,
        name: str,
        *,
        max_queued: int | None = None,
        max_running: int | None = None,
        rates: SetRates | None = None,
    ) -> Call[TenantView]:
        """Make a tenant; its token is the server's. A cap or a rate that is left out is the server's default."""
        wish = CreateTenant(name=name, max_queued=max_queued, max_running=max_running, rates=rates)
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
    def key(self, key: str) -> Call[KeyView]:
        """The key of this id: what it may do, and when it was last used. `NotFound` if there is none."""
        return ask("GET", path("keys", key), KeyView)

    @operation
    def change_key(self, key: str, wish: ChangeKey) -> Call[KeyView]:
        """Its name, its rates, or whether it must sign. What `wish` leaves out stays; rates are given whole.

        >>> made = client.create_key(CreateKey(name="ci"))
        >>> rates = SetRates(write=SetRate(per_minute=600, burst=100))
        >>> client.change_key(made.key.id, ChangeKey(name="nightly", rates=rates)).rates.write.burst
        100
        """
        return ask("PATCH", path("keys", key), KeyView, body=wish, repeatable=True)

    @operation
    def rotate_key(self, key: str, *, overlap_seconds: float = 86_400.0) -> Call[NewKey]:
        """Another secret for a key; nobody is told it a second time. The old one is good for `overlap_seconds` more.

        `Conflict` (`rotation_open`) while there are two already. If the answer gets lost, take the rotation back by
        ``end_secret(key, "current")``.

        >>> made = client.create_key(CreateKey(name="ci"))
        >>> rotated = client.rotate_key(made.key.id, overlap_seconds=3600)
        >>> rotated.key.id == made.key.id, rotated.api_key == made.api_key
        (True, False)
        >>> client.end_secret(made.key.id, "previous").previous is None
        True
        """
        wish = RotateKey(overlap_seconds=overlap_seconds)
        return ask("POST", path("keys", key, "rotate"), NewKey, body=wish)

    @operation
    def end_secret(self, key: str, which: Literal["previous", "current"]) -> Call[KeyView]:
        """`previous`: refuse the old secret of a rotated key from now on. `current`: take the rotation back, so that
        the old one is the only one again; `Conflict` (`no_rotation`) if there is none."""
        return ask("DELETE", path("keys", key, "secrets", which), KeyView)

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
