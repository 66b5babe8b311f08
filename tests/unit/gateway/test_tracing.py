"""Traces that come in and go out of a gateway: whom it believes, and what a feed is part of."""

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import structlog
from cloche_gateway.observation import LONGEST_PATH
from cloche_kit.logs import configure_logs
from cloche_kit.telemetry import configure
from msgspec.structs import replace
from opentelemetry.sdk.trace import ReadableSpan
from support.gateway import HELLO, TENANT, Stage, stage_with

PATH = "/v1/evaluations"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
GOOD = f"00-{TRACE}-{SPAN}-01"
MALFORMED = {
    "empty": "",
    "no-hex": f"00-{'z' * 32}-{SPAN}-01",
    "capitals": f"00-{TRACE.upper()}-{SPAN}-01",
    "trace-of-zeros": f"00-{'0' * 32}-{SPAN}-01",
    "span-of-zeros": f"00-{TRACE}-{'0' * 16}-01",
    "version-ff": f"ff-{TRACE}-{SPAN}-01",
    "too-long": f"{GOOD}-more",
    "too-short": f"00-{TRACE[:-1]}-{SPAN}-01",
    "another-shape": f"{TRACE}-{SPAN}",
    "a-flood": "0" * 10_000,
}


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with stage_with() as made:
        yield made


@pytest.fixture
def logs() -> Iterator[Callable[[], None]]:
    """Call it, and from then on lines are JSON on stderr; afterwards all is as before."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()

    def begin() -> None:
        configure_logs("gateway")
        structlog.configure(cache_logger_on_first_use=False)

    yield begin
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


def spans(stage: Stage, name: str) -> list[ReadableSpan]:
    return [one for one in stage.spans.get_finished_spans() if one.name == name]


def trace_of(span: ReadableSpan) -> str:
    return format(span.context.trace_id, "032x")


async def test_a_path_is_in_its_span_covered_and_cut(stage: Stage) -> None:
    """Secrets are covered before it is cut: half of one would be no secret to a pattern."""
    await stage.client.get(f"{PATH}/unknown")
    await stage.client.get(f"{PATH}/{'x' * 20_000}")
    made = await stage.client.post("/v1/keys", json={"name": "one", "scopes": ["read"]})
    key = made.json()["api_key"]
    secret = key.rpartition("_")[2]
    # A cut in the middle of the secret.
    before = "x" * (LONGEST_PATH - len(f"{PATH}/-{key}") + len(secret) // 2)
    await stage.client.get(f"{PATH}/{before}-{key}")
    paths = [
        str(dict(one.attributes or {})["url.path"]) for one in spans(stage, f"GET {PATH}/{{id}}")
    ]
    assert paths[0] == f"{PATH}/unknown"
    assert len(paths[1]) == LONGEST_PATH
    assert paths[2].startswith(f"{PATH}/{before}-{key[:8]}")
    assert len(paths[2]) <= LONGEST_PATH
    assert secret[:4] not in paths[2]


async def test_a_caller_s_trace_goes_on(stage: Stage) -> None:
    await stage.client.post(PATH, json=HELLO, headers={"traceparent": GOOD})
    [request] = spans(stage, f"POST {PATH}")
    [append] = spans(stage, "append queued.v1")
    assert trace_of(request) == trace_of(append) == TRACE
    assert request.parent is not None
    assert format(request.parent.span_id, "016x") == SPAN


@pytest.mark.parametrize("header", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_malformed_trace_is_not_believed(stage: Stage, header: str) -> None:
    answer = await stage.client.post(PATH, json=HELLO, headers={"traceparent": header})
    assert answer.status_code == 202
    [request] = spans(stage, f"POST {PATH}")
    assert request.parent is None
    assert trace_of(request) not in {TRACE, "0" * 32}
    view = (await stage.client.get(answer.headers["location"])).json()
    assert view["trace_id"] == trace_of(request)


async def test_a_malformed_state_of_a_trace_is_left_out(stage: Stage) -> None:
    headers = {"traceparent": GOOD, "tracestate": "=" * 2000}
    assert (await stage.client.post(PATH, json=HELLO, headers=headers)).status_code == 202
    [request] = spans(stage, f"POST {PATH}")
    assert trace_of(request) == TRACE


async def test_a_feed_is_part_of_the_evaluation_s_trace_and_links_to_its_request(
    stage: Stage,
) -> None:
    answer = await stage.client.post(PATH, json=HELLO, headers={"traceparent": GOOD})
    address = f"{PATH}/{answer.json()['id']}/events"
    async with stage.listening() as client, client.stream("GET", address) as feed:
        async for line in feed.aiter_lines():
            if line.startswith("event: queued"):
                break
    [streamed] = spans(stage, "stream events")
    [request] = spans(stage, f"GET {PATH}/{{id}}/events")
    assert trace_of(streamed) == TRACE != trace_of(request)
    [link] = streamed.links
    assert link.context.span_id == request.context.span_id
    assert streamed.attributes is not None
    assert streamed.attributes["cloche.evaluation.id"] == answer.json()["id"]
    assert streamed.attributes["cloche.pieces"] == 1
    assert [event.name for event in streamed.events] == ["first frame"]


async def test_where_nothing_is_recorded_a_feed_is_what_it_is(stage: Stage) -> None:
    off = configure("gateway", instance="g")
    stage.app.state.gateway = replace(stage.gateway, deps=replace(stage.deps, telemetry=off))
    address = await stage.submit()
    await stage.start(address)
    await stage.complete(address)
    answer = await stage.client.get(f"{PATH}/{address.evaluation}/events")
    assert "event: completed" in answer.text


async def test_a_line_about_a_request_has_its_ids(
    stage: Stage,
    logs: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logs()

    async def broken(_filter: str) -> None:
        raise ValueError("a bug")

    address = await stage.submit()
    monkeypatch.setattr(stage.bus, "last", broken)
    headers = {"traceparent": GOOD, "X-Request-Id": "mine"}
    await stage.client.get(f"{PATH}/{address.evaluation}", headers=headers)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    [line] = [one for one in lines if one["event"] == "request_failed"]
    assert (line["request_id"], line["trace_id"]) == ("mine", TRACE)
    assert (line["tenant"], line["evaluation"]) == (TENANT, address.evaluation)
    assert "tenant" not in structlog.contextvars.get_contextvars()


async def test_a_slow_request_is_a_line(
    stage: Stage,
    logs: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    logs()
    await stage.client.get("/v1")
    assert "slow_request" not in capsys.readouterr().err
    monkeypatch.setattr("cloche_gateway.observation.SLOW_SECONDS", 0.0)
    await stage.client.get("/v1", headers={"X-Request-Id": "mine"})
    [line] = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (line["event"], line["request_id"], line["status"]) == ("slow_request", "mine", 200)
