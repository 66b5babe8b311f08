"""Who is asking. One key for one tenant in this version; the key is compared in constant time and never logged."""

import hashlib
import hmac
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from msgspec import Struct

from cloche_gateway.deps import TheGateway
from cloche_gateway.problems import ClientError, at

TENANT = "main"
BEARER = HTTPBearer(
    auto_error=False, scheme_name="API key", description="The key that `cloche up` shows."
)


class Caller(Struct, frozen=True):
    """Who asks, on behalf of which tenant."""

    tenant: str
    name: str


_MAIN = Caller(tenant=TENANT, name="api-key")


async def authenticate(
    gateway: TheGateway,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(BEARER)],
) -> Caller:
    """The caller that the header ``Authorization: Bearer <key>`` proves. `unauthorized` otherwise."""
    if credentials is None:
        raise _unauthorized("the header Authorization: Bearer <key> is missing", "Bearer")
    expected = gateway.settings.api_key.get_secret_value()
    if not _same(credentials.credentials, expected):
        raise _unauthorized("this API key is not known", 'Bearer error="invalid_token"')
    return _MAIN


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
