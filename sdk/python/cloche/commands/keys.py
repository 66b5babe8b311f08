"""`cloche keys create`, `ls`, `revoke`, `export` and `import`: for administrators."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cloche_schemas.access import AccessRecord, CreateKey, KeyView, Role, Scope
from cyclopts import Parameter

from cloche.commands.connecting import connect
from cloche.commands.key_changes import id_of, used
from cloche.commands.quantities import BadWord, seconds
from cloche.commands.rates import rates, words_of
from cloche.complaints import USAGE, printable, say
from cloche.terminal import json_of

# Records of one request.
AT_ONCE = 500


def create(  # noqa: PLR0913 - the options of a command
    name: str,
    /,
    *,
    role: Role = "user",
    scope: tuple[Scope, ...] = (),
    tenant: str | None = None,
    expires: str | None = None,
    require_signature: Annotated[bool, Parameter(negative="")] = False,
    rate: Annotated[list[str] | None, Parameter(negative="")] = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Make a key; it is shown once.

    Parameters
    ----------
    name:
        For people: who or what uses it.
    role:
        What it may do at most.
    scope:
        Less than that; may be given several times.
    tenant:
        On whose behalf (default: your own).
    expires:
        How long it is good, as 90s, 12h or 30d (default: for ever).
    require_signature:
        Take only requests that are signed with it: --sign, or cloche login --sign.
    rate:
        What it may spend, as read=100/min or read=100/min,20 (at once), of read, write, stream and admin; may be given
        several times (default: as its tenant).
    json:
        As one JSON object.
    """
    try:
        lasts = None if expires is None else seconds(expires)
        own = rates(rate) if rate else None
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    wish = CreateKey(
        name=name,
        role=role,
        scopes=scope or None,
        tenant=tenant,
        expires_seconds=lasts,
        require_signature=require_signature,
        rates=own,
    )
    with connect() as client:
        made = client.create_key(wish)
    if json:
        sys.stdout.write(json_of(made) + "\n")
        return 0
    sys.stdout.write(made.api_key + "\n")
    sys.stderr.write(f"{_line(made.key)}\nkeep it safe: it is not shown again\n")
    return 0


def ls(*, tenant: str | None = None, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """List keys, oldest first.

    Parameters
    ----------
    tenant:
        Only those of this tenant.
    json:
        One JSON object a line.
    """
    with connect() as client:
        listed = client.keys(tenant)
    for one in listed.items:
        text = msgspec.json.encode(one).decode() if json else _line(one)
        sys.stdout.write(text + "\n")
    return 0


def revoke(key: str, /) -> int:
    """Refuse a key from now on.

    Parameters
    ----------
    key:
        Its id, or the key itself.
    """
    with connect() as client:
        revoked = client.revoke_key(id_of(key))
    sys.stderr.write(_line(revoked) + "\n")
    return 0


def export() -> int:
    """Write every tenant and key, one JSON object a line, without what proves them: redirect it into a file."""
    with connect() as client:
        for record in client.export_keys():
            sys.stdout.write(msgspec.json.encode(record).decode() + "\n")
    return 0


def import_(file: Path, /) -> int:
    """Take in what `cloche keys export` has written. What is there stays as it is.

    Parameters
    ----------
    file:
        As export wrote it; - is stdin.
    """
    data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    records: list[AccessRecord] = []
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            records.append(msgspec.json.decode(line, type=AccessRecord))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            say(f"cloche: line {number} is no record of an export: {error}")
            return USAGE
    imported = unchanged = 0
    kept: list[str] = []
    with connect() as client:
        for at in range(0, len(records), AT_ONCE):
            report = client.import_keys(records[at : at + AT_ONCE])
            imported, unchanged = imported + report.imported, unchanged + report.unchanged
            kept += report.kept
    for one in kept:
        say(f"{one} is there and says something else; it stays")
    sys.stderr.write(f"{imported} imported, {unchanged} there already, {len(kept)} kept\n")
    return 1 if kept else 0


def _line(key: KeyView) -> str:
    until = "" if key.expires_at is None else f"until {key.expires_at:%Y-%m-%d %H:%M}Z"
    scopes = ",".join(key.scopes)
    ends = [until, used(key), "must sign" if key.require_signature else "", *words_of(key.rates)]
    line = f"{key.id}  {key.status:<8} {key.tenant:<17} {key.role:<9} {scopes:<27} {key.name}"
    return printable("  ".join([line, *filter(None, ends)]))
