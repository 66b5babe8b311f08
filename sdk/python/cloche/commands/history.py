"""`cloche events`: what happened to one evaluation, or to all of them, from any place on."""

import sys
from typing import Annotated, cast

from cloche_schemas.batches import BatchProgress
from cloche_schemas.codec import Unknown
from cloche_schemas.events import (
    AttemptFailed,
    AttemptStarted,
    CaseCompleted,
    EvaluationCompleted,
    EvaluationDeadLettered,
    EvaluationQueued,
    EventName,
    OutputChunk,
    name_of,
)
from cloche_schemas.values import Outcome
from cyclopts import Parameter
from msgspec.structs import asdict

from cloche.commands.batch_results import progress_of
from cloche.commands.connecting import connect
from cloche.commands.quantities import BadWord, place
from cloche.complaints import USAGE, note, printable, say
from cloche.feed import Event
from cloche.history import Wanted
from cloche.terminal import json_of


def events(  # noqa: PLR0913 - one for each option
    evaluation: str | None = None,
    /,
    *,
    after: str | None = None,
    from_: Annotated[str | None, Parameter(name="--from")] = None,
    until: str | None = None,
    follow: Annotated[bool, Parameter(negative="")] = False,
    type_: Annotated[list[EventName] | None, Parameter(name="--type", negative="")] = None,
    label: Annotated[list[str] | None, Parameter(negative="")] = None,
    outcome: Annotated[list[Outcome] | None, Parameter(negative="")] = None,
    language: Annotated[list[str] | None, Parameter(negative="")] = None,
    batch: str | None = None,
    output: bool = True,
    tenant: str | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Show events in the order in which they happened: of one evaluation until it is over, or of all.

    With an id and nothing else the events of that evaluation, as they come. Else the history, from the archive and the
    log, as far as it goes, or on and on with --follow. A line for each on a terminal; one JSON object a line elsewhere.

    Parameters
    ----------
    evaluation:
        Only of this one, by its id.
    after:
        A cursor: only what came after it.
    from_:
        Where to begin: beginning, a cursor, a sequence, a time, or 12h for that long ago.
    until:
        Where to end, in the same words.
    follow:
        Go on with what comes.
    type_:
        Only these types, such as completed; may be given again.
    label:
        Only of evaluations with this label, key=value or key; may be given again, and all must fit.
    outcome:
        Only completed events with this outcome; may be given again.
    language:
        Only of evaluations in this language; may be given again.
    batch:
        Only of this batch, by its id; alone, as they come until all of it is over, and how far it is on stderr.
    output:
        Also the chunks of output.
    tenant:
        Of another tenant; for administrators.
    json:
        One JSON object a line on a terminal, too.
    """
    try:
        given = {
            "from_": from_ and place(from_),
            "until": until and place(until),
            "follow": follow,
            "types": type_,
            "labels": label,
            "outcomes": outcome,
            "languages": language,
            "batch": batch,
            "tenant": tenant,
        }
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    wanted = cast("Wanted", {name: value for name, value in given.items() if value})
    if not output:
        wanted["output"] = False
    shown = line_of if sys.stdout.isatty() and not json else _json_of
    with connect() as client:
        if batch is not None and evaluation is None and set(wanted) == {"batch"}:
            found = client.batches.events(batch, after=after, progress=_progress)
        else:
            found = client.events(evaluation, after=after, **wanted)
        for event in found:
            sys.stdout.write(shown(event) + "\n")
            sys.stdout.flush()
    return 0


def _progress(seen: BatchProgress) -> None:
    note(progress_of(seen))


def line_of(event: Event) -> str:
    """One event on a line."""
    envelope = event.envelope
    when = envelope.time.strftime("%Y-%m-%d %H:%M:%S")
    words = f"{when}  {name_of(envelope.type):<16}  {envelope.subject}  {_detail_of(event)}"
    return printable(words.rstrip())


def _detail_of(of: Event) -> str:  # noqa: PLR0911 - one for each type
    match of.event:
        case EvaluationCompleted(outcome=outcome, exit_code=code):
            return outcome if code is None else f"{outcome}, exit code {code}"
        case CaseCompleted(index=index, outcome=outcome):
            return f"case {index}: {outcome}"
        case OutputChunk(stream=stream, data=data):
            return f"{stream}, {len(data)} bytes"
        case AttemptStarted(attempt=attempt, executor=executor, engine=engine):
            return f"attempt {attempt} on {executor} ({engine})"
        case AttemptFailed(attempt=attempt, reason=reason):
            return f"attempt {attempt}: {reason}"
        case EvaluationQueued(attempt=attempt):
            return f"attempt {attempt}"
        case EvaluationDeadLettered(reason=reason):
            return reason
        case Unknown():
            return "newer than this command"
        case _:
            return ""


def _json_of(event: Event) -> str:
    return json_of({"cursor": event.cursor, **asdict(event.envelope)})
