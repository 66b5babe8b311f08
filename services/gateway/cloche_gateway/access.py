"""Tenants and keys: made, listed and revoked by administrators. What becomes of one key is in rotation.py."""

from typing import Annotated

import msgspec
from cloche_schemas.access import (
    PERIODS,
    ROLE_SCOPES,
    SHORTEST_DAYS,
    ChangeTenant,
    CreateKey,
    CreateTenant,
    KeyList,
    KeyView,
    NewKey,
    TenantList,
    TenantRecord,
    TenantView,
)
from fastapi import APIRouter, Query, Request
from msgspec import UNSET
from starlette.responses import Response

from cloche_gateway.authentication import TheAdmin
from cloche_gateway.bodies import decode_body, read_body
from cloche_gateway.deps import TheGateway
from cloche_gateway.evaluations import json_response
from cloche_gateway.keyring import MAIN
from cloche_gateway.openapi import answers, takes
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError, at
from cloche_gateway.rotation import key_view, no_such_key

router = APIRouter(route_class=PlannedRoute, tags=["access"])
TENANTS = "/v1/tenants"
KEYS = "/v1/keys"

_tenants = msgspec.json.Decoder(CreateTenant)
_changes = msgspec.json.Decoder(ChangeTenant)
_keys = msgspec.json.Decoder(CreateKey)


@router.post(
    TENANTS,
    summary="Make a tenant",
    responses=answers(201, TenantView, 400, 401, 403, 408, 413, 415, 422, 503),
    openapi_extra=takes(CreateTenant),
    status_code=201,
)
async def create_tenant(request: Request, gateway: TheGateway, caller: TheAdmin) -> Response:
    """Its token, which stands in subjects and paths, is made by the server."""
    wish = decode_body(await read_body(request, gateway.settings), _tenants)
    _check_periods(wish)
    record = await gateway.keyring.create_tenant(wish, caller.name)
    location = {"Location": f"{TENANTS}/{record.tenant}"}
    return json_response(tenant_view(record), 201, location)


@router.get(
    TENANTS + "/{tenant}",
    summary="Read a tenant",
    responses=answers(200, TenantView, 401, 403, 404, 503),
)
async def get_tenant(tenant: str, gateway: TheGateway, _caller: TheAdmin) -> Response:
    record = gateway.keyring.tenant(tenant)
    if record is None:
        raise ClientError("not_found", "there is no such tenant")
    return json_response(tenant_view(record), 200)


@router.patch(
    TENANTS + "/{tenant}",
    summary="Change a tenant",
    responses=answers(200, TenantView, 400, 401, 403, 404, 408, 413, 415, 422, 503),
    openapi_extra=takes(ChangeTenant),
)
async def change_tenant(
    tenant: str, request: Request, gateway: TheGateway, _caller: TheAdmin
) -> Response:
    """What is left out stays as it is; null gives the server's default back."""
    wish = decode_body(await read_body(request, gateway.settings), _changes)
    _check_periods(wish)
    record = await gateway.keyring.change_tenant(tenant, wish)
    if record is None:
        raise ClientError("not_found", "there is no such tenant")
    return json_response(tenant_view(record), 200)


@router.get(TENANTS, summary="List tenants", responses=answers(200, TenantList, 401, 403, 503))
async def list_tenants(gateway: TheGateway, _caller: TheAdmin) -> Response:
    items = tuple(tenant_view(record) for record in gateway.keyring.tenants())
    return json_response(TenantList(items=items), 200)


@router.post(
    KEYS,
    summary="Make an API key",
    responses=answers(201, NewKey, 400, 401, 403, 408, 413, 415, 422, 503),
    openapi_extra=takes(CreateKey),
    status_code=201,
)
async def create_key(request: Request, gateway: TheGateway, caller: TheAdmin) -> Response:
    """The key is shown in this answer and never again."""
    wish = decode_body(await read_body(request, gateway.settings), _keys)
    tenant = caller.tenant if wish.tenant is None else wish.tenant
    if not gateway.keyring.has_tenant(tenant):
        detail = "there is no such tenant"
        raise ClientError("unknown_tenant", detail, errors=at("/tenant", detail))
    beyond = sorted(set(wish.scopes or ()) - set(ROLE_SCOPES[wish.role]))
    if beyond:
        detail = f"a key of the role {wish.role} may not {', '.join(beyond)}"
        raise ClientError("contradiction", detail, errors=at("/scopes", detail))
    key, record = await gateway.keyring.create_key(wish, tenant=tenant, by=caller.name)
    made = NewKey(api_key=str(key), key=key_view(gateway, record))
    return json_response(made, 201, {"Location": f"{KEYS}/{record.id}"})


@router.get(KEYS, summary="List API keys", responses=answers(200, KeyList, 401, 403, 422, 503))
async def list_keys(
    gateway: TheGateway,
    _caller: TheAdmin,
    tenant: Annotated[str | None, Query(description="only those of this tenant")] = None,
) -> Response:
    """Active ones and those that were, oldest first."""
    items = tuple(key_view(gateway, record) for record in gateway.keyring.keys(tenant))
    return json_response(KeyList(items=items), 200)


@router.delete(
    KEYS + "/{key}",
    summary="Revoke an API key",
    responses=answers(200, KeyView, 401, 403, 404, 503),
)
async def revoke(key: str, gateway: TheGateway, caller: TheAdmin) -> Response:
    """Refused from now on, by every gateway within a moment, which also ends what it has open. Asked for again, the
    answer is the same."""
    record = await gateway.keyring.revoke(key, caller.name)
    if record is None:
        raise no_such_key()
    return json_response(key_view(gateway, record), 200)


def _check_periods(wish: CreateTenant | ChangeTenant) -> None:
    """`invalid_body` for a period within which what a queue delivers again may miss its history."""
    for name in PERIODS:
        days = getattr(wish, name)
        if isinstance(days, float | int) and 0 < days < SHORTEST_DAYS:
            detail = "at least an hour, which is 1/24 of a day; 0 is for ever"
            raise ClientError("invalid_body", detail, errors=at(f"/{name}", detail))


def tenant_view(record: TenantRecord) -> TenantView:
    made = None if record.created_at == MAIN.created_at else record.created_at
    return TenantView(
        tenant=record.tenant,
        name=record.name,
        created_at=made,
        max_queued=record.max_queued,
        max_running=record.max_running,
        **{name: getattr(record, name) for name in PERIODS},
        rates=record.rates or UNSET,
    )
