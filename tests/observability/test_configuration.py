"""What watches Cloche fits together, as far as that can be seen without running it."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml
from cloche.command_table import GROUPS
from cloche_observability import inventory
from cloche_observability.dashboards import BOARDS
from cloche_observability.registry import Metric
from cloche_observability.slos import SLOS
from support.expressions import DASHBOARDS, alerts, boards, panels, rule_expressions
from support.prometheus import FOLDER

ROOT = Path(__file__).parents[2]
OBSERVABILITY = ROOT / "observability"
RUNBOOKS = ROOT / "docs" / "runbooks"
SECTIONS = ("## What it means", "## What to look at", "## What to do")
LOCAL = {"status", "logs", "images", "archive"}


def read(path: str) -> dict[str, Any]:
    told: dict[str, Any] = yaml.safe_load((OBSERVABILITY / path).read_text())
    return told


def test_every_alert_has_a_runbook_and_every_runbook_an_alert() -> None:
    named = {rule["alert"] for rule in alerts()}
    assert named == {path.stem for path in RUNBOOKS.glob("*.md")}
    for rule in alerts():
        assert rule["annotations"]["runbook"] == f"docs/runbooks/{rule['alert']}.md"
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in {"page", "ticket"}


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_a_runbook_says_what_it_means_what_to_look_at_and_what_to_do(path: Path) -> None:
    text = path.read_text()
    assert text.startswith(f"# {path.stem}\n")
    places = [text.index(section) for section in SECTIONS]
    assert places == sorted(places)
    assert "`" in text[places[1] : places[2]] or "Cloche" in text[places[1] : places[2]]
    known = {rule["alert"] for rule in alerts()}
    for named in re.findall(r"\bCloche[A-Z][A-Za-z]+", text):
        assert named in known, f"{named} is no alert"
    for document in re.findall(r"docs/[a-z-]+\.md", text):
        assert (ROOT / document).exists(), document
    titles = {panel["title"] for board in boards() for panel in board["panels"]}
    for title in re.findall(r"[Pp]anels? \*([^*]+)\*", text):
        assert title in titles, f"there is no panel {title}"


def test_runbooks_name_commands_that_there_are() -> None:
    families = {
        name: set(members) for _, family in GROUPS.values() for name, (_, members) in family.items()
    }
    commands = {name for table, _ in GROUPS.values() for name in table}
    for path in RUNBOOKS.glob("*.md"):
        for command in re.findall(r"`cloche ([a-z]+)(?: ([a-z]+))?", path.read_text()):
            name, member = command
            if name in families:
                assert member in families[name], f"{path.stem}: cloche {name} {member}"
            else:
                assert name in commands | LOCAL, f"{path.stem}: cloche {name}"


def test_dashboards_are_unique_and_know_their_sources() -> None:
    sources = {
        one["uid"]: one["type"]
        for one in read("grafana/provisioning/datasources/cloche.yaml")["datasources"]
    }
    uids = [board["uid"] for board in boards()]
    assert len(set(uids)) == len(uids) == len(BOARDS) == 6
    for board in boards():
        ids = [panel["id"] for panel in board["panels"] if panel["type"] != "row"]
        assert len(set(ids)) == len(ids)
        for panel in board["panels"]:
            if panel["type"] == "row":
                continue
            source = panel["datasource"]
            assert sources[source["uid"]] == source["type"]
            assert panel["targets"], panel["title"]
            assert panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24


def test_the_provider_shows_what_is_committed() -> None:
    [provider] = read("grafana/provisioning/dashboards/cloche.yaml")["providers"]
    assert provider["options"]["path"] == "/etc/grafana/dashboards"
    assert {path.stem for path in DASHBOARDS.glob("*.json")} == {board.slug for board in BOARDS}


def test_panels_lead_to_traces_in_a_store_that_there_is() -> None:
    found = 0
    for board in boards():
        for panel in board["panels"]:
            for link in panel.get("links", []):
                left = parse_qs(urlsplit(link["url"]).query)["left"][0]
                told = json.loads(unquote(left).replace("${__from}", "0").replace("${__to}", "0"))
                assert told["datasource"] == "cloche-tempo"
                assert told["queries"][0]["query"].startswith("{")
                found += 1
    assert found >= 20
    leading = {
        board["uid"] for board in boards() for panel in board["panels"] if panel.get("links")
    }
    assert leading == {board.uid for board in BOARDS}


def test_every_part_of_the_collector_that_is_named_is_defined_and_used() -> None:
    config = read("otel-collector/config.yaml")
    used: dict[str, set[str]] = {"receivers": set(), "processors": set(), "exporters": set()}
    for pipeline in config["service"]["pipelines"].values():
        for kind, names in used.items():
            names |= set(pipeline[kind])
    for kind, names in used.items():
        assert names == set(config[kind])
    assert config["service"]["pipelines"]["traces"]["processors"][0] == "memory_limiter"
    policies = {one["type"]: one for one in config["processors"]["tail_sampling"]["policies"]}
    assert policies["status_code"]["status_code"]["status_codes"] == ["ERROR"]
    assert policies["latency"]["latency"]["threshold_ms"] == 5000
    for policy in policies.values():
        assert set(policy) == {"name", "type", policy["type"]}


def test_ports_and_names_fit_together() -> None:
    tempo = read("tempo/tempo.yaml")
    endpoint = tempo["distributor"]["receivers"]["otlp"]["protocols"]["grpc"]["endpoint"]
    exported = read("otel-collector/config.yaml")["exporters"]["otlp/tempo"]["endpoint"]
    assert endpoint.rpartition(":")[2] == exported.rpartition(":")[2]
    sources = read("grafana/provisioning/datasources/cloche.yaml")["datasources"]
    [source] = [one for one in sources if one["type"] == "tempo"]
    assert source["url"] == f"http://tempo:{tempo['server']['http_listen_port']}"
    jobs = {job["job_name"] for job in read("prometheus/prometheus.yml")["scrape_configs"]}
    assert {f"cloche-{name}" for name in ("gateway", "executor", "storage", "projector")} <= jobs


def test_alertmanager_routes_to_receivers_that_there_are() -> None:
    config = read("alertmanager/alertmanager.yml")
    receivers = {one["name"] for one in config["receivers"]}
    routes = [config["route"], *config["route"]["routes"]]
    assert {route["receiver"] for route in routes} == receivers
    named = {rule["alert"] for rule in alerts()}
    for rule in config["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            if (found := re.fullmatch(r'alertname=~"(.*)"', matcher)) is not None:
                assert any(re.fullmatch(found[1], name) for name in named)


def test_rules_are_where_prometheus_looks() -> None:
    [pattern] = read("prometheus/prometheus.yml")["rule_files"]
    assert {path.name for path in FOLDER.glob(pattern)} == {"cloche.yml", "slo.yml"}


def test_objectives_stand_in_the_guide_with_their_alerts() -> None:
    guide = (ROOT / "docs" / "observability.md").read_text()
    for slo in SLOS:
        assert f"| {slo.name} | {slo.objective * 100:g} % " in guide
        assert f"runbooks/{slo.alert}.md" in guide


def test_what_expressions_read_has_a_name_of_ours() -> None:
    for expression in (*panels(), *rule_expressions()):
        assert expression.metrics or "vector(" in expression.text, expression


def test_the_inventory_complains_of_labels_without_a_bound() -> None:
    metric = Metric("cloche_x_total", "counter", ("tenant",), "about")
    slow = Metric("cloche_x", "histogram", (), "about")
    wrong = inventory.complaints({"gateway": [metric, slow]})
    assert any("label tenant has no bound" in sentence for sentence in wrong)
    assert any("has no unit" in sentence for sentence in wrong)
    assert "| `cloche_x_total` | counter | `tenant` |" in inventory.table({"gateway": [metric]})
    with pytest.raises(ValueError, match="lacks the marks"):
        inventory.within("nothing", "made")
