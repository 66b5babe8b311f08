"""The accounts as their writer holds them (archive/accounts.py): read once, written after each piece of work.

A writer that was overtaken is refused, as with the manifest.
"""

import msgspec
from cloche_kit.archive.accounts import Accounts, accounts_key, decode_accounts
from cloche_kit.logs import get_logger
from cloche_kit.objects import ObjectInfo, Objects
from msgspec.structs import replace

from cloche_storage.manifest import Fenced
from cloche_storage.placing import JSON

log = get_logger(__name__)


class Book:
    """`ObjectsUnavailable` of both calls: nothing is known then of what was written, so read it again."""

    def __init__(self, objects: Objects, *, stream: str, epoch: str) -> None:
        self.key = accounts_key(stream, epoch)
        self._objects = objects
        self._accounts: Accounts | None = None
        self._etag: str | None = None

    async def read(self) -> Accounts:
        """As last written; nothing where there is none, or none that can be read."""
        if self._accounts is None:
            found = await self._objects.get(self.key)
            self._etag = found[0].etag if found else None
            self._accounts = Accounts() if found is None else self._decoded(found[1])
        return self._accounts

    async def write(self, **changes: object) -> Accounts:
        """With `changes`. `Fenced` if somebody else has written meanwhile."""
        accounts = replace(await self.read(), **changes)
        self._accounts = None
        put = await self._objects.put(
            self.key,
            msgspec.json.encode(accounts),
            if_none_match=self._etag is None,
            if_match=self._etag,
            content_type=JSON,
        )
        if not isinstance(put, ObjectInfo):
            raise Fenced("the accounts are written by somebody else")
        self._accounts, self._etag = accounts, put.etag
        return accounts

    def _decoded(self, data: bytes) -> Accounts:
        try:
            return decode_accounts(data)
        except msgspec.DecodeError as error:
            # What is left can be counted again.
            log.exception("accounts_unreadable", key=self.key, error=str(error))
            return Accounts()
