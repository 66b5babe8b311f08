"""``python -m cloche_observability``: write what is made from code. ``--check``: exit 1 and say what has drifted."""

import sys
from pathlib import Path

from cloche_observability import inventory, slos
from cloche_observability.dashboards import BOARDS
from cloche_observability.dashboards.board import rendered
from cloche_observability.registry import metrics_by_service

ROOT = Path(__file__).parents[2]
DASHBOARDS = ROOT / "observability" / "grafana" / "dashboards"
RULES = ROOT / "observability" / "prometheus" / "rules" / "slo.yml"
DOCUMENT = ROOT / "docs" / "observability.md"


def made() -> tuple[dict[Path, str], list[str]]:
    """Every file with what should be in it, and what is wrong with the metrics themselves."""
    services = metrics_by_service()
    files = {DASHBOARDS / f"{board.slug}.json": rendered(board) for board in BOARDS}
    files[RULES] = slos.rules()
    files[DOCUMENT] = inventory.within(DOCUMENT.read_text(), inventory.table(services))
    return files, inventory.complaints(services)


def main() -> int:
    files, wrong = made()
    strays = set(DASHBOARDS.glob("*.json")) - set(files)
    if "--check" in sys.argv[1:]:
        wrong += [
            f"{path.relative_to(ROOT)}: not what python -m cloche_observability writes"
            for path, text in files.items()
            if not path.exists() or path.read_text() != text
        ]
        wrong += [f"{path.relative_to(ROOT)}: nothing makes it" for path in strays]
    else:
        for path, text in files.items():
            path.write_text(text)
        for path in strays:
            path.unlink()
    for sentence in wrong:
        sys.stderr.write(sentence + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
