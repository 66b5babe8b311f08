"""Every expression of PromQL that is shipped: of panels, alerts and recorded rules, as they lie in the repository."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct
from support.prometheus import RULES

DASHBOARDS = Path(__file__).parents[2] / "observability" / "grafana" / "dashboards"
#: A metric with its labels, if it has some.
SELECTOR = re.compile(r"\b((?:cloche|process)_[a-z0-9_:]+|up(?=[{ )]))(\{[^{}]*\})?")


class Expression(Struct, frozen=True):
    """`where`: the panel or rule that it is of."""

    where: str
    text: str

    @property
    def runnable(self) -> str:
        """As Grafana would send it."""
        return self.text.replace("$__rate_interval", "1m")

    @property
    def selectors(self) -> set[str]:
        """The metrics that it reads, with their labels."""
        return {match[0] for match in SELECTOR.finditer(self.text)}

    @property
    def metrics(self) -> set[str]:
        return {match[1] for match in SELECTOR.finditer(self.text)}


# Read once in a process, and by everybody who asks: nobody changes what it gets.
@cache
def boards() -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json")))


def panels() -> Iterator[Expression]:
    """Of every target of every panel that asks Prometheus."""
    for board in boards():
        for panel in board["panels"]:
            for target in panel.get("targets", []):
                if "expr" in target:
                    where = f"{board['uid']} / {panel['title']} / {target['refId']}"
                    yield Expression(where, target["expr"])


@cache
def rules() -> tuple[dict[str, Any], ...]:
    return tuple(
        rule
        for path in RULES
        for group in yaml.safe_load(path.read_text())["groups"]
        for rule in group["rules"]
    )


def alerts() -> list[dict[str, Any]]:
    return [rule for rule in rules() if "alert" in rule]


def rule_expressions() -> Iterator[Expression]:
    for rule in rules():
        yield Expression(str(rule.get("alert") or rule["record"]), str(rule["expr"]))
