"""How long what is kept of whom: the server's periods, and those that tenants have of their own.

Storage follows the access log, where administrators' gateways write, and writes nothing there. Until it has been read,
and of a record that it cannot read, nothing is forgotten.
"""

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime

import msgspec
from cloche_kit.bus import BusUnavailable, RecordLog, Stored, StreamLost
from cloche_kit.logs import get_logger
from cloche_schemas.access import MAIN_TENANT, TENANT_SUBJECT, TenantRecord
from msgspec import Struct

from cloche_storage.settings import StorageSettings

DAY = 86_400.0
RETRY_SECONDS = 5.0
_records = msgspec.json.Decoder(TenantRecord)
_NEVER = datetime.min.replace(tzinfo=UTC)

log = get_logger(__name__)


class Periods(Struct, frozen=True, kw_only=True):
    """Seconds; 0 is for ever."""

    stream: float = 0.0
    archive: float = 0.0
    output: float = 0.0
    artifacts: float = 0.0

    def of(self, class_: str) -> float:
        return float(getattr(self, class_))


FOR_EVER = Periods()


class Policies:
    """Run `follow` beside. `ready` while what is here is all that was ever said."""

    def __init__(self, settings: StorageSettings, access: RecordLog | None) -> None:
        self._settings = settings
        self._access = access
        self._own: dict[str, Periods] = {}
        self._tenants = {MAIN_TENANT}
        self._default = self._periods(TenantRecord(tenant=MAIN_TENANT, name="", created_at=_NEVER))
        self.ready = access is None

    def of(self, tenant: str) -> Periods:
        return self._own.get(tenant, self._default)

    @property
    def default(self) -> Periods:
        """Those of whoever has none of their own."""
        return self._default

    @property
    def tenants(self) -> list[str]:
        return sorted(self._tenants)

    @property
    def own(self) -> list[str]:
        """Tenants whose periods are other than the default."""
        return sorted(tenant for tenant, periods in self._own.items() if periods != self._default)

    async def follow(self) -> None:
        """Read the access log for ever."""
        if self._access is None:
            return
        after = 0
        while True:
            try:
                last = (await self._access.state()).last
                self.ready = self.ready or last == after
                async with aclosing(self._access.follow(after=after)) as batches:
                    async for batch in batches:
                        for stored in batch:
                            self.take(stored)
                        after = batch[-1].sequence
                        self.ready = self.ready or after >= last
            except StreamLost as error:
                # What was read may be out of date for ever now: better to keep too much.
                self.ready = False
                log.exception("access_log_lost", error=str(error))
                return
            except BusUnavailable as error:
                log.warning("access_log_away", error=str(error))
            await asyncio.sleep(RETRY_SECONDS)

    def take(self, stored: Stored) -> None:
        """One message of the access log."""
        if not stored.subject.startswith(TENANT_SUBJECT):
            return
        tenant = stored.subject.removeprefix(TENANT_SUBJECT)
        self._tenants.add(tenant)
        try:
            self._own[tenant] = self._periods(_records.decode(stored.data))
        except msgspec.DecodeError as error:
            log.exception("tenant_record_unknown", sequence=stored.sequence, error=str(error))
            self._own[tenant] = FOR_EVER

    def _periods(self, record: TenantRecord) -> Periods:
        settings = self._settings

        def seconds(own: float | None, servers: float) -> float:
            days = servers if own is None else own
            return 0.0 if days == 0 else max(days * DAY, settings.retention_shortest_seconds)

        archive = seconds(record.archive_days, settings.retention_archive_days)
        stream = seconds(record.stream_days, settings.retention_stream_days)
        # What the archive has forgotten must not be found on the stream.
        stream = min(filter(None, (stream, archive)), default=0.0)
        return Periods(
            stream=stream,
            archive=archive,
            output=seconds(record.output_days, settings.retention_output_days),
            artifacts=seconds(record.artifacts_days, settings.retention_artifacts_days),
        )
