"""The loop that feeds a handler from a durable: batches in, one event at a time through the handler, acks in parallel.

A handler returns when it is done with an event, raises `RetryLater` to see it again, `Reject` to have it put aside.
Whatever else it raises is taken for a bug or a trouble that passes: tried again with growing delays, put aside after
`max_deliveries`. Trouble of the bus itself never puts an event aside. Meanwhile the next event is handled.

Counts: ``cloche_consume_events_total{handler,result}``, ``cloche_consume_pulls_total{handler,result}`` (messages, idle,
disconnected), ``cloche_consume_parked_total{handler,reason}`` with a few known reasons, how long handlers take and what
came again (consume_metrics.py). What comes again is a span of its own, linked to the one before if that was made here.

Measured on 2 shared cores: 32 to 35 k events/s, decoded, handled and acked, where nats-py's `fetch(256)` with confirmed
acks did 13 to 15 (benchmarks/p4_consume.py: 2.2 to 2.4 times).
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Literal

from cloche_schemas import codec
from cloche_schemas.codec import Unknown
from cloche_schemas.envelope import Envelope
from cloche_schemas.events import EvaluationEvent
from msgspec import Struct
from structlog.contextvars import bind_contextvars, unbind_contextvars

from cloche_kit import consume_metrics as metrics
from cloche_kit.bus import BusUnavailable, Delivery, Durable, EventBus, Stored, StreamLost
from cloche_kit.logs import get_logger
from cloche_kit.telemetry import Earlier, Telemetry

Handler = Callable[[Stored, Envelope, EvaluationEvent], Awaitable[None]]
UnknownPolicy = Literal["park", "skip"]

PULL_SECONDS = 5.0
FIRST_DELAY = 0.2
LONGEST_DELAY = 30.0
RECONNECT_PAUSE = 0.2

_log = get_logger(__name__)


class RetryLater(Exception):  # noqa: N818 - it says what to do
    """Not now: deliver the event again after `delay_seconds`, however often that is."""

    def __init__(self, delay_seconds: float) -> None:
        super().__init__(f"again in {delay_seconds} s")
        self.delay_seconds = delay_seconds


class Reject(Exception):  # noqa: N818 - it says what to do
    """Never: put the event aside. `reason` is a slug."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


async def consume(  # noqa: PLR0913 - each has a default or is the loop itself
    bus: EventBus,
    durable: Durable,
    handler: Handler,
    *,
    name: str,
    stop: asyncio.Event,
    telemetry: Telemetry | None = None,
    batch: int = 64,
    max_deliveries: int = 5,
    unknown: UnknownPolicy = "park",
) -> None:
    """Feed `handler` until `stop` is set; then finish the event in hand and give the others back.

    Survives reconnects. `unknown`: what to do with events of a type that this version does not know. Malformed ones are
    always put aside. Raises `StreamLost`.
    """
    policy = _Policy(name, max_deliveries, unknown)
    loop = _Consumer(bus, durable, handler, policy, telemetry)
    async with loop.heartbeat():
        await loop.run(stop, batch)


class _Policy(Struct, frozen=True):
    name: str
    max_deliveries: int
    unknown: UnknownPolicy


class _Consumer:
    def __init__(
        self,
        bus: EventBus,
        durable: Durable,
        handler: Handler,
        policy: _Policy,
        telemetry: Telemetry | None,
    ) -> None:
        self._bus = bus
        self._durable = durable
        self._handler = handler
        self._policy = policy
        self._name = policy.name
        self._telemetry = telemetry
        self._held: dict[int, Delivery] = {}
        self._words: set[asyncio.Future[object]] = set()
        self._state = ""
        self._handled = metrics.EVENTS.labels(policy.name, "handled")
        self._seconds = metrics.SECONDS.labels(policy.name)
        metrics.begin(policy.name)
        self._earlier = Earlier()

    async def run(self, stop: asyncio.Event, batch: int) -> None:
        """Pull the next batch while one is being handled."""
        stopped = asyncio.ensure_future(stop.wait())
        pulling = asyncio.ensure_future(self._pull(batch))
        try:
            while not stop.is_set():
                await asyncio.wait({pulling, stopped}, return_when=asyncio.FIRST_COMPLETED)
                if not pulling.done():
                    break
                deliveries = pulling.result()
                pulling = asyncio.ensure_future(self._pull(batch))
                for delivery in deliveries:
                    if stop.is_set():
                        break
                    await self._one(delivery)
                if len(self._words) > 2 * batch:
                    await asyncio.wait(self._words)
        finally:
            unbind_contextvars("evaluation", "tenant")
            stopped.cancel()
            pulling.cancel()
            with suppress(asyncio.CancelledError, StreamLost):
                await pulling
            for delivery in list(self._held.values()):
                self._say(delivery, delivery.nak())
            if self._words:
                await asyncio.wait(self._words, timeout=PULL_SECONDS)

    @asynccontextmanager
    async def heartbeat(self) -> AsyncIterator[None]:
        """Keep what is held ours, while something before it takes long."""

        async def beat() -> None:
            while True:
                await asyncio.sleep(self._durable.ack_wait / 3)
                held = list(self._held.values())
                await asyncio.gather(*(one.in_progress() for one in held), return_exceptions=True)

        beating = asyncio.ensure_future(beat())
        try:
            yield
        finally:
            beating.cancel()

    async def _pull(self, batch: int) -> list[Delivery]:
        """The next deliveries; waits out a server that is away."""
        while True:
            try:
                deliveries = await self._bus.pull(self._durable, batch=batch, wait=PULL_SECONDS)
            except BusUnavailable as error:
                self._became("disconnected", error=str(error))
                await asyncio.sleep(RECONNECT_PAUSE)
                continue
            if deliveries:
                self._became("messages")
                self._held.update((id(delivery), delivery) for delivery in deliveries)
                return deliveries
            self._became("idle")

    async def _one(self, delivery: Delivery) -> None:
        """Handle one event, and say what became of it."""
        stored = delivery.stored
        try:
            envelope, event = codec.decode(stored.data)
        except codec.Malformed as error:
            unbind_contextvars("evaluation", "tenant")
            await self._park(delivery, "malformed", str(error))
            return
        if isinstance(event, Unknown):
            if self._policy.unknown == "park":
                await self._park(delivery, "unknown_type", event.type)
            else:
                self._done(delivery, "skipped")
            return
        # Bound and not unbound for each event: the next one replaces it. Contexts for each cost a third of the loop.
        bind_contextvars(evaluation=envelope.subject, tenant=envelope.tenant)
        if delivery.deliveries > 1:
            metrics.REDELIVERED.labels(self._name).inc()
        if self._telemetry is None:
            await self._handle(delivery, envelope, event)
            return
        name = f"{self._name} {envelope.type.removeprefix('cloche.evaluation.')}"
        attributes = {
            "cloche.stream_sequence": stored.sequence,
            "messaging.nats.deliveries": delivery.deliveries,
        }
        links = self._earlier.links(stored.sequence)
        with self._telemetry.consumer_span(envelope, name, links, **attributes):
            await self._handle(delivery, envelope, event)

    async def _handle(self, delivery: Delivery, envelope: Envelope, event: EvaluationEvent) -> None:
        begun = time.perf_counter()
        try:
            await self._handler(delivery.stored, envelope, event)
        except RetryLater as intent:
            self._again(delivery, intent.delay_seconds)
        except Reject as intent:
            await self._park(delivery, "rejected", intent.detail, slug=intent.reason)
        except StreamLost:
            raise
        except BusUnavailable as error:
            _log.warning("event_waits_for_bus", handler=self._name, error=str(error))
            self._again(delivery, _backoff(delivery.deliveries))
        except Exception as error:
            if delivery.deliveries >= self._policy.max_deliveries:
                _log.exception("event_gives_up", handler=self._name)
                await self._park(delivery, "failed", f"{type(error).__name__}: {error}")
            else:
                delay = _backoff(delivery.deliveries)
                _log.warning(
                    "event_failed",
                    handler=self._name,
                    deliveries=delivery.deliveries,
                    again_in=round(delay, 3),
                    exc_info=error,
                )
                self._again(delivery, delay)
        else:
            self._handled.inc()
            self._say(delivery, delivery.ack_soon())
        finally:
            self._seconds.observe(time.perf_counter() - begun)

    async def _park(self, delivery: Delivery, reason: str, detail: str, *, slug: str = "") -> None:
        """Put it aside, then ack it; if it cannot be put aside, it comes again."""
        stored = delivery.stored
        try:
            await self._bus.park(
                stored,
                handler=self._name,
                reason=slug or reason,
                detail=detail,
                deliveries=delivery.deliveries,
            )
        except StreamLost:
            raise
        except BusUnavailable as error:
            _log.warning("park_failed", handler=self._name, error=str(error))
            self._again(delivery, _backoff(delivery.deliveries))
            return
        metrics.PARKED.labels(self._name, reason).inc()
        _log.error(
            "event_parked",
            handler=self._name,
            reason=slug or reason,
            detail=detail,
            subject=stored.subject,
            sequence=stored.sequence,
            deliveries=delivery.deliveries,
        )
        self._done(delivery, "parked")

    def _done(self, delivery: Delivery, result: str) -> None:
        metrics.EVENTS.labels(self._name, result).inc()
        self._say(delivery, delivery.ack_soon())

    def _again(self, delivery: Delivery, delay: float) -> None:
        metrics.EVENTS.labels(self._name, "retried").inc()
        self._earlier.note(delivery.stored.sequence)
        self._say(delivery, delivery.nak(max(delay, 0.0)))

    def _say(self, delivery: Delivery, word: Awaitable[object]) -> None:
        """An ack or nak is confirmed while the next event is handled. If it is lost, the event comes again: no harm."""
        self._held.pop(id(delivery), None)
        said = asyncio.ensure_future(word)
        self._words.add(said)
        said.add_done_callback(self._said)

    def _said(self, word: asyncio.Future[object]) -> None:
        self._words.discard(word)
        if not word.cancelled() and (error := word.exception()) is not None:
            _log.info("ack_lost", handler=self._name, error=str(error))

    def _became(self, state: str, **why: str) -> None:
        metrics.PULLS.labels(self._name, state).inc()
        if state != self._state:
            tell = _log.warning if state == "disconnected" else _log.debug
            tell(f"consume_{state}", handler=self._name, durable=self._durable.name, **why)
            self._state = state


def _backoff(deliveries: int) -> float:
    """Seconds, doubling from `FIRST_DELAY`, between half of it and the whole."""
    delay = min(LONGEST_DELAY, FIRST_DELAY * 2.0 ** min(deliveries - 1, 16))
    return delay * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
