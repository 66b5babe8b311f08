"""What storage works with."""

from cloche_kit.bus import EventBus
from cloche_kit.log import EventLog
from cloche_kit.objects import Objects
from cloche_kit.telemetry import Telemetry
from msgspec import Struct


class Deps(Struct, frozen=True):
    """The edges."""

    bus: EventBus
    log: EventLog
    telemetry: Telemetry
    objects: Objects
