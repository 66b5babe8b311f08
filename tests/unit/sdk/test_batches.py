"""Batches in the client, against a scripted gateway."""

from collections.abc import Iterator

import msgspec
import pytest
from cloche import BadTarget, Client, SubmitBatch, SubmitEvaluation
from cloche.many import MOST_BYTES, Progress, parts
from cloche_schemas.batches import BatchView
from msgspec.structs import replace
from support.fake_answers import KEY
from support.fake_batches import BATCH, look, member
from support.fake_gateway import FakeGateway


@pytest.fixture
def client(gateway: FakeGateway) -> Iterator[Client]:
    with Client(gateway.url, KEY) as client:
        yield client


def submitted(gateway: FakeGateway) -> SubmitBatch:
    return msgspec.json.decode(gateway.batches.submitted[0], type=SubmitBatch)


def test_a_batch_is_submitted_as_it_was_meant_and_waited_for(
    client: Client, gateway: FakeGateway
) -> None:
    body = SubmitBatch(evaluations=(SubmitEvaluation(code="1"),), concurrency=3)
    gateway.batches.looks = [
        look({"queued": 2}, {}),
        look({"running": 1, "completed": 1}, {"failed": 1}),
        look({"completed": 1, "dead_lettered": 1}, {"failed": 1}),
    ]
    seen: list[BatchView] = []
    accepted = client.batches.submit(body, idempotency_key="k")
    assert (accepted.id, submitted(gateway), gateway.keys) == (BATCH, body, ["k"])
    view = client.batches.wait(accepted.id, progress=seen.append)
    assert [one.over for one in seen] == [0, 1, 2]
    assert view == seen[-1] == client.batches.get(BATCH)


def test_results_come_as_they_end_and_progress_is_told(
    client: Client, gateway: FakeGateway
) -> None:
    gateway.batches.looks = [
        look({"running": 2}, {}),
        look({"running": 1, "completed": 1}, {"failed": 1}),
        look({"completed": 2}, {"failed": 1, "succeeded": 1}),
    ]
    running = replace(member(1, "succeeded"), status="running", outcome=None)
    gateway.batches.members = (member(0, "failed"), running)
    seen: list[Progress] = []
    results = client.batches.results(BATCH, progress=seen.append)
    assert next(results).outcome == "failed"
    gateway.batches.members = (member(0, "failed"), member(1, "succeeded"))
    assert [view.outcome for view in results] == ["succeeded"]
    assert [one.over for one in seen] == [0, 1, 2]
    assert seen[-1].by_outcome == {"failed": 1, "succeeded": 1}
    assert list(client.batches.results()) == []


def test_any_number_is_submitted_in_batches_that_the_server_takes(
    client: Client, gateway: FakeGateway
) -> None:
    many = (SubmitEvaluation(code=str(n)) for n in range(2001))
    accepted = client.batches.submit_many(many, name="n", concurrency=2, idempotency_key="k")
    assert len(accepted) == 3
    bodies = [msgspec.json.decode(raw, type=SubmitBatch) for raw in gateway.batches.submitted]
    codes = [one.code for body in bodies for one in body.evaluations or ()]
    assert codes == [str(n) for n in range(2001)]
    assert [len(body.evaluations or ()) for body in bodies] == [1000, 1000, 1]
    assert {(body.name, body.concurrency) for body in bodies} == {("n", 2)}
    # Called again they have the same keys.
    assert gateway.keys == ["k", "k+1", "k+2"]
    large = [SubmitEvaluation(code="x" * (MOST_BYTES // 2)) for _ in range(3)]
    assert [len(part) for part in parts(large)] == [1, 1, 1]
    assert client.batches.submit_many([]) == ()


def test_evaluations_of_a_batch_come_page_by_page(client: Client, gateway: FakeGateway) -> None:
    gateway.batches.members = tuple(member(n, "failed" if n % 2 else "succeeded") for n in range(5))
    assert tuple(client.batches.evaluations(BATCH)) == gateway.batches.members
    failed = [
        one.batch.index for one in client.batches.evaluations(BATCH, outcome="failed") if one.batch
    ]
    assert failed == [1, 3]


def test_batches_are_listed_cancelled_and_run_again(client: Client, gateway: FakeGateway) -> None:
    assert client.batches.list(limit=2).next_cursor == "more"
    assert client.batches.cancel(BATCH, reason="enough").cancelled == 1
    assert client.batches.rerun(BATCH, only="all").id == BATCH
    assert gateway.batches.asked == [
        ("GET /v1/batches?limit=2", b""),
        (f"POST /v1/batches/{BATCH}/cancel", b'{"reason":"enough"}'),
        (f"POST /v1/batches/{BATCH}/rerun", b'{"only":"all"}'),
    ]
    client.list(batch=BATCH)


def test_a_key_is_passed_on_only_where_one_is_given(client: Client, gateway: FakeGateway) -> None:
    client.submit(SubmitEvaluation(code="1"), idempotency_key="mine")
    client.submit(SubmitEvaluation(code="1"))
    assert gateway.keys == ["mine", None]
    for wrong in ("", "a b", "ä", "a\n"):
        with pytest.raises(BadTarget):
            client.submit(SubmitEvaluation(code="1"), idempotency_key=wrong)
    assert len(gateway.submitted) == 2
