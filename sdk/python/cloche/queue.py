"""The client's calls about the queue."""

from urllib.parse import quote

from cloche_schemas.queue import ExecutorList, QueuePlace, QueueView

from cloche.calls import Calls


class QueueCalls(Calls):
    def queue(self, *, everybody: bool = False, seconds: float = 300.0) -> QueueView:
        """What waits and runs of this key's tenant, or (for operators) of all; waits of the last `seconds`."""
        query = {"seconds": f"{seconds:g}"} | ({"everybody": "true"} if everybody else {})
        return self._ask("GET", "/v1/queue", QueueView, query=query)

    def place(self, evaluation: str) -> QueuePlace:
        """Why an evaluation is not running, and how many of its own kind are before it."""
        path = f"/v1/evaluations/{quote(evaluation, safe='')}/queue"
        return self._ask("GET", path, QueuePlace)

    def executors(self) -> ExecutorList:
        """The executors that are there (for operators)."""
        return self._ask("GET", "/v1/executors", ExecutorList)
