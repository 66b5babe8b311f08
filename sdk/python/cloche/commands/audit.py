"""`cloche audit ls`, `export` and `verify`: who did what from where; for administrators."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

from cloche_schemas.audit import AuditEntry, AuditOutcome, AuditReport, Head
from cloche_schemas.audit_chain import verify_lines
from cyclopts import Parameter

from cloche.audit import Entries
from cloche.commands.connecting import connect
from cloche.commands.key_changes import id_of
from cloche.commands.quantities import BadWord, time
from cloche.complaints import USAGE, printable, say
from cloche.terminal import json_of

Flag = Annotated[bool, Parameter(negative="")]
_END = b'{"end":true}'
BROKEN = 1


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which entries.

    Parameters
    ----------
    tenant:
        Only of keys of this tenant.
    key:
        Only of this key, or where it was named: its id, or the key itself.
    action:
        Only this one: "POST /v1/keys/{key}/rotate".
    outcome:
        Only allowed, refused or failed.
    target:
        Only this address, or below it: /v1/keys.
    address:
        Only from this peer.
    request_id:
        Only this request.
    since:
        Then or later: 2026-12-24T18:00, or 12h for so long ago.
    until:
        Before then.
    """

    tenant: str | None = None
    key: str | None = None
    action: str | None = None
    outcome: AuditOutcome | None = None
    target: str | None = None
    address: str | None = None
    request_id: str | None = None
    since: str | None = None
    until: str | None = None

    def entries(self) -> Entries:
        """As the client takes them; `BadWord`."""
        given: dict[str, object] = {name: text for name, text in vars(self).items() if text}
        if self.key:
            given["key"] = id_of(self.key)
        given |= {name: time(str(given[name])) for name in ("since", "until") if name in given}
        return cast("Entries", given)


def ls(
    *,
    wanted: Filter | None = None,
    limit: Annotated[int, Parameter(alias="-n")] = 50,
    everything: Annotated[bool, Parameter(name="--all", negative="")] = False,
    json: Flag = False,
) -> int:
    """List who did what from where, and what became of it, newest first.

    Parameters
    ----------
    limit:
        At most so many.
    everything:
        All that fit, however many.
    json:
        One JSON object a line.
    """
    try:
        entries = (wanted or Filter()).entries()
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    with connect() as client:
        for shown, entry in enumerate(client.audit.each(**entries)):
            if shown >= limit and not everything:
                break
            sys.stdout.write((json_of(entry) if json else _line(entry)) + "\n")
    return 0


def export(*, wanted: Filter | None = None) -> int:
    """Write everything that is there, oldest first, one JSON object a line: redirect it into a file.

    The last line says that it is whole. Without a filter, cloche audit verify FILE verifies it without a server.
    """
    try:
        entries = (wanted or Filter()).entries()
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    out = sys.stdout.buffer
    with connect() as client:
        for line in client.audit.export(**entries):
            out.write(line + b"\n")
    out.write(_END + b"\n")
    out.flush()
    return 0


def verify(
    file: Path | None = None,
    /,
    *,
    head: Annotated[list[str] | None, Parameter(negative="")] = None,
    json: Flag = False,
) -> int:
    """Walk every chain of the audit log, and write the ends of them; exit 1 if anything of it cannot be.

    Keep the heads where nobody who can write the log can write: passed later, they show an end that was cut off.

    Parameters
    ----------
    file:
        What cloche audit export has written, instead of the log; - is stdin.
    head:
        A head of an earlier report, writer-number-digest; may be given several times.
    json:
        The report as one JSON object.
    """
    if file is None:
        with connect() as client:
            report = client.audit.verify(heads=head or ())
        whole = True
    else:
        try:
            kept = [_head(text) for text in head or ()]
        except ValueError as error:
            say(f"cloche: {error}")
            return USAGE
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        lines = data.splitlines()
        whole = bool(lines) and lines[-1].strip() == _END
        report = verify_lines(lines, kept=kept)
    _show(report, json=json)
    if not whole:
        say("the file has no last line that says it is whole: export it again")
    return 0 if report.sound and whole else BROKEN


def _show(report: AuditReport, *, json: bool) -> None:
    if json:
        sys.stdout.write(json_of(report) + "\n")
        return
    for head in report.heads:
        sys.stdout.write(f"{head}\n")
    for one in report.breaks:
        say(f"{one.kind}: {one.writer} {one.number}, message {one.sequence}: {one.detail}")
    lost = f", {report.lost} could not be written" if report.lost else ""
    verdict = "sound" if report.sound else "NOT SOUND"
    say(f"{verdict}: {report.entries} entries in {report.messages} messages{lost}")


def _head(text: str) -> Head:
    parts = text.split("-")
    if len(parts) != len(Head.__struct_fields__) or not parts[1].isdigit():
        raise ValueError(
            f"{text!r} is no head: writer-number-digest, as cloche audit verify writes them"
        )
    return Head(writer=parts[0], number=int(parts[1]), digest=parts[2])


def _line(entry: AuditEntry) -> str:
    who = entry.key or (entry.claimed and f"({entry.claimed}?)") or "-"
    code = f" {entry.code}" if entry.code else ""
    count = f" ({entry.count})" if entry.count else ""
    words = (
        f"{entry.at:%Y-%m-%d %H:%M:%S}  {entry.outcome:<8}{entry.status or '':>4}{code}  "
        f"{who:<14}  {entry.address or '-':<15}  {entry.action}{count}  {entry.target}"
    )
    return printable(words).rstrip()
