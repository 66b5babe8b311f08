"""Look for known vulnerabilities in every locked requirement, and fail where the looking itself did not work.

    python -m cloche_deploy.audit requirements/*.txt

pip-audit skips what it cannot find, and then says that there are no known vulnerabilities. Here what was skipped is a
failure.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def findings(report: dict[str, Any]) -> Iterator[str]:
    """A sentence for each package that is vulnerable, or about which nothing could be found out."""
    dependencies = report.get("dependencies", [])
    if not dependencies:
        yield "nothing was audited"
    for dependency in dependencies:
        if "skip_reason" in dependency:
            yield f"{dependency['name']} was not audited: {dependency['skip_reason']}"
        for found in dependency.get("vulns", []):
            mended = ", ".join(found.get("fix_versions", [])) or "no version"
            yield f"{dependency['name']} {dependency['version']}: {found['id']}, mended in {mended}"


def audited(requirements: Path) -> Iterator[str]:
    """What pip-audit finds in one file."""
    command = (
        *("pip-audit", "--requirement", str(requirements), "--require-hashes", "--disable-pip"),
        *("--format", "json", "--progress-spinner", "off"),
    )
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        yield f"{requirements}: pip-audit failed: {done.stderr.strip()}"
        return
    for sentence in findings(report):
        yield f"{requirements}: {sentence}"


def main(files: Iterable[str]) -> int:
    wrong = [sentence for name in files for sentence in audited(Path(name))]
    for sentence in wrong:
        sys.stderr.write(sentence + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
