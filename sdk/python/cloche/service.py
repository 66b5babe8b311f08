"""The client's calls about the service itself: who answers, for whom, and how the platform is."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec
from cloche_schemas.health import PlatformHealth
from msgspec import Struct

from cloche.calls import ask, nothing, path
from cloche.errors import UnexpectedAnswer
from cloche.operations import operation
from cloche.steps import Answer, Call, Exchange, Steps


class About(Struct, frozen=True, kw_only=True):
    """Who answers, and what it takes this key for. `at`: what its clock says, if it says so.

    `trace_url`: where traces are shown; `{trace_id}` in it stands for the id of one."""

    name: str
    version: str
    tenant: str = ""
    key: str = ""
    role: str = ""
    scopes: tuple[str, ...] = ()
    trace_url: str | None = None
    at: datetime | None = None


class Readiness(Struct, frozen=True, kw_only=True):
    """Whether it takes requests now, and what it needs for that by name."""

    ready: bool
    checks: dict[str, bool] = {}
    alarm: str | None = None


class ServiceCalls:
    @operation
    def about(self) -> Call[About]:
        """Which version answers, and which tenant, role and scopes this key has.

        >>> client.about().role
        'admin'
        """
        return Call(method="GET", path=path().rstrip("/"), read=_about, repeatable=True)

    @operation
    def readiness(self) -> Steps[Readiness]:
        """Whether the service is ready, by its own checks. Not asked twice: it is how it is.

        >>> client.readiness().checks["log"]
        True
        """
        return _readiness()

    @operation
    def health(self) -> Call[PlatformHealth]:
        """The platform as of now: services, log, consumers, stores, and what is wrong (for operators).

        >>> client.health().edges[0].name
        'log'
        """
        return ask("GET", path("health"), PlatformHealth)


def _readiness() -> Steps[Readiness]:
    call = Call(method="GET", path="/readyz", read=nothing)
    answer = yield from Exchange(call)
    try:
        said = msgspec.json.decode(answer.content, type=_Said)
    except msgspec.DecodeError as error:
        raise UnexpectedAnswer(f"GET /readyz: {error}") from error
    return Readiness(ready=answer.success, checks=said.checks, alarm=said.alarm)


class _Said(Struct, frozen=True):
    checks: dict[str, bool]
    alarm: str | None = None


def _about(answer: Answer) -> About:
    about = msgspec.json.decode(answer.content, type=About)
    return msgspec.structs.replace(about, at=_moment(answer.headers.get("date", "")))


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC)
    except ValueError:
        return None
