"""Batches in the client and on the command line, against a scripted gateway."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cloche import BadTarget, Client, SubmitBatch, SubmitEvaluation
from cloche.batches import Batches
from cloche.many import MOST_BYTES, Progress, parts
from cloche_schemas.batches import BatchView
from cloche_schemas.views import EvaluationView
from msgspec.structs import replace
from support.command import Ran
from support.fake_answers import ID, KEY
from support.fake_batches import BATCH, look, member
from support.fake_gateway import FakeGateway, completed


@pytest.fixture
def client(gateway: FakeGateway) -> Iterator[Client]:
    with Client(gateway.url, KEY) as client:
        yield client


@pytest.fixture
def programs(tmp_path: Path) -> list[str]:
    for number in range(2):
        (tmp_path / f"p{number}.py").write_text(f"print({number})\n")
    return [str(tmp_path / f"p{number}.py") for number in range(2)]


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


def test_the_command_runs_programs_and_fails_if_one_failed(
    ran: Ran, gateway: FakeGateway, programs: list[str]
) -> None:
    gateway.batches.looks = [
        look({"queued": 2}, {}),
        look({"completed": 2}, {"succeeded": 1, "failed": 1}),
    ]
    gateway.batches.members = (member(0, "succeeded"), member(1, "failed"))
    options = ["--name", "n", "--concurrency", "2", "--timeout", "5", "--idempotency-key", "k"]
    code, out, err = ran(gateway, "batch", *programs, *options)
    body = submitted(gateway)
    assert body.evaluations is not None
    assert [one.name for one in body.evaluations] == ["p0.py", "p1.py"]
    assert [one.limits.wall_seconds for one in body.evaluations] == [5, 5]
    assert (body.name, body.concurrency, gateway.keys) == ("n", 2, ["k"])
    assert code == 1
    assert [line.split()[-1] for line in out.decode().splitlines()] == ["p0.py", "p1.py"]
    assert err.decode().splitlines() == [
        f"batch {BATCH}: 2 evaluations",
        "0 of 2 over, 2 queued",
        "2 of 2 over, 1 succeeded, 1 failed",
    ]


def test_the_command_takes_a_body_and_gives_json(
    ran: Ran, gateway: FakeGateway, tmp_path: Path
) -> None:
    body = {"template": {"code": "1"}, "parameters": {"SEED": ["1", "2"]}, "name": "grid"}
    (tmp_path / "b.json").write_text(json.dumps(body))
    gateway.batches.members = (member(0, "succeeded"), member(1, "succeeded"))
    code, out, _ = ran(gateway, "batch", str(tmp_path / "b.json"), "--json")
    assert code == 0
    assert submitted(gateway).parameters == {"SEED": ("1", "2")}
    views = [msgspec.json.decode(line, type=EvaluationView) for line in out.splitlines()]
    assert tuple(views) == gateway.batches.members


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["b.json"], b"oops"),
        (["none.py"], b"No such file"),
        (["p.py", "--limit", "x=1"], b"no limit"),
    ],
)
def test_the_command_says_what_it_cannot_make_a_batch_of(
    ran: Ran,
    gateway: FakeGateway,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    text: bytes,
) -> None:
    (tmp_path / "b.json").write_text('{"oops": 1}')
    (tmp_path / "p.py").write_text("1")
    monkeypatch.chdir(tmp_path)
    code, _, err = ran(gateway, "batch", *words)
    assert code == 2
    assert text in err
    assert gateway.batches.submitted == []


def test_detached_the_command_prints_the_id(
    ran: Ran, gateway: FakeGateway, programs: list[str]
) -> None:
    code, out, err = ran(gateway, "batch", *programs, "--detach")
    assert (code, out, err) == (0, f"{BATCH}\n".encode(), b"")


def test_ctrl_c_cancels_the_rest_and_waits(gateway: FakeGateway, programs: list[str]) -> None:
    gateway.batches.looks = [look({"running": 2}, {})]
    gateway.batches.after_cancel = [look({"completed": 2}, {"succeeded": 1, "cancelled": 1})]
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cloche", "batch", *programs],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "CLOCHE_URL": gateway.url, "CLOCHE_API_KEY": KEY},
    )
    assert process.stderr is not None
    while b"2 running" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert b"cancelling" in err
    assert b"1 cancelled" in err
    assert gateway.batches.asked[1][0] == f"POST /v1/batches/{BATCH}/cancel"


def test_interrupted_again_the_command_leaves(
    ran: Ran, gateway: FakeGateway, programs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> BatchView:
        raise KeyboardInterrupt

    monkeypatch.setattr(Batches, "wait", interrupted)
    code, _, err = ran(gateway, "batch", *programs)
    assert code == 130
    assert f"cloche batches get {BATCH}".encode() in err


def test_commands_of_batches(ran: Ran, gateway: FakeGateway) -> None:
    code, out, err = ran(gateway, "batches", "ls")
    assert (code, err) == (0, b"more: --cursor more\n")
    line = f"{BATCH}  2026-01-01 12:00:00  2 of 2 over, 2 succeeded  b\n".encode()
    assert out == line
    assert ran(gateway, "batches", "get", BATCH)[:2] == (0, line)
    for words in (["ls", "--json"], ["get", BATCH, "--json"]):
        shown = msgspec.json.decode(ran(gateway, "batches", *words)[1], type=BatchView)
        assert shown == gateway.batches.looks[0]
    assert ran(gateway, "batches", "cancel", BATCH)[:2] == (0, b"1 cancelled, 1 were over\n")
    assert ran(gateway, "batches", "rerun", BATCH)[:2] == (0, f"{BATCH}\n".encode())
    assert ran(gateway, "batches", "rerun", BATCH, "--all")[0] == 0
    assert gateway.batches.asked[-2:] == [
        (f"POST /v1/batches/{BATCH}/rerun", b"{}"),
        (f"POST /v1/batches/{BATCH}/rerun", b'{"only":"all"}'),
    ]


def test_run_passes_its_key_on(ran: Ran, gateway: FakeGateway, programs: list[str]) -> None:
    gateway.add(completed())
    assert ran(gateway, "run", "--idempotency-key", "k", programs[0])[0] == 0
    assert gateway.keys[0] == "k"
    assert gateway.view().id == ID
