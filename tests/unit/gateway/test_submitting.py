"""POST /v1/evaluations: what is accepted, and what it leaves on the log."""

import httpx2
import msgspec
import pytest
from cloche_schemas import codec
from cloche_schemas.events import EvaluationQueued
from cloche_schemas.values import Limits
from support.gateway import HELLO, Stage, stage_with

PATH = "/v1/evaluations"


async def queued_event(stage: Stage, id_: str) -> EvaluationQueued:
    (stored,) = await stage.bus.history("main", id_)
    _, event = codec.decode(stored.data)
    assert isinstance(event, EvaluationQueued)
    return event


async def test_an_accepted_submission_lies_on_the_log_with_its_limits_granted(stage: Stage) -> None:
    answer = await stage.client.post(
        PATH,
        json={
            "code": "import sys",
            "language": "python",
            "name": "a.py",
            "argv": ["-x"],
            "stdin": "in",
            "engine": "docker",
            "priority": "high",
            "limits": {"wall_seconds": 5, "memory_bytes": 64 << 20},
            "labels": {"run": "7"},
        },
    )
    assert answer.status_code == 202
    body = answer.json()
    path = f"{PATH}/{body['id']}"
    assert answer.headers["location"] == path
    assert body["status"] == "queued"
    assert body["links"] == {
        "self": path,
        "events": f"{path}/events",
        "output": f"{path}/output",
        "cases": f"{path}/cases",
        "artifacts": f"{path}/artifacts",
        "attempts": f"{path}/attempts",
        "timeline": f"{path}/timeline",
        "cancel": f"{path}/cancel",
        "rerun": f"{path}/rerun",
    }
    event = await queued_event(stage, body["id"])
    assert event.spec is not None
    assert (event.spec.code, event.spec.argv, event.spec.labels) == (
        "import sys",
        ("-x",),
        {"run": "7"},
    )
    assert event.limits == Limits(wall_seconds=5, memory_bytes=64 << 20)
    assert (event.attempt, event.engine, event.priority, event.max_attempts) == (
        1,
        "docker",
        "high",
        3,
    )


@pytest.mark.parametrize(
    ("body", "language", "name"),
    [
        ({"code": "print(1)"}, "python", None),
        ({"code": "x", "name": "a/b.rs"}, "rust", "a/b.rs"),
        ({"code": "#!/usr/bin/env node\n1"}, "javascript", None),
        ({"files": [{"name": "x.go", "content": "package main"}]}, "go", "x.go"),
        ({"files": [{"name": "run", "data": "IyEvYmluL3NoCg=="}]}, "bash", "run"),
        (
            {"name": "B.java", "files": [{"name": n, "content": "x"} for n in ("a.py", "B.java")]},
            "java",
            "B.java",
        ),
    ],
)
async def test_what_is_left_open_is_found_out_and_recorded(
    stage: Stage, body: dict[str, object], language: str, name: str | None
) -> None:
    answer = await stage.client.post(PATH, json={**body, "language": "auto"})
    assert answer.status_code == 202, answer.text
    event = await queued_event(stage, answer.json()["id"])
    assert event.spec is not None
    assert (event.spec.language, event.spec.name) == (language, name)
    view = (await stage.client.get(answer.headers["location"])).json()
    assert (view["language"], view["name"]) == (language, name)


async def test_the_view_echoes_what_was_asked_and_what_was_granted(stage: Stage) -> None:
    address = await stage.submit(limits={"pids": 9}, cases=[{"limits": {"pids": 3}}])
    view = (await stage.client.get(f"{PATH}/{address.evaluation}")).json()
    assert view["requested"] == {"pids": 9}
    assert view["limits"]["pids"] == 9
    assert view["limits"]["open_files"] == Limits().open_files
    assert view["cases"] == {"total": 1, "passed": 0, "failed": 0, "skipped": 0}
    event = await queued_event(stage, address.evaluation)
    assert event.spec is not None
    assert event.spec.cases is not None
    assert event.spec.cases[0].limits.pids == 3


async def test_ids_are_version_7_and_in_the_order_of_their_submission(stage: Stage) -> None:
    ids = [(await stage.submit()).evaluation for _ in range(5)]
    assert ids == sorted(ids)
    assert {id_[14] for id_ in ids} == {"7"}


async def test_a_default_is_never_granted_beyond_the_servers_maximum() -> None:
    async with stage_with(max_wall_seconds=10.0) as stage:
        address = await stage.submit()
        event = await queued_event(stage, address.evaluation)
        assert event.limits == Limits(wall_seconds=10.0)


async def test_a_limit_may_be_its_maximum(stage: Stage) -> None:
    await stage.submit(limits={"pids": 512, "wall_seconds": 86_400, "output_bytes": 4 << 30})


async def test_the_clients_trace_goes_on_in_the_event(stage: Stage) -> None:
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    answer = await stage.client.post(
        PATH, json=HELLO, headers={"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
    )
    (stored,) = await stage.bus.history("main", answer.json()["id"])
    envelope = codec.decode_envelope(stored.data)
    assert envelope.traceparent is not None
    assert envelope.traceparent.split("-")[1] == trace_id
    spans = {span.name: span for span in stage.spans.get_finished_spans()}
    server, producer = spans[f"POST {PATH}"], spans["append queued.v1"]
    assert producer.parent is not None
    assert server.context is not None
    assert producer.parent.span_id == server.context.span_id
    assert f"{server.context.trace_id:032x}" == trace_id
    assert server.attributes is not None
    assert server.attributes["http.response.status_code"] == 202


async def test_without_a_trace_of_the_client_a_new_one_begins(stage: Stage) -> None:
    address = await stage.submit()
    answer = await stage.client.get(f"{PATH}/{address.evaluation}")
    assert len(answer.json()["trace_id"]) == 32


@pytest.mark.parametrize("size", [1 << 20])
async def test_a_body_of_exactly_the_limit_is_taken(stage: Stage, size: int) -> None:
    frame = len(msgspec.json.encode({"code": ""}))
    body = msgspec.json.encode({"code": "#" * (size - frame)})
    assert len(body) == size
    answer = await stage.client.post(
        PATH, content=body, headers={"Content-Type": "application/json; charset=utf-8"}
    )
    assert answer.status_code == 202


async def test_while_the_log_is_away_nothing_is_accepted(stage: Stage) -> None:
    stage.bus.available = False
    answer = await stage.client.post(PATH, json=HELLO)
    assert_unavailable(answer)
    stage.bus.available = True
    assert await stage.length() == 0


async def test_a_log_that_is_gone_is_unavailable_too(stage: Stage) -> None:
    stage.bus.lose()
    assert_unavailable(await stage.client.post(PATH, json=HELLO))


def assert_unavailable(answer: httpx2.Response) -> None:
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unavailable"
