"""`cloche keys show`, `set`, `rotate` and `end-secret`: one key, and what becomes of it."""

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

from cloche_schemas.access import ChangeKey, KeyView
from cyclopts import Parameter
from msgspec import UNSET

from cloche.commands import rates
from cloche.commands.connecting import connect
from cloche.commands.quantities import BadWord, seconds
from cloche.complaints import USAGE, note, printable, say
from cloche.terminal import json_of

Flag = Annotated[bool, Parameter(negative="")]
Words = Annotated[list[str] | None, Parameter(negative="")]


def id_of(key: str) -> str:
    """The id of a key, also of one that is given whole."""
    return key.split("_")[1] if key.startswith("cloche_") and key.count("_") > 1 else key


def show(key: str, /, *, json: Flag = False) -> int:
    """Show a key: what it may do, when it was last used, and whether it has two secrets.

    Parameters
    ----------
    key:
        Its id, or the key itself.
    json:
        As one JSON object.
    """
    with connect() as client:
        view = client.key(id_of(key))
    if json:
        sys.stdout.write(json_of(view) + "\n")
        return 0
    for name, value in _said(view):
        sys.stdout.write(f"{name:<18}{printable(value)}\n")
    return 0


def set_(
    key: str,
    /,
    *,
    name: str | None = None,
    require_signature: bool | None = None,
    rate: Words = None,
) -> int:
    """Change the name of a key, what it may spend, or whether its requests must be signed.

    Parameters
    ----------
    key:
        Its id, or the key itself.
    name:
        Another name, for people.
    require_signature:
        Take only requests that are signed with it, or --no-require-signature.
    rate:
        All rates that it has of its own from now on, as read=100/min or read=100/min,20 (at once); may be given
        several times. default: those of its tenant.
    """
    try:
        wanted = rates.change(rate)
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    wish = ChangeKey(
        name=UNSET if name is None else name,
        require_signature=UNSET if require_signature is None else require_signature,
        rates=wanted,
    )
    if wish == ChangeKey():
        say("cloche: there is nothing to change: --name, --require-signature or --rate")
        return USAGE
    with connect() as client:
        client.change_key(id_of(key), wish)
    return 0


def rotate(key: str, /, *, overlap: str = "1d", json: Flag = False) -> int:
    """Give a key another secret; the new key is shown once. The old one is good beside it for a while.

    Parameters
    ----------
    key:
        Its id, or the key itself.
    overlap:
        How long the old one is good, as 1h or 1d; 0 for not at all.
    json:
        As one JSON object.
    """
    try:
        both = seconds(overlap)
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    with connect() as client:
        made = client.rotate_key(id_of(key), overlap_seconds=both)
    if json:
        sys.stdout.write(json_of(made) + "\n")
        return 0
    sys.stdout.write(made.api_key + "\n")
    if made.key.previous is not None:
        note(f"the old secret is good until {_minute(made.key.previous.until)}")
    note("keep it safe: it is not shown again")
    return 0


def end_secret(key: str, which: Literal["previous", "current"] = "previous", /) -> int:
    """End one of the two secrets of a key that was rotated, before its time.

    Parameters
    ----------
    key:
        Its id, or the key itself.
    which:
        previous: the old one is refused from now on. current: the rotation is taken back, and the new one is refused.
    """
    with connect() as client:
        client.end_secret(id_of(key), which)
    return 0


def used(view: KeyView) -> str:
    """When it was last used, on a line."""
    if view.last_used_at is None:
        return "never used"
    return f"used {_minute(view.last_used_at)}"


def _said(view: KeyView) -> Iterator[tuple[str, str]]:
    for name in ("id", "name", "status", "tenant", "role"):
        yield name, getattr(view, name)
    yield "scopes", " ".join(view.scopes)
    yield "signature", "required" if view.require_signature else "may sign"
    if own := rates.words_of(view.rates):
        yield "rates", "  ".join(own)
    yield "last used", "never" if view.last_used_at is None else _minute(view.last_used_at)
    yield "created", _minute(view.created_at) + (view.created_by and f" by {view.created_by}")
    times = {"expires": view.expires_at, "revoked": view.revoked_at, "rotated": view.rotated_at}
    for name, time in times.items():
        if time is not None:
            yield name, _minute(time)
    if view.previous is not None:
        last = view.previous.last_used_at
        last_used = "never used" if last is None else f"last used {_minute(last)}"
        yield "old secret", f"good until {_minute(view.previous.until)}, {last_used}"


def _minute(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M}Z"
