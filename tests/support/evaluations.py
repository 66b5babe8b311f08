"""Evaluations on a bus, as a gateway would put them there, and what became of them."""

import uuid
from contextlib import aclosing

from cloche_domain import Evaluation, RequestCancel, Requeue, Submit, decide, fold
from cloche_kit.bus import BusUnavailable, EventBus
from cloche_kit.log import EventLog, History, Position
from cloche_kit.telemetry import configure
from cloche_schemas import codec
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.events import (
    AttemptFailed,
    CaseCompleted,
    EvaluationCompleted,
    EvaluationQueued,
    LifecycleEvent,
    OutputChunk,
    OutputEvent,
)
from cloche_schemas.subjects import Address
from cloche_schemas.values import Limits, StreamName
from support.waiting import wait_until


class Client:
    """Submits, cancels and looks, straight on the log."""

    def __init__(self, bus: EventBus) -> None:
        self.bus = bus
        self.log = EventLog(bus, configure("client", instance="test"), instance="test")

    async def submit(
        self, code: str = "x", *, limits: Limits | None = None, spec: EvaluationSpec | None = None
    ) -> Address:
        address = Address("main", str(uuid.uuid4()))
        spec = spec or EvaluationSpec(code=code)
        event = decide(Submit(spec=spec, limits=limits or Limits()), fold([]))
        assert isinstance(event, EvaluationQueued)
        await self.log.append(address, event, after=Position())
        return address

    async def cancel(self, address: Address) -> None:
        def decision(history: History) -> LifecycleEvent:
            event = decide(RequestCancel(reason="enough"), fold(history.numbered))
            assert isinstance(event, LifecycleEvent)
            return event

        await self.log.transact(address, decision)

    async def requeue(self, address: Address) -> None:
        """What the scheduler does after a failed attempt."""
        history = await self.log.read(address)
        first = history.entries[0].stored.sequence
        event = decide(Requeue(first), fold(history.numbered))
        assert isinstance(event, LifecycleEvent)
        await self.log.append(address, event, after=history.position)

    async def append(self, address: Address, event: LifecycleEvent) -> None:
        history = await self.log.read(address)
        await self.log.append(address, event, after=history.position)

    async def state(self, address: Address) -> Evaluation:
        return fold((await self.log.read(address)).numbered)

    async def events(self, address: Address) -> list[LifecycleEvent]:
        return [entry.event for entry in (await self.log.read(address)).entries]

    async def types(self, address: Address) -> list[str]:
        """Names of the lifecycle events so far: ``["EvaluationQueued", "AttemptStarted"]``."""
        return [type(event).__name__ for event in await self.events(address)]

    async def reached(self, address: Address, name: str, within: float = 5.0) -> None:
        there: list[LifecycleEvent] = []

        async def seen() -> bool:
            try:
                there[:] = await self.events(address)
            except BusUnavailable:
                return False
            return any(type(event).__name__ == name for event in there)

        await wait_until(seen, within, told=lambda: f"{name} is not among {there}")

    async def reached_times(
        self, address: Address, name: str, times: int, within: float = 5.0
    ) -> None:
        """So many events of this name are there."""

        async def seen() -> bool:
            return (await self.types(address)).count(name) >= times

        await wait_until(seen, within)

    async def completed(self, address: Address, within: float = 5.0) -> EvaluationCompleted:
        await self.reached(address, "EvaluationCompleted", within)
        return next(e for e in await self.events(address) if isinstance(e, EvaluationCompleted))

    async def failed(self, address: Address, within: float = 5.0) -> AttemptFailed:
        await self.reached(address, "AttemptFailed", within)
        return next(e for e in await self.events(address) if isinstance(e, AttemptFailed))

    async def chunks(self, address: Address, attempt: int = 1) -> list[OutputChunk]:
        return [e for e in await self.written(address, attempt) if isinstance(e, OutputChunk)]

    async def cases(self, address: Address, attempt: int = 1) -> list[CaseCompleted]:
        return [e for e in await self.written(address, attempt) if isinstance(e, CaseCompleted)]

    async def written(self, address: Address, attempt: int = 1) -> list[OutputEvent]:
        """Everything on the attempt's output subject."""
        found: list[OutputEvent] = []
        last = await self.bus.last(address.output(attempt))
        if last is None:
            return found
        subject = address.output(attempt)
        async with aclosing(self.bus.follow(after=0, filters=[subject])) as batches:
            async for batch in batches:
                for stored in batch:
                    _, event = codec.decode(stored.data)
                    assert isinstance(event, OutputChunk | CaseCompleted)
                    found.append(event)
                if batch[-1].sequence >= last.sequence:
                    break
        return found

    async def output(
        self, address: Address, attempt: int = 1, stream: StreamName = "stdout"
    ) -> bytes:
        """The recorded bytes, after a check that no chunk is missing, doubled or out of place."""
        chunks = await self.chunks(address, attempt)
        assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
        mine = [chunk for chunk in chunks if chunk.stream == stream]
        whole = b""
        for chunk in mine:
            assert chunk.offset >= len(whole)
            whole += chunk.data
        return whole
