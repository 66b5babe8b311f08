"""The client's call about the service itself: who answers, and for whom."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec
from msgspec import Struct

from cloche.calls import path
from cloche.operations import operation
from cloche.steps import Answer, Call


class About(Struct, frozen=True, kw_only=True):
    """Who answers, and what it takes this key for. `at`: what its clock says, if it says so."""

    name: str
    version: str
    tenant: str = ""
    key: str = ""
    role: str = ""
    scopes: tuple[str, ...] = ()
    at: datetime | None = None


class ServiceCalls:
    @operation
    def about(self) -> Call[About]:
        """Which version answers, and which tenant, role and scopes this key has.

        >>> client.about().role
        'admin'
        """
        return Call(method="GET", path=path().rstrip("/"), read=_about, repeatable=True)


def _about(answer: Answer) -> About:
    about = msgspec.json.decode(answer.content, type=About)
    return msgspec.structs.replace(about, at=_moment(answer.headers.get("date", "")))


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
