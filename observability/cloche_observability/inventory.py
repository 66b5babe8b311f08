"""The table of all metrics in docs/observability.md, made from the metrics that the code defines."""

from collections.abc import Mapping

from cloche_observability.labels import LABELS
from cloche_observability.registry import Metric

BEGIN = "<!-- metrics: made by python -m cloche_observability -->"
END = "<!-- /metrics -->"


def table(services: Mapping[str, list[Metric]]) -> str:
    """Every metric with its labels and who exports it, then every label with its bound."""
    exported: dict[Metric, list[str]] = {}
    for service, metrics in services.items():
        for metric in metrics:
            exported.setdefault(metric, []).append(service)
    lines = ["| metric | kind | labels | exported by | what it says |", "|---|---|---|---|---|"]
    for metric in sorted(exported):
        labels = ", ".join(f"`{label}`" for label in metric.labels) or "-"
        who = "all" if len(exported[metric]) == len(services) else ", ".join(exported[metric])
        lines.append(f"| `{metric.name}` | {metric.kind} | {labels} | {who} | {metric.about} |")
    used = {label for metric in exported for label in metric.labels}
    lines += ["", "| label | values |", "|---|---|"]
    lines += [f"| `{label}` | {LABELS.get(label, '?')} |" for label in sorted(used)]
    return "\n".join(lines)


def complaints(services: Mapping[str, list[Metric]]) -> list[str]:
    """Labels without a bound, bounds without a label, and names that do not end as their kind should."""
    used: dict[str, str] = {}
    wrong = []
    for metrics in services.values():
        for metric in metrics:
            used |= dict.fromkeys(metric.labels, metric.name)
            if metric.kind == "histogram" and not metric.name.endswith("_seconds"):
                wrong.append(f"{metric.name}: a histogram of what? Its name has no unit")
    wrong += [
        f"{used[label]}: label {label} has no bound in labels.py" for label in used.keys() - LABELS
    ]
    wrong += [f"labels.py: nothing has the label {label}" for label in LABELS.keys() - used]
    return sorted(set(wrong))


def within(text: str, made: str) -> str:
    """`text` with what was made between the marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the document lacks the marks {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{made}\n{END}{after}"
