"""What the parameters of a replay ask for: from where to where, and which events of whom."""

from typing import Annotated

from cloche_schemas.batches import members
from cloche_schemas.events import EventName
from cloche_schemas.values import Language, Outcome
from fastapi import Depends, Header, Query
from msgspec import Struct

from cloche_gateway.authentication import Caller, TheReader
from cloche_gateway.batches import place_of
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.problems import ClientError, at
from cloche_gateway.reading import address_of
from cloche_gateway.replay_filter import Filter
from cloche_gateway.replay_range import BEGINNING, Given


class Span(Struct, frozen=True):
    """From where to where. `resumed`: by a client that comes back."""

    start: Given
    end: Given | None
    follow: bool
    resumed: bool


async def _span(
    from_: Annotated[
        str,
        Query(alias="from", description="beginning, a cursor, a sequence, or a time (RFC 3339)"),
    ] = BEGINNING,
    until: Annotated[
        str | None, Query(description="the same; else what is there now, or for ever")
    ] = None,
    follow: Annotated[bool, Query(description="go on with what comes")] = False,
    last_event_id: Annotated[
        str | None, Header(description="cursor of the last event seen; it counts before `from`")
    ] = None,
) -> Span:
    start = Given(from_, "/query/from")
    if last_event_id:
        start = Given(last_event_id, "/header/Last-Event-ID")
    end = None if until is None else Given(until, "/query/until")
    return Span(start, end, follow, bool(last_event_id))


class Choice(Struct, frozen=True):
    """What of it, by the event's own content."""

    types: frozenset[EventName]
    outcomes: frozenset[Outcome]
    output: bool


def choice_of(
    types: frozenset[EventName], outcomes: frozenset[Outcome], pointer: str, *, output: bool
) -> Choice:
    """`invalid_parameter`, at `pointer`, where one part of it excludes the other."""
    if types and outcomes and "completed" not in types:
        detail = "only completed events have an outcome, and `type` leaves them out"
        raise ClientError("invalid_parameter", detail, errors=at(pointer, detail))
    return Choice(types, outcomes, output)


async def _choice(
    type_: Annotated[
        list[EventName] | None, Query(alias="type", description="only these; may be repeated")
    ] = None,
    outcome: Annotated[
        list[Outcome] | None, Query(description="only completed events with one of these")
    ] = None,
    output: Annotated[bool, Query(description="false: without output-chunk")] = True,
) -> Choice:
    types, outcomes = frozenset(type_ or ()), frozenset(outcome or ())
    return choice_of(types, outcomes, "/query/outcome", output=output)


class Kind(Struct, frozen=True):
    """Which evaluations, by what was submitted."""

    labels: tuple[tuple[str, str | None], ...] = ()
    languages: frozenset[Language] = frozenset()


async def _kind(
    label: Annotated[
        list[str] | None,
        Query(description="key=value, or key: only of evaluations with all of these"),
    ] = None,
    language: Annotated[
        list[str] | None, Query(description="only of evaluations in one of these languages")
    ] = None,
) -> Kind:
    labels = (label_of(text, f"/query/label/{n}") for n, text in enumerate(label or ()))
    return Kind(tuple(labels), frozenset(language or ()))


async def _owner(
    gateway: TheGateway,
    caller: TheReader,
    tenant: Annotated[str | None, Query(description="another one: for administrators")] = None,
) -> str:
    return owner_of(gateway, caller, tenant, "/query/tenant")


async def _wanted(
    gateway: TheGateway,
    owner: Annotated[str, Depends(_owner)],
    choice: Annotated[Choice, Depends(_choice)],
    kind: Annotated[Kind, Depends(_kind)],
    evaluation: Annotated[str | None, Query(description="only of this one")] = None,
    batch: Annotated[str | None, Query(description="only of the evaluations of this one")] = None,
) -> Filter:
    found = None
    if batch is not None:
        address_of(owner, batch, "/query/batch")
        found = members(await place_of(gateway.deps, owner, batch))
    address = None if evaluation is None else address_of(owner, evaluation, "/query/evaluation")
    return Filter(
        tenant=owner,
        types=choice.types,
        evaluation=address,
        members=found,
        labels=kind.labels,
        languages=kind.languages,
        outcomes=choice.outcomes,
        output=choice.output,
    )


TheSpan = Annotated[Span, Depends(_span)]
TheFilter = Annotated[Filter, Depends(_wanted)]


def owner_of(gateway: Gateway, caller: Caller, tenant: str | None, pointer: str) -> str:
    """Whose events are asked for. `forbidden`, `unknown_tenant`, at `pointer`."""
    if tenant is None or tenant == caller.tenant:
        return caller.tenant
    if "admin" not in caller.scopes:
        raise ClientError(
            "forbidden",
            "this key may not read what another tenant has",
            errors=at(pointer, "for administrators"),
            extensions={"required_scope": "admin"},
        )
    if not gateway.keyring.has_tenant(tenant):
        detail = "there is no such tenant"
        raise ClientError("unknown_tenant", detail, errors=at(pointer, detail))
    return tenant


def label_of(text: str, pointer: str) -> tuple[str, str | None]:
    """A label that is asked for; None for any value. `invalid_parameter`, at `pointer`."""
    key, equals, value = text.partition("=")
    if not key:
        detail = "key=value, or key for any value"
        raise ClientError("invalid_parameter", detail, errors=at(pointer, detail))
    return key, value if equals else None
