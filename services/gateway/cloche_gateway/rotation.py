"""One key: read, changed, given another secret, and freed of one. Making and revoking keys is access.py's."""

from typing import Literal

import msgspec
from cloche_schemas.access import ChangeKey, KeyRecord, KeyView, NewKey, PreviousView, RotateKey
from fastapi import APIRouter, Request
from msgspec import UNSET
from starlette.responses import Response

from cloche_gateway.authentication import TheAdmin
from cloche_gateway.bodies import decode_body, read_body
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.evaluations import json_response
from cloche_gateway.keys import previous_of, status_of
from cloche_gateway.openapi import answers, takes
from cloche_gateway.planned_route import PlannedRoute
from cloche_gateway.problems import ClientError

router = APIRouter(route_class=PlannedRoute, tags=["access"])
KEY = "/v1/keys/{key}"

_changes = msgspec.json.Decoder(ChangeKey)
_rotations = msgspec.json.Decoder(RotateKey)
_DEFAULT = RotateKey()


@router.get(KEY, summary="Read an API key", responses=answers(200, KeyView, 401, 403, 404, 503))
async def get(key: str, gateway: TheGateway, _caller: TheAdmin) -> Response:
    """What is known of it, and when it was last used. What proves it is in no answer."""
    record = gateway.keyring.key(key)
    gateway.keyring.check_read(record)
    return json_response(key_view(gateway, _there(record)), 200)


@router.patch(
    KEY,
    summary="Change an API key",
    responses=answers(200, KeyView, 400, 401, 403, 404, 408, 409, 413, 415, 422, 503),
    openapi_extra=takes(ChangeKey),
)
async def change(key: str, request: Request, gateway: TheGateway, _caller: TheAdmin) -> Response:
    """Its name, its rate limits, or whether its requests must be signed. What is left out stays as it is."""
    wish = decode_body(await read_body(request, gateway.settings), _changes)
    record = _there(await gateway.keyring.change_key(key, wish))
    return json_response(key_view(gateway, record), 200)


@router.post(
    KEY + "/rotate",
    summary="Give an API key another secret",
    responses=answers(201, NewKey, 400, 401, 403, 404, 408, 409, 413, 415, 422, 503),
    openapi_extra=takes(RotateKey, required=False),
    status_code=201,
)
async def rotate(key: str, request: Request, gateway: TheGateway, caller: TheAdmin) -> Response:
    """The key with its new secret is shown in this answer and never again. Its id, and what it may do, stay; the old
    secret is good for `overlap_seconds` more, a day unless said otherwise."""
    body = await read_body(request, gateway.settings, optional=True)
    wish = decode_body(body, _rotations) if body else _DEFAULT
    made = await gateway.keyring.rotate(key, wish.overlap_seconds, caller.name)
    if made is None:
        raise no_such_key()
    api_key, record = made
    return json_response(NewKey(api_key=str(api_key), key=key_view(gateway, record)), 201)


@router.delete(
    KEY + "/secrets/{which}",
    summary="End one of the two secrets of an API key",
    responses=answers(200, KeyView, 401, 403, 404, 409, 422, 503),
)
async def end_secret(
    key: str, which: Literal["previous", "current"], gateway: TheGateway, _caller: TheAdmin
) -> Response:
    """`previous`: the old one is refused from now on. `current`: the rotation is taken back, and the old one stays good
    as long as the key is; for an answer that got lost, or a new secret that leaked."""
    record = _there(await gateway.keyring.end_secret(key, which))
    return json_response(key_view(gateway, record), 200)


def key_view(gateway: Gateway, record: KeyRecord) -> KeyView:
    """The key as the API shows it, now."""
    now, uses = gateway.keyring.now(), gateway.key_uses
    previous = previous_of(record, now)
    # The old secret's uses count for the key also after its end.
    known = [record.digest] if record.previous is None else [record.digest, record.previous.digest]
    return KeyView(
        id=record.id,
        tenant=record.tenant,
        name=record.name,
        role=record.role,
        scopes=record.scopes,
        status=status_of(record, now),
        created_at=record.created_at,
        created_by=record.created_by,
        expires_at=record.expires_at,
        revoked_at=record.revoked_at,
        last_used_at=uses.last(record.id, *known),
        require_signature=record.require_signature,
        rates=record.rates or UNSET,
        rotated_at=record.rotated_at,
        previous=None
        if previous is None
        else PreviousView(until=previous.until, last_used_at=uses.last(record.id, previous.digest)),
    )


def no_such_key() -> ClientError:
    return ClientError("not_found", "there is no such key")


def _there(record: KeyRecord | None) -> KeyRecord:
    if record is None:
        raise no_such_key()
    return record
