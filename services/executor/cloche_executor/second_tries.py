"""Programs that are run again when they fail: for those that a submission says fail by chance."""

from cloche_schemas.events import AttemptFailed, EvaluationCompleted
from cloche_schemas.values import RetryPolicy

from cloche_executor.attempt import Ending


def second_try(ending: Ending, policy: RetryPolicy, *, max_attempts: int) -> Ending:
    """The same end, or that of an attempt that another one follows.

    The last attempt counts, whatever its verdict: a program's failure is never a dead letter. What is sure to end the
    same way again is not tried again: what does not compile, and what no sandbox could even take.
    """
    if not isinstance(ending, EvaluationCompleted) or not policy.program_failures:
        return ending
    ran = ending.usage is not None and ending.outcome != "compile_failed"
    if ending.outcome in {"succeeded", "cancelled"} or not ran or ending.attempt >= max_attempts:
        return ending
    return AttemptFailed(
        attempt=ending.attempt,
        reason=ending.outcome,
        detail=ending.detail or _how(ending),
        domain=ending.domain or "program",
    )


def _how(ending: EvaluationCompleted) -> str:
    return "" if ending.exit_code is None else f"exit code {ending.exit_code}"
