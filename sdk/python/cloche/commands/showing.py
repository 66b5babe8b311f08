"""What `cloche run` and `cloche rerun` do with an evaluation that is under way: show it, and end as it ends."""

import sys
from pathlib import Path

from cloche_schemas.events import CaseCompleted
from cloche_schemas.values import StreamName
from cloche_schemas.views import EvaluationView
from msgspec import Struct

from cloche.client import Client
from cloche.commands.artifacts import fetch
from cloche.commands.cases import NOT_ALL_PASSED, line_of, summary_of
from cloche.commands.watching import exit_code, watch
from cloche.complaints import note
from cloche.terminal import Unchanged, json_of, writer


class Manner(Struct, frozen=True, kw_only=True):
    """How it is shown. `cases`: a line for each, instead of what they write. `cancel`: at the first Ctrl-C."""

    cases: bool = False
    json: bool = False
    raw: bool = False
    cancel: bool = True
    artifacts: Path | None = None


def show(client: Client, evaluation: str, manner: Manner) -> int:
    """Its output and its cases until its end; the exit code, which is the program's where it has one."""
    out = writer(sys.stdout, raw=manner.raw)
    view = _shown(client, evaluation, manner, out, writer(sys.stderr, raw=manner.raw))
    if isinstance(view, int):
        return view
    code = _cases_code(view) if manner.cases else exit_code(view)
    if manner.artifacts is not None:
        code = fetch(client, evaluation, client.artifacts(evaluation), manner.artifacts) or code
    if manner.json:
        out.write(out.rest_of_line() + json_of(view).encode() + b"\n")
    return code


def _shown(
    client: Client, evaluation: str, manner: Manner, out: Unchanged, err: Unchanged
) -> EvaluationView | int:
    def on_output(stream: StreamName, data: bytes) -> None:
        if stream == "stdout" and not manner.cases:
            out.write(data)
        elif stream == "compiler" or (stream == "stderr" and not manner.cases):
            err.write(data)

    def on_case(case: CaseCompleted) -> None:
        out.write(line_of(case).encode() + b"\n")

    try:
        view = watch(client, evaluation, on_output, on_case, cancel=manner.cancel)
    finally:
        out.finish()
        err.finish()
    if manner.cases and isinstance(view, EvaluationView):
        out.write(summary_of(view).encode() + b"\n")
        if view.cases is not None and view.cases.failed:
            note(f"what they wrote: cloche output {evaluation} [--stream stderr]")
    return view


def _cases_code(view: EvaluationView) -> int:
    """0 only if all passed."""
    if view.outcome in {"cancelled", "compile_failed"} or view.status == "dead_lettered":
        return exit_code(view)
    passed = view.cases is not None and view.cases.passed == view.cases.total
    return 0 if passed else NOT_ALL_PASSED
