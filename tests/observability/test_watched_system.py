"""A whole system after a workload, as those see it who watch it: Prometheus, a collector, and who reads its logs."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cloche_observability.slos import SLOS
from cloche_schemas.timeline import Timeline
from support.expressions import alerts, panels, rule_expressions
from support.otlp_sink import Received
from support.silent import PANELS, SELECTORS
from support.watched import MARKS, SERVICES, Watched, watched

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

#: Spans told by events and by the services; by how much their beginnings and lengths may differ on a busy machine,
#: where an executor has noticed the end of a program 1.2 s late. The attempt as its executor tells it is longer:
#: it begins before the claim and ends when its sandbox is gone.
TOLERANCE = 3.0
CLOCKS = 0.1
ATTRIBUTES = {
    "run attempt": {"cloche.attempt", "cloche.engine", "cloche.end"},
    "start sandbox": {"cloche.engine", "cloche.warm"},
}
GUIDE = Path(__file__).parents[2] / "docs" / "observability.md"
SHARED = {"dequeue", "run attempt", "start sandbox", "run program", "archive output"}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched(tmp_path_factory.mktemp("watched")) as made:
        yield made


def without_data(system: Watched, expressions: dict[str, str]) -> list[str]:
    """Those that return nothing or cannot be evaluated, each with what it is for."""
    return [
        f"{where}: {problem}"
        for where, expression in expressions.items()
        if (problem := problem_of(system, expression))
    ]


def problem_of(system: Watched, expression: str) -> str:
    try:
        return "" if system.prometheus.query(expression) else f"{expression} returns nothing"
    except AssertionError as error:
        return str(error)


def test_every_panel_returns_data(system: Watched) -> None:
    expressions = {panel.where: panel.runnable for panel in panels()}
    assert len(expressions) > 100
    shown = {where: one for where, one in expressions.items() if where not in PANELS}
    # Who leads measures the queue: on a busy machine there is nobody for a moment.
    with suppress(AssertionError):
        system.until(lambda: not without_data(system, shown), within=15)
    assert not without_data(system, shown)
    for where in PANELS:
        system.prometheus.query(expressions[where])


def test_what_rules_read_is_there(system: Watched) -> None:
    rules = list(rule_expressions())
    assert len(rules) > 80
    for rule in rules:
        # That most of them give nothing is what one hopes for.
        system.prometheus.query(rule.text)
    readers = {selector: rule.where for rule in rules for selector in rule.selectors}
    read = {
        f"{where} reads {selector}": selector
        for selector, where in readers.items()
        if selector not in SELECTORS
    }
    assert len(read) > 80
    assert not without_data(system, read)


def test_what_is_said_to_be_silent_is_so_for_its_reason(system: Watched) -> None:
    read = {selector for rule in rule_expressions() for selector in rule.selectors}
    assert SELECTORS.keys() <= read
    assert PANELS.keys() <= {panel.where for panel in panels()}
    for selector in SELECTORS:
        found = system.prometheus.query(f"sum({selector})")
        assert not found or float(found[0]["value"][1]) == 0.0, f"{selector} is not silent"


def test_no_alert_fires_over_a_system_that_is_well(system: Watched) -> None:
    # Objectives are for crowds: of a dozen evaluations on a busy machine one may be late.
    objectives = {slo.alert for slo in SLOS}
    firing = [
        one["labels"]["alertname"] for one in system.prometheus.alerts() if one["state"] == "firing"
    ]
    assert not set(firing) - objectives


def test_every_metric_that_is_used_is_exported(system: Watched) -> None:
    scraped = system.prometheus.names()
    used = {name for one in (*panels(), *rule_expressions()) for name in one.metrics}
    recorded = {name for name in used if name.startswith("cloche_slo:")}
    # What services define stands in the guide, which `make lint` holds to their code.
    guide = re.findall(r"^\| `(cloche_\w+)` \| (\w+) \|", GUIDE.read_text(), re.MULTILINE)
    defined = {
        name + end
        for name, kind in guide
        for end in (("_bucket", "_count", "_sum") if kind == "histogram" else ("",))
    }
    ours = {name for name in used if name.startswith("cloche_")} - recorded
    assert ours <= defined, ours - defined
    assert recorded <= scraped
    assert {name for name in used if name.startswith("process_")} <= scraped
    # And the other way round: what is scraped stands in the inventory.
    assert {name for name in scraped if name.startswith("cloche_") and ":" not in name} <= defined


def told(system: Watched, evaluation: str) -> Timeline:
    """Its spans as its events tell them."""
    status, body = system.call("GET", f"/v1/evaluations/{evaluation}/timeline")
    assert status == 200, body
    return msgspec.json.decode(body, type=Timeline)


def recorded(system: Watched, evaluation: str, name: str, attempt: int) -> Received:
    """The span of that name; below the attempt where attempts have their own."""
    spans = system.sink.trace(str(system.view(evaluation)["trace_id"]))
    by_id = {span.span_id: span for span in spans}

    def attempt_of(span: Received | None) -> Any:
        while span is not None:
            if span.name == "run attempt":
                return span.attributes["cloche.attempt"]
            span = by_id.get(span.parent_id)
        return 0

    found = [s for s in spans if s.name == name and attempt_of(s) in {attempt, 0}]
    assert found, f"{name} is not among {sorted({s.name for s in spans})}"
    return found[0]


@pytest.mark.parametrize("which", ["fine", "failing", "slow", "retried"])
def test_events_and_spans_tell_the_same(system: Watched, which: str) -> None:
    evaluation = system.evaluations[which]
    line = told(system, evaluation)
    assert line.trace_id == system.view(evaluation)["trace_id"]
    compared = 0
    for span in line.spans:
        if span.name not in SHARED:
            continue
        seen = recorded(system, evaluation, span.name, span.attempt)
        assert span.seconds is not None
        compared += 1
        both = span.attributes.keys() & seen.attributes.keys()
        assert {key: span.attributes[key] for key in both} == {
            key: seen.attributes[key] for key in both
        }
        assert both >= ATTRIBUTES.get(span.name, set()), span
        assert seen.kind == span.kind, span.name
        if span.name == "run attempt":
            ended = span.started_at.timestamp() + span.seconds
            assert seen.begun - CLOCKS < span.started_at.timestamp() < ended < seen.ended + CLOCKS
            continue
        assert abs(span.seconds - seen.seconds) < TOLERANCE, (span, seen)
        assert abs(span.started_at.timestamp() - seen.begun) < TOLERANCE, (span, seen)
    assert compared >= len(SHARED)


def test_one_evaluation_is_one_trace_from_its_request_to_its_feed(system: Watched) -> None:
    evaluation = system.evaluations["fine"]
    spans = system.sink.trace(str(system.view(evaluation)["trace_id"]))
    names = {(span.service.removeprefix("cloche-"), span.name) for span in spans}
    assert {
        ("gateway", "POST /v1/evaluations"),
        ("gateway", "append queued.v1"),
        ("executor", "run attempt"),
        ("executor", "dequeue"),
        ("executor", "append started.v1"),
        ("executor", "prepare"),
        ("executor", "start sandbox"),
        ("executor", "run program"),
        ("executor", "collect output"),
        ("executor", "append output-chunk.v1"),
        ("executor", "append completed.v1"),
        ("storage", "archive output"),
        ("projector", "project"),
        ("gateway", "stream events"),
    } <= names
    ids = {span.span_id for span in spans}
    roots = [span.name for span in spans if span.parent_id not in ids]
    assert roots == ["POST /v1/evaluations"]


def test_an_attempt_that_is_a_retry_links_to_the_one_before(system: Watched) -> None:
    evaluation = system.evaluations["retried"]
    second = recorded(system, evaluation, "run attempt", 2)
    by_id = {span.span_id: span for span in system.sink.spans}
    linked = {(by_id[id_].name, why) for id_, why in second.links if id_ in by_id}
    assert ("append attempt-failed.v1", "retry") in linked
    assert second.trace_id == recorded(system, evaluation, "run attempt", 1).trace_id


def test_logs_are_json_with_ids_and_without_secrets_or_programs(system: Watched) -> None:
    secrets = system.secrets
    hidden = [*MARKS, *(getattr(secrets, name) for name in secrets.__struct_fields__)]
    for service in SERVICES:
        text = system.log(service)
        for secret in hidden:
            assert secret not in text, f"{service} logs {secret[:6]}…"
        for line in text.splitlines():
            record = json.loads(line)
            assert {"event", "level", "logger", "timestamp", "service"} <= record.keys()
            assert record["service"] == service
    ended = [
        record
        for line in system.log("executor").splitlines()
        if (record := json.loads(line))["event"] == "attempt_ended"
        and record["evaluation"] == system.evaluations["retried"]
    ]
    assert [record["attempt"] for record in ended] == [1, 2]
    trace_id = system.view(system.evaluations["retried"])["trace_id"]
    for record in ended:
        assert (record["tenant"], record["trace_id"]) == ("main", trace_id)


def test_alerts_say_where_to_look(system: Watched) -> None:
    loaded = {rule["alert"] for rule in alerts()}
    found = system.prometheus.query('count by (alertname) (ALERTS{alertstate="pending"})')
    assert {one["metric"]["alertname"] for one in found} <= loaded


def steps() -> list[str]:
    """The commands of the guide's "one evaluation was slow: why?", but for those of Compose."""
    text = GUIDE.read_text()
    section = text[text.index("## One evaluation was slow") : text.index("## Traces")]
    blocks = re.findall(r"^( *)```\n(.*?)^ *```$", section, re.MULTILINE | re.DOTALL)
    plain = [re.sub(f"^{indent}", "", block, flags=re.MULTILINE) for indent, block in blocks]
    return [block for block in plain if "docker compose" not in block]


# Half a dozen commands, each a process: seconds, and what they show changes seldom.
@pytest.mark.full
def test_every_step_of_the_guide_tells_something(system: Watched, tmp_path: Path) -> None:
    if missing := [name for name in ("bash", "curl", "jq") if shutil.which(name) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    (tmp_path / ".cloche").symlink_to(system.system.folder)
    first, *others = steps()
    assert len(others) == 6
    mark = "-- next --"
    known = first.replace("ID=…", f"ID={system.evaluations['slow']}")
    script = "\n".join([known, *(f"{step}\necho '{mark}'" for step in others)])
    ours = ("CLOCHE_URL", "CLOCHE_API_KEY")
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name not in ours},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    told = done.stdout.split(mark)[:-1]
    assert len(told) == len(others)
    assert all(one.strip() for one in told), done.stdout
    assert "run program" in told[1]
