"""Who is asking, on behalf of which tenant, and what they may do. Keys are compared in constant time, never logged.

The key of the settings is the first one: an administrator's, of the tenant `main`, there before any log is. All others
are made with it and lie on the access log (keyring.py).
"""

import hashlib
import hmac
from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from cloche_kit.logs import know
from cloche_schemas.access import ROLE_SCOPES, Role, Scope
from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from msgspec import Struct

from cloche_gateway import keys
from cloche_gateway.deps import TheGateway
from cloche_gateway.keyring import MAIN
from cloche_gateway.problems import ClientError, at

BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="API key",
    description="A key of `POST /v1/keys`, or the first one, which `cloche up` shows.",
)


class Caller(Struct, frozen=True):
    """Who asks, on behalf of which tenant. `name` is the key's id."""

    tenant: str
    name: str
    role: Role
    scopes: tuple[Scope, ...]


_FIRST = Caller(MAIN.tenant, "first-key", "admin", ROLE_SCOPES["admin"])


async def authenticate(
    gateway: TheGateway,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
) -> Caller:
    """The caller that the header ``Authorization: Bearer <key>`` proves. `unauthorized` otherwise."""
    if credentials is None:
        raise _unauthorized("the header Authorization: Bearer <key> is missing", "Bearer")
    given = credentials.credentials
    if _same(given, gateway.settings.api_key.get_secret_value()):
        return _FIRST
    key = keys.parse(given)
    record = None if key is None else gateway.keyring.identify(key)
    if record is None:
        raise _unauthorized("this API key is not known or not good", 'Bearer error="invalid_token"')
    return Caller(record.tenant, record.id, record.role, record.scopes)


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
