"""One JSON object a line, from our code and from libraries, with the ids of what it is about."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from cloche_kit.logs import about, configure_logs, covered, forget, get_logger, know
from cloche_kit.telemetry import configure


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    before = structlog.get_config()
    yield
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


Capture = pytest.CaptureFixture[str]


def test_a_line_is_json_with_service_and_ids(capsys: Capture) -> None:
    configure_logs("gateway")
    with about(evaluation="e-1", attempt=2):
        get_logger("cloche_gateway.x").info("submitted", size=3)
    get_logger("cloche_gateway.x").info("idle")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first["event"] == "submitted"
    assert (first["service"], first["evaluation"], first["attempt"]) == ("gateway", "e-1", 2)
    assert (first["level"], first["logger"], first["size"]) == ("info", "cloche_gateway.x", 3)
    assert first["timestamp"].endswith("Z")
    assert "evaluation" not in second


def test_a_line_inside_a_span_carries_its_trace(capsys: Capture) -> None:
    configure_logs("executor")
    telemetry = configure("executor", instance="i")
    with telemetry.producer_span("append x") as span:
        get_logger("x").warning("inside")
    record = json.loads(capsys.readouterr().err)
    assert record["trace_id"] == format(span.get_span_context().trace_id, "032x")
    assert record["span_id"] == format(span.get_span_context().span_id, "016x")


def test_libraries_go_through_the_same_chain_and_narrators_are_quiet(capsys: Capture) -> None:
    configure_logs("storage")
    logging.getLogger("some.library").error("it broke: %s", "badly")
    logging.getLogger("botocore").info("every call")
    (record,) = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (record["event"], record["level"]) == ("it broke: badly", "error")


def test_a_key_that_got_into_a_line_is_no_key_any_more(capsys: Capture) -> None:
    secret = "0123456789abcdef" * 3
    configure_logs("gateway")
    text = f"not found: /v1/keys/cloche_abcdefghijkl_{secret}"
    get_logger("x").error("refused", path=text, exc_info=ValueError(text))
    logging.getLogger("a.library").warning(text)
    said = capsys.readouterr().err
    assert secret not in said
    assert said.count("cloche_abcdefghijkl_") == 3


def test_an_exception_is_one_line(capsys: Capture) -> None:
    configure_logs("projector")
    get_logger("x").error("failed", exc_info=ValueError("no"))
    (record,) = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert "ValueError: no" in record["exception"]


def test_below_the_level_nothing_is_written(capsys: Capture) -> None:
    configure_logs("gateway", level="warning")
    get_logger("x").info("not this")
    assert capsys.readouterr().err == ""


def test_people_read_the_console_form(capsys: Capture) -> None:
    configure_logs("gateway", format_="console")
    get_logger("x").info("ready", port=1)
    line = capsys.readouterr().err
    assert "ready" in line
    assert "port=1" in line


def test_what_looks_like_a_secret_is_covered(capsys: Capture) -> None:
    configure_logs("gateway")
    key = f"cloche_{'a' * 12}_{'0' * 48}"
    dsn = "postgresql://cloche:hunter2@db/cloche"
    error = ValueError(f"cannot reach {dsn}")
    get_logger("x").error("failed", exc_info=error, header=f"Bearer {key}", key=key, port=5432)
    line = capsys.readouterr().err
    record = json.loads(line)
    assert "hunter2" not in line
    assert "0" * 16 not in line
    assert record["key"] == f"cloche_{'a' * 12}_…"
    assert "postgresql://cloche:***@db/cloche" in record["exception"]
    assert record["port"] == 5432


@pytest.mark.parametrize("text", ["http://host:8080/path", "a bearer of news", "12:30@noon", ""])
def test_what_is_no_secret_stays(text: str) -> None:
    assert covered(text) == text


def test_what_is_known_later_is_in_every_further_line_until_forgotten(capsys: Capture) -> None:
    configure_logs("gateway")
    with about(request_id="r"):
        know(tenant="t1")
        get_logger("x").info("one")
        forget("tenant")
        get_logger("x").info("two")
    one, two = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (one["tenant"], one["request_id"]) == ("t1", "r")
    assert "tenant" not in two
