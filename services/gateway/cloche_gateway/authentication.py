"""Who is asking, on behalf of which tenant, and what they may do. Keys are compared in constant time, never logged.

The key of the settings is the first one: an administrator's, of the tenant `main`, there before any log is. All others
are made with it and lie on the access log (keyring.py). A request may be signed instead (signed_requests.py).
"""

import hashlib
import hmac
from functools import partial
from http import HTTPStatus
from typing import Annotated

from cloche_kit.logs import know
from cloche_schemas.access import ROLE_SCOPES, KeyRecord, Role, Scope
from fastapi import Security
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param
from msgspec import Struct
from starlette.requests import HTTPConnection

from cloche_gateway import keys
from cloche_gateway.content_digest import is_signed
from cloche_gateway.deps import Gateway
from cloche_gateway.keyring import MAIN
from cloche_gateway.open_answers import UNTIL_REFUSED
from cloche_gateway.problems import KINDS, ClientError, at

SCHEME = "API key"
_MODEL = HTTPBearer(
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


def bearer_of(connection: HTTPConnection) -> str | None:
    """The key that the header Authorization shows; None if it shows none."""
    scheme, key = get_authorization_scheme_param(connection.headers.get("authorization"))
    return key if key and scheme.lower() == "bearer" else None


async def authenticate(connection: HTTPConnection, gateway: Gateway, given: str | None) -> Caller:
    """The caller that the key `given` proves, or else a signature. A problem of 401 otherwise.

    `rate_limited` if its key has no budget left for this route, `too_many_failures` if its address may try no more.
    """
    try:
        caller = await _proved(connection, gateway, given)
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


async def _proved(connection: HTTPConnection, gateway: Gateway, given: str | None) -> Caller:
    if is_signed(connection.scope):
        proof = await gateway.signed_requests.prove(connection)
        return _caller_of(proof.record, proof.digest, signed=True)
    if given is None:
        raise _unauthorized("the header Authorization: Bearer <key> is missing", "Bearer")
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


class Authenticated(SecurityBase):
    """The caller of a request, for routes and for their description; `forbidden` if its key does not have `scope`.

    One dependency that needs no other: what FastAPI takes for each is a tenth of a submission.
    """

    model = _MODEL
    scheme_name = SCHEME

    def __init__(self, scope: Scope | None = None) -> None:
        self._scope = scope

    async def __call__(self, connection: HTTPConnection) -> Caller:
        gateway: Gateway = connection.app.state.gateway
        return self.checked(await authenticate(connection, gateway, bearer_of(connection)))

    def checked(self, caller: Caller) -> Caller:
        """`caller`, if it may."""
        know(tenant=caller.tenant)
        if self._scope is not None and self._scope not in caller.scopes:
            raise ClientError(
                "forbidden",
                f"this key may not {self._scope}",
                extensions={"required_scope": self._scope},
            )
        return caller


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


CALLER, READER, WRITER = Authenticated(), Authenticated("read"), Authenticated("write")
OPERATOR, ADMIN = Authenticated("operate"), Authenticated("admin")
TheCaller = Annotated[Caller, Security(CALLER)]
TheReader = Annotated[Caller, Security(READER)]
TheWriter = Annotated[Caller, Security(WRITER)]
TheOperator = Annotated[Caller, Security(OPERATOR)]
TheAdmin = Annotated[Caller, Security(ADMIN)]
