"""The same client for asyncio: its methods are awaited, its streams are iterated over with ``async for``."""

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cloche.audit import AsyncAudit
from cloche.batches import AsyncBatches
from cloche.client import EveryCall
from cloche.dead_letters import AsyncDeadLetters
from cloche.discovery import find, resolve
from cloche.feed import PATIENCE_SECONDS
from cloche.operations import Awaiting
from cloche.projections import AsyncProjections
from cloche.retries import Retries

if TYPE_CHECKING:
    import httpx2

_USUAL = Retries()


class AsyncClient(EveryCall, Awaiting):
    """`Client` for asyncio, with the same nouns. Any number of tasks may use it at once.

    Whoever leaves an ``async for`` over events early closes it with ``contextlib.aclosing``, so that its connection is
    let go at once.

    >>> async def squares() -> list[bytes]:
    ...     async with AsyncClient.local() as client:
    ...         programs = [SubmitEvaluation(code=f"print({n} ** 2)") for n in range(3)]
    ...         views = await asyncio.gather(*(client.run(program) for program in programs))
    ...         return [await client.output(view.id) for view in views]
    >>> asyncio.run(squares())
    [b'0\\n', b'1\\n', b'4\\n']
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        transport: "httpx2.AsyncBaseTransport | None" = None,
        patience: float = PATIENCE_SECONDS,
        retries: Retries = _USUAL,
        sign: bool = False,
    ) -> None:
        # What talks HTTP is slow to import, and nobody needs it who makes no client.
        from cloche.awaiting import connected  # noqa: PLC0415

        super().__init__(connected(url, api_key, retries, transport, sign=sign))
        self.patience = patience
        self.retries = retries
        self.dead_letters = AsyncDeadLetters(self._transport)
        self.projections = AsyncProjections(self._transport)
        self.batches = AsyncBatches(self._transport)
        self.batches.patience = patience
        self.audit = AsyncAudit(self._transport)

    @classmethod
    def local(cls, start: Path | None = None) -> Self:
        """For ``CLOCHE_URL``, else for the system that `cloche up` runs in this folder or one above."""
        target = find(start)
        return cls(target.url, target.api_key, sign=target.sign)

    @classmethod
    def configured(cls, profile: str | None = None) -> Self:
        """As the command finds it: ``CLOCHE_URL``, else the profile, else the local system of this folder."""
        target = resolve(profile)
        return cls(target.url, target.api_key, sign=target.sign)

    async def aclose(self) -> None:
        """Let go of its connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()
