"""Tenants and keys out of one system and into another: they lie on a log of their own, which no archive holds.

A record has the digest of its key and nothing that proves it, so an export is no secret that opens anything; whoever
may import decides who gets in, and is an administrator.
"""

from collections.abc import Iterator

import msgspec
from cloche_schemas.access import ImportRecords, ImportReport, KeyRecord, TenantRecord
from fastapi import APIRouter, Request
from starlette.responses import Response

from cloche_gateway.authentication import TheAdmin
from cloche_gateway.bodies import decode_body, read_body
from cloche_gateway.deps import TheGateway
from cloche_gateway.evaluations import json_response
from cloche_gateway.keyring import Keyring, KeyringEmpty
from cloche_gateway.openapi import answers, lines_answer, takes
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError, at

router = APIRouter(route_class=PlannedRoute, tags=["access"])
EXPORT, IMPORT = "/v1/keys/export", "/v1/keys/import"
NDJSON = "application/x-ndjson"

_imports = msgspec.json.Decoder(ImportRecords)


@router.get(EXPORT, summary="Export tenants and API keys", responses=lines_answer(401, 403, 503))
async def export(gateway: TheGateway, _caller: TheAdmin) -> Response:
    """One record a line, tenants first; also keys that are revoked or expired. What proves a key is in none."""
    if not gateway.keyring.ready.is_set():
        raise KeyringEmpty("the keys have not been read yet")
    lines = [msgspec.json.encode(record) + b"\n" for record in gateway.keyring.records()]
    return Response(b"".join(lines), media_type=NDJSON)


@router.post(
    IMPORT,
    summary="Import tenants and API keys",
    responses=answers(200, ImportReport, 400, 401, 403, 408, 413, 415, 422, 503),
    openapi_extra=takes(ImportRecords),
)
async def import_(request: Request, gateway: TheGateway, _caller: TheAdmin) -> Response:
    """Records of an export. What is there stays as it is, so that a key that was revoked since does not come back, and
    the same may be sent again."""
    if not gateway.keyring.ready.is_set():
        raise KeyringEmpty("the keys have not been read yet")
    body = await read_body(request, gateway.settings, most=gateway.settings.batch_bytes)
    wish = decode_body(body, _imports)
    for index, tenant in _homeless(gateway.keyring, wish):
        detail = f"there is no tenant {tenant}, nor does a record before it make it"
        raise ClientError("unknown_tenant", detail, errors=at(f"/records/{index}/tenant", detail))
    imported = unchanged = 0
    kept: list[str] = []
    for record in wish.records:
        match await gateway.keyring.take_in(record):
            case "taken":
                imported += 1
            case "there":
                unchanged += 1
            case "another":
                kept.append(record.id if isinstance(record, KeyRecord) else record.tenant)
    return json_response(
        ImportReport(imported=imported, unchanged=unchanged, kept=tuple(kept)), 200
    )


def _homeless(keyring: Keyring, wish: ImportRecords) -> Iterator[tuple[int, str]]:
    """Keys whose tenant is neither known nor made by a record before them."""
    coming: set[str] = set()
    for index, record in enumerate(wish.records):
        if isinstance(record, TenantRecord):
            coming.add(record.tenant)
        elif record.tenant not in coming and not keyring.has_tenant(record.tenant):
            yield index, record.tenant
