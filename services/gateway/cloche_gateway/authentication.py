"""Who is asking, on behalf of which tenant, and what they may do. Keys are compared in constant time, never logged.

The key of the settings is the first one: an administrator's, of the tenant `main`, there before any log is. All others
are made with it and lie on the access log (keyring.py). A request may be signed instead (signed_requests.py).
"""

import hashlib
import hmac
from collections.abc import Callable, Coroutine
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from cloche_kit.logs import know
from cloche_schemas.access import ROLE_SCOPES, KeyRecord, Role, Scope
from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from msgspec import Struct
from starlette.requests import HTTPConnection

from cloche_gateway import keys
from cloche_gateway.content_digest import is_signed
from cloche_gateway.deps import Gateway, TheGateway
from cloche_gateway.keyring import MAIN
from cloche_gateway.open_answers import UNTIL_REFUSED
from cloche_gateway.problems import KINDS, ClientError, at

BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="API key",
    description="A key of `POST /v1/keys`, or the first one, which `cloche up` shows. A request may be signed instead "
    "(RFC 9421, see docs/signing.md), and must be if the key says so.",
)


class Caller(Struct, frozen=True):
    """Who asks, on behalf of which tenant. `name` is the key's id, `secret` the digest of the secret that proved it."""

    tenant: str
    name: str
    role: Role
    scopes: tuple[Scope, ...]
    secret: str = ""
    signed: bool = False


_FIRST = Caller(MAIN.tenant, "first-key", "admin", ROLE_SCOPES["admin"])


async def authenticate(
    connection: HTTPConnection,
    gateway: TheGateway,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
) -> Caller:
    """The caller that the header ``Authorization: Bearer <key>`` proves, or a signature. A problem of 401 otherwise.

    `rate_limited` if its key has no budget left for this route, `too_many_failures` if its address may try no more.
    """
    try:
        caller = await _proved(connection, gateway, credentials)
    except ClientError as error:
        if KINDS[error.slug].status == HTTPStatus.UNAUTHORIZED:
            if is_signed(connection.scope):
                # Whose key it was, only the signature could prove.
                gateway.strangers.check(connection.scope)
            gateway.strangers.failed(connection.scope)
        raise
    _remember(connection, gateway, caller)
    await gateway.limiter.admit(connection.scope, caller.name, caller.tenant)
    return caller


async def _proved(
    connection: HTTPConnection, gateway: Gateway, credentials: HTTPAuthorizationCredentials | None
) -> Caller:
    if is_signed(connection.scope):
        proof = await gateway.signed_requests.prove(connection)
        return _caller_of(proof.record, proof.digest, signed=True)
    if credentials is None:
        raise _unauthorized("the header Authorization: Bearer <key> is missing", "Bearer")
    given = credentials.credentials
    key = keys.parse(given)
    if key is not None:
        connection.scope["cloche.claimed"] = key.id
    if key is None or not gateway.limiter.knows(key.id):
        gateway.strangers.check(connection.scope)
    if _same(given, gateway.settings.api_key.get_secret_value()):
        return _FIRST
    record = None if key is None else gateway.keyring.identify(key)
    if key is None or record is None:
        raise _unauthorized("this API key is not known or not good", 'Bearer error="invalid_token"')
    if record.require_signature:
        raise ClientError(
            "signature_required",
            "requests of this key must be signed",
            errors=at("/header/Authorization", "must not be sent with this key"),
            headers={"WWW-Authenticate": "Signature"},
        )
    return _caller_of(record, key.digest)


def _caller_of(record: KeyRecord, digest: str, *, signed: bool = False) -> Caller:
    return Caller(record.tenant, record.id, record.role, record.scopes, digest, signed)


def _remember(connection: HTTPConnection, gateway: Gateway, caller: Caller) -> None:
    """For the audit log, for `last_used_at`, and for answers that stay open (open_answers.py)."""
    connection.scope["cloche.caller"] = caller
    if caller.secret:
        gateway.key_uses.saw(caller.name, caller.secret)
        connection.scope[UNTIL_REFUSED] = partial(
            gateway.keyring.answers.open, caller.name, caller.secret
        )


def may(scope: Scope) -> Callable[[Caller], Coroutine[Any, Any, Caller]]:
    """A dependency: the caller, if its key has `scope`; `forbidden` otherwise."""

    async def check(caller: Annotated[Caller, Depends(authenticate)]) -> Caller:
        know(tenant=caller.tenant)
        if scope not in caller.scopes:
            raise ClientError(
                "forbidden", f"this key may not {scope}", extensions={"required_scope": scope}
            )
        return caller

    return check


def _same(given: str, expected: str) -> bool:
    # Digests first: the comparison then takes the same time for every length, too.
    return hmac.compare_digest(_digest(given), _digest(expected))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _unauthorized(detail: str, challenge: str) -> ClientError:
    return ClientError(
        "unauthorized",
        detail,
        errors=at("/header/Authorization", detail),
        headers={"WWW-Authenticate": challenge},
    )


TheCaller = Annotated[Caller, Depends(authenticate)]
TheReader = Annotated[Caller, Depends(may("read"))]
TheWriter = Annotated[Caller, Depends(may("write"))]
TheOperator = Annotated[Caller, Depends(may("operate"))]
TheAdmin = Annotated[Caller, Depends(may("admin"))]
