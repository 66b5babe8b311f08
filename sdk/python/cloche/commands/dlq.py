"""`cloche dlq ls`, `show`, `requeue` and `purge`: what was given up."""

import sys
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec
from cloche_schemas.dead_letters import DeadLetter, SelectDeadLetters
from cyclopts import Parameter

from cloche.commands.connecting import connect
from cloche.commands.quantities import BadWord, seconds
from cloche.complaints import USAGE, printable, say
from cloche.terminal import json_of

Kind = Literal["evaluation", "message"]


def ls(
    *,
    kind: Kind | None = None,
    reason: str | None = None,
    handler: str | None = None,
    since: str | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """List dead letters, oldest first.

    Parameters
    ----------
    kind:
        evaluation: given up after its last attempt; message: a service could not digest it.
    reason:
        Only with this reason.
    handler:
        Only those that it gave up.
    since:
        Only of the last 90s, 12h or 30d.
    json:
        One JSON object a line.
    """
    try:
        moment = _moment(since)
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    with connect() as client:
        for letter in client.dead_letters.each(
            kind=kind, reason=reason, handler=handler, since=moment
        ):
            sys.stdout.write((json_of(letter) if json else line_of(letter)) + "\n")
    return 0


def show(letter: str, /) -> int:
    """Show a dead letter with its payload, as one JSON object.

    Parameters
    ----------
    letter:
        Its id.
    """
    with connect() as client:
        found = client.dead_letters.get(letter)
    sys.stdout.write(json_of(found) + "\n")
    return 0


def requeue(
    letter: str | None = None,
    /,
    *,
    all: Annotated[bool, Parameter(negative="")] = False,  # noqa: A002 - the option's name
    kind: Kind | None = None,
    reason: str | None = None,
    handler: str | None = None,
    since: str | None = None,
) -> int:
    """Run dead letters again, each as a new evaluation whose id is written.

    Parameters
    ----------
    letter:
        One, by its id; or --all, or a filter.
    all:
        Every one.
    kind:
        evaluation or message.
    reason:
        Those with this reason.
    handler:
        Those that it gave up.
    since:
        Those of the last 90s, 12h or 30d.
    """
    if (select := _selected(letter, all, kind, reason, handler, since)) is None:
        return USAGE
    with connect() as client:
        if isinstance(select, str):
            sys.stdout.write(client.dead_letters.requeue(select).evaluation + "\n")
            return 0
        stayed = 0
        while True:
            report = client.dead_letters.requeue_all(select)
            for one in report.items:
                sys.stdout.write(one.evaluation + "\n")
            for refused in report.refused:
                say(f"{refused.letter} stays: {refused.detail}")
            stayed += len(report.refused)
            if report.next_cursor is None:
                return 1 if stayed else 0
            select = msgspec.structs.replace(select, cursor=report.next_cursor)


def purge(
    letter: str | None = None,
    /,
    *,
    all: Annotated[bool, Parameter(negative="")] = False,  # noqa: A002 - the option's name
    kind: Kind | None = None,
    reason: str | None = None,
    handler: str | None = None,
    since: str | None = None,
) -> int:
    """Throw dead letters away for good.

    Parameters
    ----------
    letter:
        One, by its id; or --all, or a filter.
    all:
        Every one.
    kind:
        evaluation or message.
    reason:
        Those with this reason.
    handler:
        Those that it gave up.
    since:
        Those of the last 90s, 12h or 30d.
    """
    if (select := _selected(letter, all, kind, reason, handler, since)) is None:
        return USAGE
    purged = 0
    with connect() as client:
        if isinstance(select, str):
            client.dead_letters.delete(select)
            purged = 1
        else:
            while True:
                report = client.dead_letters.purge(select)
                purged += report.purged
                if report.next_cursor is None:
                    break
                select = msgspec.structs.replace(select, cursor=report.next_cursor)
    sys.stderr.write(f"{purged} purged\n")
    return 0


def _selected(letter: str | None, all_: bool, *words: str | None) -> str | SelectDeadLetters | None:
    """One letter, or those that fit. None, and said why, where the words name neither or both."""
    if (letter is not None) + (all_ or any(word is not None for word in words)) != 1:
        say("cloche: name one dead letter, or --all, or a filter")
        return None
    if letter is not None:
        return letter
    names = ("kind", "reason", "handler")
    asked: dict[str, Any] = dict(zip(names, words[:3], strict=True))
    try:
        return SelectDeadLetters(**asked, since=_moment(words[3]), limit=200)
    except BadWord as error:
        say(f"cloche: {error}")
        return None


def _moment(ago: str | None) -> datetime | None:
    return None if ago is None else datetime.now(UTC) - timedelta(seconds=seconds(ago))


def line_of(letter: DeadLetter) -> str:
    """One dead letter on a line."""
    when = "" if letter.parked_at is None else f"{letter.parked_at:%Y-%m-%d %H:%M:%S}"
    about = letter.evaluation or "-"
    words = f"{letter.id:<32} {when}  {about:<36}  {letter.handler:<10} {letter.reason}"
    said = f": {letter.detail}" if letter.detail else ""
    return printable(words + said)
