"""``python -m cloche_observability.registry SERVICE``: the metrics that a service defines, as JSON.

A process for each service: in one that has imported two of them nobody can tell whose a metric is.
"""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct, convert
from prometheus_client import REGISTRY

SERVICES = ("gateway", "executor", "storage", "projector")
PREFIX = "cloche_"
FOLDER = Path(__file__).parents[1]


class Metric(Struct, frozen=True, order=True):
    """`name` as it is scraped, for histograms without _bucket, _sum and _count."""

    name: str
    kind: str
    labels: tuple[str, ...]
    about: str


def defined() -> list[Metric]:
    """What this process has defined so far."""
    found = set()
    for collector in set(REGISTRY._names_to_collectors.values()):  # noqa: SLF001 - it has no other list
        name = getattr(collector, "_name", "")
        if not name.startswith(PREFIX):
            continue
        kind = str(getattr(collector, "_type", "unknown"))
        labels = tuple(getattr(collector, "_labelnames", ()))
        about = str(getattr(collector, "_documentation", ""))
        found.add(Metric(f"{name}_total" if kind == "counter" else name, kind, labels, about))
    return sorted(found)


def metrics_by_service(services: Iterable[str] = SERVICES) -> dict[str, list[Metric]]:
    """Every metric of every service, each asked in a process of its own, all at once."""
    path = os.pathsep.join([str(FOLDER), *filter(None, [os.environ.get("PYTHONPATH")])])
    running = {
        service: subprocess.Popen(
            [sys.executable, "-m", "cloche_observability.registry", service],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        for service in services
    }
    return {service: _answer(service, process) for service, process in running.items()}


def _answer(service: str, process: "subprocess.Popen[bytes]") -> list[Metric]:
    said, _ = process.communicate(timeout=120)
    if process.returncode != 0:
        raise RuntimeError(f"the metrics of {service} are not known")
    return convert(json.loads(said), list[Metric])


def main() -> None:
    importlib.import_module(f"cloche_{sys.argv[1]}.app")
    fields = ("name", "kind", "labels", "about")
    rows = [{field: getattr(one, field) for field in fields} for one in defined()]
    sys.stdout.write(json.dumps(rows))


if __name__ == "__main__":
    main()
