"""`cloche keys create`, `ls` and `revoke`: for administrators."""

import sys
from typing import Annotated

import msgspec
from cloche_schemas.access import CreateKey, KeyView, Role, Scope
from cyclopts import Parameter

from cloche.client import Client
from cloche.commands.quantities import BadWord, seconds
from cloche.complaints import USAGE, printable, say
from cloche.terminal import json_of


def create(
    name: str,
    /,
    *,
    role: Role = "user",
    scope: tuple[Scope, ...] = (),
    tenant: str | None = None,
    expires: str | None = None,
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
    json:
        As one JSON object.
    """
    try:
        lasts = None if expires is None else seconds(expires)
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    wish = CreateKey(
        name=name, role=role, scopes=scope or None, tenant=tenant, expires_seconds=lasts
    )
    with Client.local() as client:
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
    with Client.local() as client:
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
    id_ = key.split("_")[1] if key.startswith("cloche_") and key.count("_") > 1 else key
    with Client.local() as client:
        revoked = client.revoke_key(id_)
    sys.stderr.write(_line(revoked) + "\n")
    return 0


def _line(key: KeyView) -> str:
    until = "" if key.expires_at is None else f"until {key.expires_at:%Y-%m-%d %H:%M}Z"
    scopes = ",".join(key.scopes)
    line = (
        f"{key.id}  {key.status:<8} {key.tenant:<17} {key.role:<9} {scopes:<27} {key.name}  {until}"
    )
    return printable(line).rstrip()
