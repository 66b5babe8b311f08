"""What type checkers are told: the same method gives a value to one client and a coroutine of it to the other.

Nothing of it runs: `make lint` checks it, and would say if a signature were lost on its way through the descriptors.
"""

from collections.abc import AsyncGenerator, Callable, Generator
from typing import assert_type

from cloche import AsyncClient, Client, SubmitBatch, SubmitEvaluation
from cloche.feed import Event
from cloche_schemas.batches import BatchAccepted
from cloche_schemas.views import Accepted, EvaluationPage, EvaluationView, OutputMatch


def blocking(client: Client) -> None:
    assert_type(client.get("id"), EvaluationView)
    assert_type(client.submit(SubmitEvaluation(code="1"), idempotency_key="k"), Accepted)
    assert_type(client.list(limit=1, status="running", labels=["a=b"]), EvaluationPage)
    assert_type(client.output("id", "stderr", tail_lines=3), bytes)
    assert_type(client.events("id", after="c"), Generator[Event, None, None])
    assert_type(client.search_output("id", "text"), Generator[OutputMatch, None, None])
    assert_type(client.batches.submit(SubmitBatch()), BatchAccepted)
    assert_type(client.cancel("id"), None)
    client.get(1)  # type: ignore[arg-type]
    client.get("id", more=1)  # type: ignore[call-arg]
    client.list(status="nonsense")  # type: ignore[arg-type]
    client.events(follow="yes")  # type: ignore[arg-type]


async def awaited(client: AsyncClient) -> None:
    assert_type(await client.get("id"), EvaluationView)
    assert_type(await client.submit(SubmitEvaluation(code="1")), Accepted)
    assert_type(client.events("id"), AsyncGenerator[Event, None])
    assert_type(await client.batches.submit(SubmitBatch()), BatchAccepted)
    await client.get(1)  # type: ignore[arg-type]


def test_there_is_something_to_check() -> None:
    checked: tuple[Callable[..., object], ...] = (blocking, awaited)
    assert all(callable(one) for one in checked)
