"""Every tenant and key in memory, as the access log has them: who asks is known without asking anybody.

Each gateway follows the log, so that a key that was revoked through one is refused by all within a moment. What this
one appends itself holds at once. While the log is away, the keys that are known go on working.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec
from cloche_kit.bus import AccessLog, Appended, BusUnavailable, Expectation, Stored
from cloche_kit.logs import get_logger
from cloche_kit.wrapping import Wrapper
from cloche_schemas.access import (
    KEY_SUBJECT,
    MAIN_TENANT,
    PERIODS,
    ROLE_SCOPES,
    AccessRecord,
    ChangeKey,
    ChangeTenant,
    CreateKey,
    CreateTenant,
    KeyRecord,
    TenantRecord,
    subject_of,
)
from msgspec import UNSET
from msgspec.structs import replace

from cloche_gateway import key_changes, keys
from cloche_gateway.keys import ApiKey
from cloche_gateway.open_answers import OpenAnswers

# How long the record of whoever was quicker may take to come by the log.
REVOKE_LOOKS = 200
REVOKE_LOOK_SECONDS = 0.01
_log = get_logger(__name__)
_records = msgspec.json.Decoder(AccessRecord)
# The tenant that is always there: its token is older than this log.
MAIN = TenantRecord(tenant=MAIN_TENANT, name="main", created_at=datetime.min.replace(tzinfo=UTC))
#: The record of a key after a change; None leaves it as it is.
KeyChange = Callable[[KeyRecord], KeyRecord | None]


class KeyringEmpty(BusUnavailable):
    """The access log has not been read yet, so nothing can be said of any key."""


def utcnow() -> datetime:
    return datetime.now(UTC)


class Keyring:
    """Run `follow` beside; `ready` is set once everything that was there has been read.

    `wrapper` wraps what new secrets sign with; without one, nobody signs with a key that was made here.
    """

    def __init__(
        self,
        log: AccessLog,
        *,
        wrapper: Wrapper | None = None,
        clock: Callable[[], datetime] = utcnow,
    ) -> None:
        self._log = log
        self._wrapper = wrapper
        self._clock = clock
        #: Answers that stay open until a key is no longer good.
        self.answers = OpenAnswers(self.seconds_left)
        self._tenants: dict[str, TenantRecord] = {MAIN.tenant: MAIN}
        self._keys: dict[str, KeyRecord] = {}
        self._sequences: dict[str, int] = {}
        self.ready = asyncio.Event()

    async def follow(self) -> None:
        """Read the log for ever. `StreamLost` if it is gone: what is known stays, and nothing new comes."""
        last = (await self._log.state()).last
        if last == 0:
            self.ready.set()
        async with aclosing(self._log.follow(after=0)) as batches:
            async for batch in batches:
                for stored in batch:
                    self._take(stored)
                if batch[-1].sequence >= last:
                    self.ready.set()

    def identify(self, key: ApiKey) -> KeyRecord | None:
        """The record of a key that is good now. `KeyringEmpty` while none has been read."""
        record, now = self._keys.get(key.id), self._clock()
        proved = keys.proves(key, record, now)
        self.check_read(record)
        if record is None or not proved:
            return None
        return record if keys.status_of(record, now) == "active" else None

    def check_read(self, record: KeyRecord | None) -> None:
        """`KeyringEmpty` if nobody can know yet that there is no such record."""
        if record is None and not self.ready.is_set():
            raise KeyringEmpty("the keys have not been read yet")

    def seconds_left(self, id_: str, digest: str) -> float:
        """For how long a secret will be good, as far as is known now; 0 if it is not."""
        record = self._keys.get(id_)
        return 0.0 if record is None else keys.seconds_left(record, digest, self._clock())

    def now(self) -> datetime:
        return self._clock()

    def key(self, id_: str) -> KeyRecord | None:
        return self._keys.get(id_)

    def tenants(self) -> list[TenantRecord]:
        """Oldest first."""
        return sorted(self._tenants.values(), key=lambda one: (one.created_at, one.tenant))

    def keys(self, tenant: str | None = None) -> list[KeyRecord]:
        """Those of a tenant, or all; oldest first."""
        found = [one for one in self._keys.values() if tenant in {None, one.tenant}]
        return sorted(found, key=lambda one: (one.created_at, one.id))

    def records(self) -> list[AccessRecord]:
        """Everything that lies on the log, tenants before the keys that belong to them."""
        made: list[AccessRecord] = [one for one in self.tenants() if one != MAIN]
        return [*made, *self.keys()]

    async def take_in(self, record: AccessRecord) -> Literal["taken", "there", "another"]:
        """Append a record of elsewhere; one of the same tenant or key that is there stays as it is."""
        ours: Mapping[str, AccessRecord] = self._tenants
        name = record.tenant
        if isinstance(record, KeyRecord):
            ours, name = self._keys, record.id
        known = ours.get(name)
        if known is None or (known == MAIN != record):
            return "taken" if await self._append(record) else "another"
        return "there" if known == record else "another"

    def tenant(self, tenant: str) -> TenantRecord | None:
        return self._tenants.get(tenant)

    def has_tenant(self, tenant: str) -> bool:
        return tenant in self._tenants

    async def create_tenant(self, wish: CreateTenant, by: str) -> TenantRecord:
        record = TenantRecord(
            tenant=keys.new_tenant(),
            name=wish.name,
            created_at=self._clock(),
            created_by=by,
            max_queued=wish.max_queued,
            max_running=wish.max_running,
            **{name: getattr(wish, name) for name in PERIODS},
            rates=None if wish.rates is None else wish.rates.rates(),
        )
        await self._append(record)
        return record

    async def change_tenant(self, tenant: str, wish: ChangeTenant) -> TenantRecord | None:
        """What `wish` leaves out stays. None if there is no such tenant. `BusUnavailable` as of `revoke`."""
        changes = {
            name: value
            for name in ("name", "max_queued", "max_running", *PERIODS)
            if (value := getattr(wish, name)) is not UNSET
        }
        if wish.rates is not UNSET:
            changes["rates"] = None if wish.rates is None else wish.rates.rates()
        for _ in range(REVOKE_LOOKS):
            record = self._tenants.get(tenant)
            if record is None:
                return None
            changed = replace(record, **changes)
            if changed == record or await self._append(changed):
                return changed
            await asyncio.sleep(REVOKE_LOOK_SECONDS)
        raise BusUnavailable(f"the access log is not followed: {tenant} was changed meanwhile")

    async def create_key(
        self, wish: CreateKey, *, tenant: str, by: str
    ) -> tuple[ApiKey, KeyRecord]:
        """A new key; what proves it is in nothing but the answer."""
        key, now = keys.new_key(), self._clock()
        lasts = wish.expires_seconds
        record = KeyRecord(
            id=key.id,
            tenant=tenant,
            name=wish.name,
            role=wish.role,
            scopes=ROLE_SCOPES[wish.role] if wish.scopes is None else wish.scopes,
            digest=key.digest,
            created_at=now,
            created_by=by,
            expires_at=None if lasts is None else now + timedelta(seconds=lasts),
            require_signature=wish.require_signature,
            signing_key=self._wrapped(key),
            rates=None if wish.rates is None else wish.rates.rates(),
        )
        await self._append(record)
        return key, record

    async def revoke(self, id_: str, by: str) -> KeyRecord | None:
        """Refused from now on, here at once and elsewhere within a moment. Once revoked it stays as it is."""
        return await self._change(
            id_, lambda record: key_changes.revoked(record, self._clock(), by)
        )

    async def change_key(self, id_: str, wish: ChangeKey) -> KeyRecord | None:
        """What `wish` leaves out stays."""
        return await self._change(id_, lambda record: key_changes.changed(record, wish))

    async def rotate(self, id_: str, overlap: float, by: str) -> tuple[ApiKey, KeyRecord] | None:
        """Another secret; the one before stays good for `overlap` seconds. None if there is no such key."""
        key = keys.new_key(id_)
        signing_key = self._wrapped(key)
        record = await self._change(
            id_,
            lambda record: key_changes.rotated(
                record, key, signing_key, overlap, self._clock(), by
            ),
        )
        return None if record is None else (key, record)

    async def end_secret(self, id_: str, which: Literal["previous", "current"]) -> KeyRecord | None:
        """End a rotation before its time: the old secret is refused, or the new one."""
        if which == "previous":
            return await self._change(id_, key_changes.without_previous)
        return await self._change(
            id_, lambda record: key_changes.without_current(record, self._clock())
        )

    async def _change(self, id_: str, how: KeyChange) -> KeyRecord | None:
        """The record after `how`, on the log. None if there is no such key.

        `BusUnavailable` if somebody else changed it and their word does not come.
        """
        for _ in range(REVOKE_LOOKS):
            record = self._keys.get(id_)
            changed = None if record is None else how(record)
            if changed is None or await self._append(changed):
                return record if changed is None else changed
            await asyncio.sleep(REVOKE_LOOK_SECONDS)
        raise BusUnavailable(f"the access log is not followed: key {id_} was changed meanwhile")

    def _wrapped(self, key: ApiKey) -> str:
        return "" if self._wrapper is None else key_changes.wrapped(self._wrapper, key)

    async def _append(self, record: AccessRecord) -> bool:
        """False if somebody else changed it meanwhile."""
        subject = subject_of(record)
        expected = self._sequences.get(subject, 0)
        result = await self._log.append(
            subject,
            msgspec.json.encode(record),
            msg_id=f"{subject}:{expected}:{secrets.token_hex(8)}",
            expect=Expectation(subject, expected),
        )
        if not isinstance(result, Appended):
            return False
        self._set(subject, result.sequence, record)
        return True

    def _take(self, stored: Stored) -> None:
        try:
            record = _records.decode(stored.data)
        except msgspec.DecodeError as error:
            # Of a later version, perhaps, which may have revoked the key: it is refused, everybody else is served.
            _log.error("access_record_unknown", sequence=stored.sequence, error=str(error))
            if stored.sequence > self._sequences.get(stored.subject, 0):
                self._sequences[stored.subject] = stored.sequence
                id_ = stored.subject.removeprefix(KEY_SUBJECT)
                self._keys.pop(id_, None)
                self.answers.changed(id_)
            return
        self._set(stored.subject, stored.sequence, record)

    def _set(self, subject: str, sequence: int, record: AccessRecord) -> None:
        if sequence <= self._sequences.get(subject, 0):
            return
        self._sequences[subject] = sequence
        if isinstance(record, TenantRecord):
            self._tenants[record.tenant] = record
        else:
            self._keys[record.id] = record
            self.answers.changed(record.id)
