"""The client: one method for each thing the API does."""

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cloche.access import AccessCalls
from cloche.audit import Audit
from cloche.batches import Batches
from cloche.blobs import BlobCalls
from cloche.dead_letters import DeadLetters
from cloche.discovery import find, resolve
from cloche.evaluations import EvaluationCalls
from cloche.feed import PATIENCE_SECONDS
from cloche.history import EventCalls
from cloche.operations import Blocking
from cloche.outputs import OutputCalls
from cloche.projections import Projections
from cloche.queue import QueueCalls
from cloche.retries import Retries
from cloche.schedules import ScheduleCalls
from cloche.service import ServiceCalls
from cloche.statistics import StatisticsCalls
from cloche.usage import UsageCalls

if TYPE_CHECKING:
    import httpx2

_USUAL = Retries()


class EveryCall(
    EvaluationCalls,
    OutputCalls,
    EventCalls,
    BlobCalls,
    QueueCalls,
    ScheduleCalls,
    AccessCalls,
    UsageCalls,
    StatisticsCalls,
    ServiceCalls,
):
    """What `Client` and `AsyncClient` have in common: everything but the waiting."""


class Client(EveryCall, Blocking):
    """Talks to one Cloche with one key. Not for several threads at once. Every method may raise `ClocheError`s.

    `patience`: seconds without a sign of life until a feed is given up; `retries`: how what failed for now is sent
    again; `sign`: the key signs every request and is sent with none (docs/signing.md). Close it, or use it in a
    ``with`` statement.

    >>> with Client.local() as client:
    ...     view = client.run(SubmitEvaluation(code="print(6 * 7)"))
    ...     print(view.outcome, client.output(view.id))
    succeeded b'42\\n'
    """

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        transport: "httpx2.BaseTransport | None" = None,
        patience: float = PATIENCE_SECONDS,
        retries: Retries = _USUAL,
        sign: bool = False,
    ) -> None:
        # What talks HTTP is slow to import, and nobody needs it who makes no client.
        from cloche.blocking import connected  # noqa: PLC0415

        super().__init__(connected(url, api_key, retries, transport, sign=sign))
        self.patience = patience
        self.retries = retries
        self.dead_letters = DeadLetters(self._transport)
        self.projections = Projections(self._transport)
        self.batches = Batches(self._transport)
        self.batches.patience = patience
        self.audit = Audit(self._transport)

    @classmethod
    def local(cls, start: Path | None = None) -> Self:
        """For ``CLOCHE_URL``, else for the system that `cloche up` runs in this folder or one above.

        `NothingRunning` if there is neither.
        """
        target = find(start)
        return cls(target.url, target.api_key, sign=target.sign)

    @classmethod
    def configured(cls, profile: str | None = None) -> Self:
        """As the command finds it: ``CLOCHE_URL``, else the profile, else the local system of this folder.

        The profile is the one that is named, else ``CLOCHE_PROFILE``, else the one that `cloche login` made current.
        """
        target = resolve(profile)
        return cls(target.url, target.api_key, sign=target.sign)

    def close(self) -> None:
        """Let go of its connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
