"""Scores programs that a model wrote: all of them as one batch, each against the test cases of its task.

`.venv/bin/python examples/batch-processing/score.py` beside `cloche up`. What a program does wrong (a wrong answer, an
endless loop, a syntax error) is a result; trouble of the platform is retried and never counted against it.
"""

import json
import sys
from collections import defaultdict
from pathlib import Path

from cloche import (
    BatchView,
    CaseBody,
    Client,
    FileBody,
    LimitsBody,
    SubmitBatch,
    SubmitEvaluation,
)

HERE = Path(__file__).parent
# Reads its arguments as JSON, so that every case is one line of standard input.
RUNNER = "import json, sys\nfrom solution import solve\nprint(json.dumps(solve(*json.load(sys.stdin))))\n"
LIMITS = LimitsBody(wall_seconds=10.0, cpu_seconds=2.0, memory_bytes=64 << 20)


def submission(candidate: dict[str, str], tests: list[dict[str, object]]) -> SubmitEvaluation:
    """One candidate: its code beside the runner, a case for every test."""
    return SubmitEvaluation(
        code=RUNNER,
        language="python",
        files=(FileBody(name="solution.py", content=candidate["code"]),),
        limits=LIMITS,
        cases=tuple(
            CaseBody(
                stdin=json.dumps(test["args"]), expected_stdout=json.dumps(test["result"]) + "\n"
            )
            for test in tests
        ),
        labels={"task": candidate["task"], "sample": str(candidate["sample"])},
    )


def progress(view: BatchView) -> None:
    print(f"{view.over} of {view.size} over", file=sys.stderr)


def main() -> None:
    tasks = json.loads((HERE / "tasks.json").read_text())
    lines = (HERE / "candidates.jsonl").read_text().splitlines()
    candidates = [json.loads(line) for line in lines]
    batch = SubmitBatch(
        name="nine candidates",
        evaluations=tuple(submission(one, tasks[one["task"]]) for one in candidates),
    )
    with Client.local() as client:
        accepted = client.batches.submit(batch)
        client.batches.wait(accepted.id, progress=progress)
        solved: dict[str, list[bool]] = defaultdict(list)
        for view in client.batches.evaluations(accepted.id):
            passed = view.outcome == "succeeded"
            solved[view.labels["task"]].append(passed)
            print(f"{view.labels['task']:12} {view.labels['sample']}  {view.outcome}")
    for task, results in solved.items():
        print(f"{task:12} pass@1 {sum(results) / len(results):.2f}")


if __name__ == "__main__":
    main()
