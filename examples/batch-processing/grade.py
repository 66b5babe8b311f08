"""Grade many programs that somebody else wrote, each in sandboxes of its own, and write a table of what became of them.

`.venv/bin/python examples/batch-processing/grade.py [FOLDER]` beside `cloche up`. Every file of the folder is a
candidate that is to read numbers and write their sum; run the same command again, and nothing is run twice.
"""

import hashlib
import sys
from pathlib import Path

from cloche import CaseBody, Client, LimitsBody, Progress, SubmitEvaluation

CASES = (
    CaseBody(name="two", stdin="1 2\n", expected_stdout="3"),
    CaseBody(name="negative", stdin="-1 1\n", expected_stdout="0"),
    CaseBody(name="none", stdin="\n", expected_stdout="0"),
)
LIMITS = LimitsBody(wall_seconds=5, memory_bytes=128 << 20)


def candidate(path: Path) -> SubmitEvaluation:
    """A program that nobody here has looked at."""
    return SubmitEvaluation(
        code=path.read_text(),
        name=path.name,
        language="auto",
        cases=CASES,
        limits=LIMITS,
        labels={"example": "batch-processing"},
    )


def tell(seen: Progress) -> None:
    print(f"{seen.over} of {seen.size} are over", file=sys.stderr)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("candidates")
    programs = [candidate(path) for path in sorted(folder.iterdir()) if path.is_file()]
    # The same candidates have the same key, so that starting this again goes on with what there is.
    key = hashlib.sha256("".join(one.code for one in programs).encode()).hexdigest()
    print(f"{'candidate':<16} {'outcome':<16} passed")
    with Client.local() as client:
        for view in client.batches.run(
            programs, name="grading", idempotency_key=key, progress=tell
        ):
            passed = f"{view.cases.passed} of {view.cases.total}" if view.cases else "none"
            print(f"{view.name:<16} {view.outcome or view.status:<16} {passed}", flush=True)


if __name__ == "__main__":
    main()
