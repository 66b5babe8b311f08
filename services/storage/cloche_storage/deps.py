"""What storage works with."""

from cloche_kit.archive.signing import Signer
from cloche_kit.bus import EventBus, RecordLog
from cloche_kit.log import EventLog
from cloche_kit.objects import Objects
from cloche_kit.telemetry import Telemetry
from msgspec import Struct


class Deps(Struct, frozen=True):
    """The edges. `signer` signs the archive's head, if there is one. `access`: tenants with their periods, read only;
    None: the server's periods hold for all."""

    bus: EventBus
    log: EventLog
    telemetry: Telemetry
    objects: Objects
    signer: Signer | None = None
    access: RecordLog | None = None
