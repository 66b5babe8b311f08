"""nats-py's client with two short cuts.

nats-py connects, authenticates, reconnects and subscribes anew. What it does for each message is too slow for a log
(a queue, a task and a header parse for each, a flush queue for each publish), so here

- what arrives on our own subscriptions goes straight from its parser to a plain function, and
- what is sent is written at once, as one piece.
"""

from collections.abc import Callable

from nats.aio.client import Client
from nats.aio.subscription import Subscription

from cloche_kit.logs import get_logger

Receive = Callable[[bytes, bytes, bytes, bytes], None]
"""Called with subject, reply subject, header block (empty without one) and payload."""

_log = get_logger(__name__)


class DirectClient(Client):
    """They rest on names inside nats-py; its version is locked, and tests hold them.

    An exception inside its read loop ends that loop and leaves a connection that hears nothing. So none may get there.
    """

    def __init__(self) -> None:
        super().__init__()
        self.receivers: dict[int, Receive] = {}

    def add(self, subject: str, receive: Receive) -> int:
        """Have `subject` subscribed after each reconnect. Gives its id; the first SUB is the caller's."""
        self._sid += 1
        self._subs[self._sid] = Subscription(self, self._sid, subject)
        self.receivers[self._sid] = receive
        return self._sid

    def drop(self, sid: int) -> None:
        self.receivers.pop(sid, None)
        self._subs.pop(sid, None)

    def write(self, commands: bytes) -> None:
        if self._transport is not None and self.is_connected:
            self._transport.write(commands)

    async def _process_msg(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes | None
    ) -> None:
        receive = self.receivers.get(sid)
        if receive is None:
            await super()._process_msg(sid, subject, reply, data, headers or b"")
            return
        try:
            receive(subject, reply, headers or b"", data)
        except Exception:
            _log.exception("message_not_received", subject=subject.decode())

    async def _process_pong(self) -> None:
        # Whoever waited for it may have given up meanwhile.
        if self._pongs and self._pongs[0].done():
            self._pongs.pop(0)
            self._pings_outstanding = 0
        else:
            await super()._process_pong()
