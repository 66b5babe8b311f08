"""``GET /v1/usage``: how much is kept of a tenant, as storage has counted it and the log counts it now."""

import asyncio
from typing import Annotated

import msgspec
from cloche_kit.archive.accounts import Accounts, Amount, accounts_key, decode_accounts
from cloche_kit.bus import StreamState
from cloche_kit.logs import get_logger
from cloche_kit.topology import EVALUATIONS
from cloche_schemas.subjects import of_tenant
from cloche_schemas.usage import TenantUsage, UsageReport, Used
from fastapi import APIRouter, Query
from starlette.responses import Response

from cloche_gateway.authentication import TheReader
from cloche_gateway.deps import Deps, TheGateway
from cloche_gateway.evaluations import json_response
from cloche_gateway.openapi import answers
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError

router = APIRouter(route_class=PlannedRoute, tags=["access"])
# Each is a consumer that the server makes for the moment.
COUNTS_AT_ONCE = 8
_log = get_logger(__name__)


@router.get(
    "/v1/usage",
    summary="How much is kept",
    responses=answers(200, UsageReport, 401, 403, 422, 503),
)
async def usage(
    gateway: TheGateway,
    caller: TheReader,
    everybody: Annotated[bool, Query(description="all tenants: for administrators")] = False,
) -> Response:
    """Of this key's tenant, by class. The numbers of the archive and of objects are a little behind."""
    if everybody and "admin" not in caller.scopes:
        raise ClientError(
            "forbidden", "this key may not admin", extensions={"required_scope": "admin"}
        )
    known = [record.tenant for record in gateway.keyring.tenants()]
    tenants = sorted(known) if everybody else [caller.tenant]
    deps = gateway.deps
    state = await deps.bus.state()
    accounts = await _accounts(deps, state.epoch)
    free = asyncio.Semaphore(COUNTS_AT_ONCE)

    async def of(tenant: str) -> TenantUsage:
        async with free:
            events = await deps.bus.count(of_tenant(tenant))
        return _usage(tenant, events, accounts, state)

    report = UsageReport(
        items=tuple(await asyncio.gather(*map(of, tenants))),
        uncounted=max(state.last - accounts.counted, 0),
        objects_at=accounts.swept_at,
    )
    return json_response(report, 200)


async def _accounts(deps: Deps, epoch: str) -> Accounts:
    """As storage has written them; none where it has not, or not in a way that we can read."""
    found = await deps.objects.get(accounts_key(EVALUATIONS, epoch))
    if found is None:
        return Accounts()
    try:
        return decode_accounts(found[1])
    except msgspec.DecodeError as error:
        _log.warning("accounts_not_understood", error=str(error))
        return Accounts()


def _usage(tenant: str, events: int, accounts: Accounts, state: StreamState) -> TenantUsage:
    archived = accounts.archive.get(tenant, Amount())
    # Of one that has nothing in the archive, an event is taken for one of the log's.
    held = state.last - state.first + 1 - state.deleted
    of = archived if archived.count else Amount(held, state.bytes)
    size = of.bytes / of.count if of.count else 0.0

    def objects(class_: str) -> Used:
        return _used(accounts.objects.get(class_, {}).get(tenant, Amount()))

    return TenantUsage(
        tenant=tenant,
        stream=Used(count=events, bytes=round(events * size)),
        archive=_used(archived),
        output=objects("output"),
        artifacts=objects("artifacts"),
    )


def _used(amount: Amount) -> Used:
    return Used(count=amount.count, bytes=amount.bytes)
