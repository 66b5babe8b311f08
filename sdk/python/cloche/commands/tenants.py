"""`cloche tenants create`, `ls` and `set`: for administrators."""

import sys
from typing import Annotated, Literal

import msgspec
from cloche_schemas.access import PERIODS, ChangeTenant
from cyclopts import Parameter
from msgspec import UNSET, UnsetType

from cloche.commands import rates
from cloche.commands.connecting import connect
from cloche.commands.quantities import BadWord
from cloche.complaints import USAGE, printable, say

Words = Annotated[list[str] | None, Parameter(negative="")]


def create(
    name: str,
    /,
    *,
    max_queued: int | None = None,
    max_running: int | None = None,
    rate: Words = None,
) -> int:
    """Make a tenant, and write its token.

    Parameters
    ----------
    name:
        For people.
    max_queued:
        Evaluations that it may have queued and running; more are refused.
    max_running:
        Evaluations that it may run at once; more wait.
    rate:
        What each of its keys may spend, as read=100/min or read=100/min,20 (at once), of read, write, stream and
        admin; may be given several times (default: as the server says).
    """
    try:
        own = rates.rates(rate) if rate else None
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    with connect() as client:
        made = client.create_tenant(name, max_queued=max_queued, max_running=max_running, rates=own)
    sys.stdout.write(made.tenant + "\n")
    return 0


def ls(*, json: Annotated[bool, Parameter(negative="")] = False) -> int:
    """List tenants, oldest first.

    Parameters
    ----------
    json:
        One JSON object a line.
    """
    with connect() as client:
        listed = client.tenants()
    for one in listed.items:
        caps = [
            f"{word} {cap}"
            for word, cap in (("queued", one.max_queued), ("running", one.max_running))
            if cap is not None
        ]
        most = f"  (at most {', '.join(caps)})" if caps else ""
        periods = [
            f"{name.removesuffix('_days')} {'for ever' if days == 0 else f'{days:g} d'}"
            for name in PERIODS
            if (days := getattr(one, name)) is not None
        ]
        kept = f"  (kept: {', '.join(periods)})" if periods else ""
        own = rates.words_of(one.rates)
        spends = f"  (each key: {', '.join(own)})" if own else ""
        line = f"{one.tenant:<18} {one.name}{most}{kept}{spends}"
        text = msgspec.json.encode(one).decode() if json else printable(line)
        sys.stdout.write(text + "\n")
    return 0


def set_(  # noqa: PLR0913 - the options of a command
    tenant: str,
    /,
    *,
    name: str | None = None,
    max_queued: int | Literal["default"] | None = None,
    max_running: int | Literal["default"] | None = None,
    stream_days: float | Literal["default"] | None = None,
    archive_days: float | Literal["default"] | None = None,
    output_days: float | Literal["default"] | None = None,
    artifacts_days: float | Literal["default"] | None = None,
    rate: Words = None,
) -> int:
    """Change what a tenant may have queued and running, what its keys may spend, and how long its past is kept.

    Parameters
    ----------
    tenant:
        Its token.
    name:
        Another name, for people.
    max_queued:
        Evaluations that it may have queued and running, or default.
    max_running:
        Evaluations that it may run at once, or default.
    stream_days:
        How long events stay on the log, in days; 0 for ever, or default.
    archive_days:
        How long events stay in the archive.
    output_days:
        How long what programs wrote is kept.
    artifacts_days:
        How long files that programs left are kept.
    rate:
        All rates that it has of its own from now on, as read=100/min or read=100/min,20 (at once); may be given
        several times. default: those of the server.
    """
    try:
        wanted = rates.change(rate)
    except BadWord as error:
        say(f"cloche: {error}")
        return USAGE
    wish = ChangeTenant(
        name=UNSET if name is None else name,
        max_queued=_cap(max_queued),
        max_running=_cap(max_running),
        stream_days=_period(stream_days),
        archive_days=_period(archive_days),
        output_days=_period(output_days),
        artifacts_days=_period(artifacts_days),
        rates=wanted,
    )
    with connect() as client:
        client.change_tenant(tenant, wish)
    return 0


def _cap(given: int | str | None) -> int | UnsetType | None:
    if given is None:
        return UNSET
    return given if isinstance(given, int) else None


def _period(given: float | str | None) -> float | UnsetType | None:
    if given is None:
        return UNSET
    return None if isinstance(given, str) else float(given)
