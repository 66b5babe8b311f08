"""What comes of a request to NATS: an answer, or why there is none."""

from prometheus_client import Counter

from cloche_kit.breaker import Tripped
from cloche_kit.bus import BusUnavailable

Answer = tuple[bytes, bytes]
"""Header block and payload of a reply."""

UNANSWERED = Counter(
    "cloche_nats_unanswered", "Requests to NATS without an answer, by why", ["reason"]
)
for _reason in ("timeout", "disconnected", "no_responders"):
    UNANSWERED.labels(_reason)


class NoAnswer(BusUnavailable):
    """A request was not answered: `reason` is timeout, disconnected or no_responders. It may have arrived."""

    def __init__(self, reason: str, subject: str) -> None:
        super().__init__(f"{reason}: {subject}")
        self.reason = reason


class LogTripped(NoAnswer, Tripped):
    """NATS has not answered for a while: nothing was sent."""

    def __init__(self, subject: str) -> None:
        super().__init__("tripped", subject)
