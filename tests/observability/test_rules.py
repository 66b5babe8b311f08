"""Every alert, firing and not firing, as promtool sees it. Annotations are those of the rules."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.alert_cases import CASES, Case
from support.expressions import alerts, rule_expressions
from support.prometheus import FOLDER, RULES, promtool


def annotations(rule: dict[str, Any], labels: dict[str, str]) -> dict[str, str]:
    """As Prometheus writes them for an alert with these labels."""
    return {
        name: re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: labels.get(found[1], ""), text)
        for name, text in rule["annotations"].items()
    }


def expected(case: Case) -> list[dict[str, Any]]:
    made = []
    for rule in alerts():
        severity = rule["labels"]["severity"]
        if rule["alert"] == case.alert and severity in case.severities:
            for labels in case.labels:
                told = {**labels, "severity": severity}
                made.append({"exp_labels": told, "exp_annotations": annotations(rule, told)})
    return made


def told_of(*cases: Case) -> dict[str, Any]:
    """One run of time with the series of all of these."""
    series = [(name, values) for case in cases for name, values in case.series.items()]
    times = [(case, at, alerts) for case in cases for at, alerts in _expectations(case)]
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series],
        "alert_rule_test": [
            {"eval_time": at, "alertname": case.alert, "exp_alerts": alerts}
            for case, at, alerts in times
        ],
    }


def _expectations(case: Case) -> list[tuple[str, list[dict[str, Any]]]]:
    return [(case.quiet, []), (case.firing, expected(case))]


def together(cases: Iterable[Case]) -> list[list[Case]]:
    """Cases that do not meet: no alert reads what another's series are. promtool makes a database for each run."""
    runs: list[tuple[set[str], list[Case]]] = []
    for case in cases:
        metrics = {series.partition("{")[0] for series in case.series}
        for rule in rule_expressions():
            if rule.where == case.alert:
                # What is recorded has a label that says of which objective it is.
                metrics |= {name for name in rule.metrics if ":" not in name}
        place = next((one for one in runs if not one[0] & metrics), None)
        if place is None:
            runs.append(place := (set(), []))
        place[0].update(metrics)
        place[1].append(case)
    return [run for _, run in runs]


def run(folder: Path, rules: str, tests: list[dict[str, Any]], every: str = "1m") -> str:
    """What promtool complains of, with one file of rules evaluated `every` so often; empty if all is well."""
    file = folder / "tests.yml"
    document = {
        "rule_files": [str(FOLDER / "rules" / rules)],
        "evaluation_interval": every,
        "tests": tests,
    }
    file.write_text(yaml.safe_dump(document))
    done = promtool("test", "rules", file)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_rules_and_configuration_are_well_formed() -> None:
    rules = promtool("check", "rules", *RULES)
    assert rules.returncode == 0, rules.stdout + rules.stderr
    config = promtool("check", "config", FOLDER / "prometheus.yml")
    assert config.returncode == 0, config.stdout + config.stderr


@pytest.mark.parametrize(("rules", "every"), [("cloche.yml", "1m"), ("slo.yml", "5m")])
def test_every_alert_fires_when_it_should_and_not_before(
    rules: str, every: str, tmp_path: Path
) -> None:
    text = (FOLDER / "rules" / rules).read_text()
    cases = [case for case in CASES if f"alert: {case.alert}\n" in text]
    complaint = run(tmp_path, rules, [told_of(*some) for some in together(cases)], every)
    assert len(cases) >= 6
    assert not complaint, complaint


def test_every_alert_is_tried_in_each_severity() -> None:
    tried = {(case.alert, severity) for case in CASES for severity in case.severities}
    assert tried == {(rule["alert"], rule["labels"]["severity"]) for rule in alerts()}


def test_a_case_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    wrong = told_of(CASES[0])
    wrong["alert_rule_test"][1]["exp_alerts"] = []
    assert "FAILED" in run(tmp_path, "cloche.yml", [wrong])
