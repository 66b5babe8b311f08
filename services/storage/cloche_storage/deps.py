"""What storage works with."""

from cloche_kit.archive.signing import Signer
from cloche_kit.bus import EventBus
from cloche_kit.log import EventLog
from cloche_kit.objects import Objects
from cloche_kit.telemetry import Telemetry
from msgspec import Struct


class Deps(Struct, frozen=True):
    """The edges. `signer` signs the archive's head, if there is one."""

    bus: EventBus
    log: EventLog
    telemetry: Telemetry
    objects: Objects
    signer: Signer | None = None
