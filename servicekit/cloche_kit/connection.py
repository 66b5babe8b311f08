"""One connection to NATS, kept for ever: requests by one reply inbox, plain sends, subscriptions.

What is sent in one round of the event loop leaves in one write. Nothing is buffered while disconnected: everything in
flight fails at once with `NoAnswer`, and its sender decides.
"""

import asyncio
import secrets
from collections.abc import Callable

from msgspec import Struct
from prometheus_client import Counter, Gauge

from cloche_kit.breaker import Breaker
from cloche_kit.bus import BusError
from cloche_kit.logs import get_logger
from cloche_kit.nats_answers import UNANSWERED, Answer, LogTripped, NoAnswer
from cloche_kit.nats_client import DirectClient, Receive

PING_SECONDS = 10
RECONNECT_SECONDS = 0.25
SWEEP_SECONDS = 0.1
ROUND_TRIP_SECONDS = 2.0
CONNECTED = Gauge("cloche_nats_connected", "1 while this process is connected to NATS")
DISCONNECTS = Counter("cloche_nats_disconnects", "Connections to NATS that were lost")
_NO_RESPONDERS = b"NATS/1.0 503"
_log = get_logger(__name__)


class Target(Struct, frozen=True):
    """Where NATS is (one URL, or several with commas between), and as whom we come."""

    url: str
    user: str | None = None
    password: str | None = None


class Connection:
    """Requests, plain sends and subscriptions of one process. For the tasks of one event loop.

    With a `breaker`, requests fail with `LogTripped` while the server has fallen silent; a new connection closes it.
    """

    def __init__(self, target: Target, *, name: str, breaker: Breaker | None = None) -> None:
        self._target = target
        self._name = name
        self._client = DirectClient()
        self._inbox = f"_INBOX.{secrets.token_hex(11)}"
        self._count = 0
        #: What is waited for, until when, and the breaker's token.
        self._waiting: dict[bytes, tuple[asyncio.Future[Answer], float, int]] = {}
        self._breaker = breaker
        self._channels: dict[bytes, Receive] = {}
        self._out: list[bytes] = []
        self._up = asyncio.Event()
        self._sweeper: asyncio.TimerHandle | None = None
        self._ending = False
        self._said = ""
        self._on_up: list[Callable[[], None]] = []
        self._on_down: list[Callable[[], None]] = []
        self.closed = asyncio.Event()
        """Set when the connection ended for ever without our doing, as when the server refuses the credentials."""

    @property
    def up(self) -> bool:
        return self._client.is_connected and self._up.is_set()

    @property
    def max_payload(self) -> int:
        return self._client.max_payload

    async def open(self) -> None:
        """Connect, however long it takes."""
        self._loop = asyncio.get_running_loop()
        await self._client.connect(
            self._target.url.split(","),
            name=self._name,
            user=self._target.user,
            password=self._target.password,
            max_reconnect_attempts=-1,
            reconnect_time_wait=RECONNECT_SECONDS,  # type: ignore[arg-type]  # it sleeps: a float does
            ping_interval=PING_SECONDS,
            error_cb=self._failed,
            disconnected_cb=self._lost,
            reconnected_cb=self._back,
            closed_cb=self._ended,
        )
        await self.listen(f"{self._inbox}.*", self._answered)
        self._up.set()
        CONNECTED.set(1)

    async def close(self) -> None:
        self._ending = True
        if self._sweeper is not None:
            self._sweeper.cancel()
        self._fail_all("disconnected")
        CONNECTED.set(0)
        await self._client.close()

    async def wait_up(self, seconds: float) -> None:
        """Return when connected. `NoAnswer` if that takes longer than `seconds`."""
        if self.up:
            return
        try:
            await asyncio.wait_for(self._up.wait(), seconds)
        except TimeoutError:
            raise NoAnswer("disconnected", self._name) from None

    def watch(
        self, *, up: Callable[[], None] | None = None, down: Callable[[], None] | None = None
    ) -> Callable[[], None]:
        """Have `up` called after each reconnect and `down` after each loss. Returns what takes both off again."""
        if up is not None:
            self._on_up.append(up)
        if down is not None:
            self._on_down.append(down)

        def unwatch() -> None:
            if up is not None:
                self._on_up.remove(up)
            if down is not None:
                self._on_down.remove(down)

        return unwatch

    async def listen(self, subject: str, receive: Receive) -> Callable[[], None]:
        """Subscribe; the server has it when this returns, and again after each reconnect. Returns what ends it."""
        sid = self._client.add(subject, receive)
        try:
            self._send(f"SUB {subject}  {sid}\r\n".encode())
            await self._round_trip()
        except BaseException:
            self._client.drop(sid)
            raise

        def end() -> None:
            self._client.drop(sid)
            self._send(b"UNSUB %d\r\n" % sid)

        return end

    async def _round_trip(self) -> None:
        """A message to ourselves: the server has seen what was sent before it."""
        if not self._client.is_connected:
            raise NoAnswer("disconnected", self._name)
        future, reply = self._expect(ROUND_TRIP_SECONDS)
        self.send(reply, b"")
        await future

    def channel(self, receive: Receive) -> tuple[str, Callable[[], None]]:
        """A reply subject that may be answered many times, and what closes it."""
        self._count += 1
        subject = f"{self._inbox}.{self._count}"
        key = subject.encode()
        self._channels[key] = receive
        return subject, lambda: self._channels.pop(key, None) and None

    def inbox(self) -> str:
        """A fresh subject to listen on."""
        return f"_INBOX.{secrets.token_hex(11)}"

    def request(
        self, subject: str, payload: bytes, headers: bytes = b"", *, timeout: float
    ) -> asyncio.Future[Answer]:
        """Send, and give the future of its one answer; it fails with `NoAnswer`. To be awaited once."""
        size = len(payload) + len(headers)
        self._check(subject, size)
        token = 0
        if self._breaker is not None:
            try:
                token = self._breaker.enter(LogTripped)
            except LogTripped as error:
                return self._failed_at_once(error)
        if not self.up:
            self._unanswered(token)
            return self._failed_at_once(NoAnswer("disconnected", subject))
        future, reply = self._expect(timeout, token)
        self._publish(subject, payload, headers, reply, size)
        return future

    def _check(self, subject: str, size: int) -> None:
        if size > self._client.max_payload:
            raise BusError(f"{size} bytes for {subject}: NATS takes {self.max_payload}")

    def _failed_at_once(self, error: NoAnswer) -> asyncio.Future[Answer]:
        future: asyncio.Future[Answer] = self._loop.create_future()
        future.set_exception(error)
        return future

    def _unanswered(self, token: int) -> None:
        if self._breaker is not None:
            self._breaker.failed(token)

    def _expect(self, seconds: float, token: int = -1) -> tuple[asyncio.Future[Answer], str]:
        """A future and the subject whose first message answers it."""
        future: asyncio.Future[Answer] = self._loop.create_future()
        self._count += 1
        reply = f"{self._inbox}.{self._count}"
        self._waiting[reply.encode()] = (future, self._loop.time() + seconds, token)
        if self._sweeper is None:
            self._sweeper = self._loop.call_later(SWEEP_SECONDS, self._sweep)
        return future, reply

    def send(self, subject: str, payload: bytes, headers: bytes = b"", *, reply: str = "") -> None:
        """Send without an answer. It is lost if the connection breaks."""
        size = len(payload) + len(headers)
        self._check(subject, size)
        self._publish(subject, payload, headers, reply, size)

    def _publish(self, subject: str, payload: bytes, headers: bytes, reply: str, size: int) -> None:
        if headers:
            line = f"HPUB {subject} {reply} {len(headers)} {size}\r\n".encode()
        else:
            line = f"PUB {subject} {reply} {size}\r\n".encode()
        self._send(b"%b%b%b\r\n" % (line, headers, payload))

    def _send(self, command: bytes) -> None:
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(command)

    def _flush(self) -> None:
        out, self._out = self._out, []
        self._client.write(b"".join(out))

    def _answered(self, subject: bytes, reply: bytes, headers: bytes, payload: bytes) -> None:
        waiting = self._waiting.pop(subject, None)
        if waiting is None:
            receive = self._channels.get(subject)
            if receive is not None:
                receive(subject, reply, headers, payload)
            return
        if self._breaker is not None:
            # Whichever request it is: the server lives.
            self._breaker.reset()
        future = waiting[0]
        if future.done():
            return
        if headers.startswith(_NO_RESPONDERS):
            UNANSWERED.labels("no_responders").inc()
            future.set_exception(NoAnswer("no_responders", self._name))
        else:
            future.set_result((headers, payload))

    def _sweep(self) -> None:
        """Fail what waits for too long. One timer for all: a timer for each request costs as much as its answer."""
        now = self._loop.time()
        for key in [key for key, (_, deadline, _) in self._waiting.items() if deadline <= now]:
            future, _, token = self._waiting.pop(key)
            self._unanswered(token)
            if not future.done():
                UNANSWERED.labels("timeout").inc()
                future.set_exception(NoAnswer("timeout", self._name))
        self._sweeper = self._loop.call_later(SWEEP_SECONDS, self._sweep) if self._waiting else None

    def _fail_all(self, reason: str) -> None:
        waiting, self._waiting = self._waiting, {}
        for future, _, token in waiting.values():
            if self._breaker is not None:
                self._breaker.gave_up(token)
            if not future.done():
                UNANSWERED.labels(reason).inc()
                future.set_exception(NoAnswer(reason, self._name))

    async def _lost(self) -> None:
        self._up.clear()
        if not self._ending:
            CONNECTED.set(0)
            DISCONNECTS.inc()
            _log.warning("bus_disconnected", client=self._name)
        self._fail_all("disconnected")
        for call in list(self._on_down):
            call()

    async def _back(self) -> None:
        self._up.set()
        CONNECTED.set(1)
        self._said = ""
        if self._breaker is not None:
            self._breaker.reset()
        _log.info("bus_reconnected", client=self._name)
        for call in list(self._on_up):
            call()

    async def _ended(self) -> None:
        if not self._ending:
            _log.error("bus_closed", client=self._name, error=str(self._client.last_error))
            self.closed.set()

    async def _failed(self, error: Exception) -> None:
        # While it is away every attempt fails the same way: said once.
        said, self._said = self._said, repr(error)
        if said != self._said:
            _log.warning("bus_error", client=self._name, error=self._said)
