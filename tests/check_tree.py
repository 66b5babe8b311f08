"""What linters do not see: long files, names that hide a role, services of another shape, hosts of registries.

python tests/check_tree.py    exit 1 and say what is wrong with the files that git knows
"""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

LONG = 300
TOO_LONG = 500
#: Files over `LONG` lines, each with the reason why splitting it would make it worse.
REASONS: dict[str, str] = {
    "schemas/cloche_schemas/events.py": "every event of an evaluation, read side by side",
    "services/gateway/cloche_gateway/problems.py": "every problem that the API answers, in one table",
    "tests/support/alert_cases.py": "every alert, firing and not firing, in one table",
    "servicekit/cloche_kit/objects.py": "the port, its promises, and beside them the store in memory that keeps them",
    "services/executor/cloche_executor/pool.py": "one state: what waits, is asked for and is under way change together",
    "tests/unit/gateway/test_limiter.py": "the promises of one class over one record, its clock and its faults",
    "tests/unit/executor/test_choose.py": "every engine and every reason against it, side by side",
    "tests/unit/executor/test_pool.py": "the promises of one class over one gated engine",
    "tests/integration/executor/test_daemon_trouble.py": "one daemon, and every way in which it fails an executor",
    "tests/unit/support/test_checker.py": "every rule with the histories that break it, side by side",
    "tests/security/programs/system_calls.py": "one program, which runs inside a sandbox as a single file",
}
SOURCE = {".py", ".ts", ".tsx", ".sh", ".sql"}
HIDING_NAMES = {"common", "utils", "util", "helpers", "core", "misc"}
SERVICES = ("gateway", "executor", "storage", "projector")
ANATOMY = ("__init__.py", "__main__.py", "app.py", "settings.py")
REGISTRIES = re.compile(r"\b(files\.pythonhosted|pypi|registry\.npmjs|deb\.debian)\.(org|com)\b")
NEVER_TRACKED = ("uv.lock", ".env")


def findings(root: Path, files: Iterable[str]) -> Iterator[str]:
    """One sentence for each thing wrong with `files` (paths below `root`)."""
    tracked = sorted(files)
    for name in tracked:
        path = Path(name)
        if path.name in NEVER_TRACKED:
            yield f"{name}: must not be in the repository"
        if HIDING_NAMES & {part.removesuffix(".py") for part in path.parts}:
            yield f"{name}: a name that hides its role"
        yield from _content(root, name)
    for service in SERVICES:
        package = f"services/{service}/cloche_{service}"
        for part in ANATOMY:
            if f"{package}/{part}" not in tracked:
                yield f"{package}: lacks {part}, which every service has"
    for name in REASONS.keys() - set(tracked):
        yield f"{name}: has a reason to be long, but is not there"


def _content(root: Path, name: str) -> Iterator[str]:
    try:
        lines = (root / name).read_text().splitlines()
    except (UnicodeDecodeError, FileNotFoundError):
        return
    if Path(name).suffix in SOURCE and "generated" not in Path(name).parts:
        if len(lines) > TOO_LONG:
            yield f"{name}: {len(lines)} lines, more than {TOO_LONG}"
        elif len(lines) > LONG and name not in REASONS:
            yield f"{name}: {len(lines)} lines ask for a reason in tests/check_tree.py"
    if name != "tests/check_tree.py":
        for number, line in enumerate(lines, start=1):
            if REGISTRIES.search(line):
                yield f"{name}:{number}: names the host of a package registry"


def listed(root: Path) -> list[str]:
    """Files that git knows; in an unpacked archive, which has no git, every file outside of hidden folders."""
    command = ["git", "ls-files", "-z"]
    known = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if known.returncode == 0:
        return [name for name in known.stdout.split("\0") if name]
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return [str(path) for path in paths if not path.parts[0].startswith((".", "build"))]


def main() -> int:
    root = Path(__file__).parents[1]
    wrong = list(findings(root, listed(root)))
    for sentence in wrong:
        sys.stderr.write(sentence + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
