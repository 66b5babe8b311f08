"""The client's calls about the queue."""

from cloche_schemas.queue import ExecutorList, QueuePlace, QueueView

from cloche.calls import ask, path, query
from cloche.operations import operation
from cloche.steps import Call


class QueueCalls:
    @operation
    def queue(self, *, everybody: bool = False, seconds: float = 300.0) -> Call[QueueView]:
        """What waits and runs of this key's tenant, or (for operators) of all; waits of the last `seconds`.

        >>> client.queue(seconds=60).recent.seconds
        60.0
        """
        asked = query(seconds=float(seconds), everybody=everybody)
        return ask("GET", path("queue"), QueueView, query=asked)

    @operation
    def place(self, evaluation: str) -> Call[QueuePlace]:
        """Why an evaluation is not running, and how many of its own kind are before it."""
        return ask("GET", path("evaluations", evaluation, "queue"), QueuePlace)

    @operation
    def executors(self) -> Call[ExecutorList]:
        """The executors that are there (for operators)."""
        return ask("GET", path("executors"), ExecutorList)
