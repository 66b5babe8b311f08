"""Asking a running attempt to end before its program does."""

import asyncio
from typing import Literal

#: cancelled: by the user. lost: the lease is in doubt or somebody else ended the attempt. stopping: this process ends.
StopReason = Literal["cancelled", "lost", "stopping"]


class Stop:
    """Asks a running attempt to end before its program does. The first reason counts, but `lost` and `stopping` end
    also the wait for what a cancelled program wrote.
    """

    def __init__(self) -> None:
        self.reason: StopReason | None = None
        self.detail = ""
        self.asked = asyncio.Event()
        self.urgent = asyncio.Event()

    def request(self, reason: StopReason, detail: str = "") -> None:
        if self.reason is None or (self.reason == "cancelled" and reason != "cancelled"):
            self.reason, self.detail = reason, detail
        self.asked.set()
        if reason != "cancelled":
            self.urgent.set()
