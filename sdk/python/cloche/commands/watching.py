"""What `cloche run` does while the program runs: output as it comes, cases as they end, Ctrl-C, and the end."""

from collections.abc import Callable, Iterator
from signal import Signals

from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    CaseCompleted,
    EvaluationQueued,
    OutputChunk,
)
from cloche_schemas.values import Outcome, StreamName
from cloche_schemas.views import EvaluationView

from cloche.client import Client
from cloche.complaints import PLATFORM, TIMED_OUT, complain, note, say
from cloche.errors import ClocheError, Conflict
from cloche.feed import Event

NOT_RUNNABLE = 126
INTERRUPTED = 130
OUT_OF_MEMORY = 137
BY_SIGNAL = 128

Show = Callable[[StreamName, bytes], None]
OnCase = Callable[[CaseCompleted], None]


def watch(
    client: Client, evaluation: str, show: Show, on_case: OnCase, *, cancel: bool = True
) -> EvaluationView | int:
    """Show output and cases until the end: the evaluation, or an exit code if Ctrl-C ended the watching.

    The first Ctrl-C cancels it and the second one leaves; without `cancel` the first one leaves.
    """
    try:
        follow(client.events(evaluation), show, on_case)
    except KeyboardInterrupt:
        if not cancel:
            return _left(evaluation)
        note("cancelling; Ctrl-C again leaves at once")
        try:
            return _cancelled(client, evaluation)
        except KeyboardInterrupt:
            return _left(evaluation)
        except ClocheError as error:
            complain(error)
            return INTERRUPTED
    return _settled(client, evaluation)


def _left(evaluation: str) -> int:
    say(
        f"left it to its end; cloche logs -f {evaluation} shows it again, cloche wait {evaluation} waits"
    )
    return INTERRUPTED


def follow(events: Iterator[Event], show: Show, on_case: OnCase) -> None:
    """Give each chunk and each case of the attempts to `show` and `on_case`.

    A retried attempt begins anew; what an earlier attempt had shown stays on the screen, so it is said.
    """
    shown, before = False, ("", "")
    for event in events:
        match event.event:
            case OutputChunk(stream=stream, data=data):
                shown = True
                show(stream, data)
            case CaseCompleted() as case:
                shown = True
                on_case(case)
            case AttemptFailed(attempt=attempt, reason=reason, detail=detail, domain=domain):
                why = f"({reason}{detail and ': '}{detail})"
                what = "was lost" if domain == "infrastructure" else "failed"
                note(f"attempt {attempt} {what} {'again' if (reason, detail) == before else why}")
                before = (reason, detail)
            case EvaluationQueued(attempt=attempt) if attempt > 1:
                note(f"attempt {attempt} is queued")
            case AttemptStarted(attempt=attempt) if attempt > 1 and shown:
                note(
                    f"attempt {attempt} begins; the output above is of an attempt that does not count"
                )
            case _:
                pass


WORDS: dict[Outcome, tuple[str, int]] = {
    "timed_out": ("it ran out of time and was killed", TIMED_OUT),
    "out_of_memory": ("it ran out of memory and was killed", OUT_OF_MEMORY),
    "cancelled": ("it was cancelled", INTERRUPTED),
    "compile_failed": ("it does not compile", NOT_RUNNABLE),
}


#: By the reason with which the last attempt failed.
HINTS = {
    "image_missing": "cloche images build makes images, on the machine of the executor; cloche doctor says what it has",
    "engine_refused": "cloche status shows which sandboxes there are; cloche doctor says how to have a stronger one",
}


def exit_code(view: EvaluationView) -> int:
    """The program's, or the shell's way to say why it has none."""
    if view.status == "dead_lettered":
        say(f"Cloche could not run it: {view.detail or 'every attempt failed'}")
        if hint := HINTS.get(view.detail.partition(":")[0]):
            say(hint)
        return PLATFORM
    if view.outcome in WORDS:
        words, code = WORDS[view.outcome]
        say("it ran out of CPU time and was killed" if view.limit == "cpu_seconds" else words)
        return code
    if view.outcome == "failed" and view.reached:
        say(f"it ran into its limit of {', '.join(view.reached)}")
    if view.signal is not None:
        say(f"it was ended by {signal_name(view.signal)}")
        return BY_SIGNAL + view.signal
    return PLATFORM if view.exit_code is None else view.exit_code


def signal_name(number: int) -> str:
    """As people know it: ``SIGSEGV``."""
    try:
        return Signals(number).name
    except ValueError:
        return f"signal {number}"


def _cancelled(client: Client, evaluation: str) -> EvaluationView:
    try:
        client.cancel(evaluation, reason="interrupted by the user")
    except Conflict:
        say("it was over already")
    # Output from here on is not shown twice: only the end is waited for.
    return client.wait(evaluation)


def _settled(client: Client, evaluation: str) -> EvaluationView:
    view = client.wait(evaluation)
    dropped = view.stdout.dropped_bytes + view.stderr.dropped_bytes
    if dropped:
        say(f"{dropped} bytes of output were over the limit and not recorded")
    return view
