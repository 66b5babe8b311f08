"""Requests that are signed instead of showing their key: checked before their body is read (docs/signing.md, ADR 0018).

The order is that of what it costs and tells. What the headers say is checked first, then the time, then who made the
signature, and only for a good one is the nonce used up: the one round trip of it all. Whether a key exists, and which
part of a signature fits, shows neither in the answer nor in its time.
"""

import hashlib
import secrets

from cloche_kit.bus import Conflict, Expectation, RecordLog
from cloche_kit.logs import get_logger
from cloche_kit.wrapping import Wrapper
from cloche_schemas import signing
from cloche_schemas.access import KeyRecord
from cloche_schemas.signing import WINDOW_SECONDS, BadSignature, Claim, Request
from msgspec import Struct
from starlette.requests import HTTPConnection

from cloche_gateway import keys
from cloche_gateway.content_digest import expect_body
from cloche_gateway.key_changes import context_of
from cloche_gateway.keyring import Keyring
from cloche_gateway.problems import ClientError, at
from cloche_gateway.settings import GatewaySettings

CHALLENGE = "Signature"
_MOST_CACHED = 10_000
_log = get_logger(__name__)


class Proof(Struct, frozen=True):
    """Who proved itself: the record of the key, and the digest of the secret that it was."""

    record: KeyRecord
    digest: str


def wrapper_of(settings: GatewaySettings) -> Wrapper:
    """Under the secret that is there for it, else the first key; what was wrapped under another one is still opened."""
    known = (settings.wrap_secret, settings.previous_wrap_secret, settings.api_key)
    return Wrapper(*(text for one in known if (text := one.get_secret_value())))


class SignedRequests:
    """Checks signatures against the keys of `keyring`. `nonces` is shared by all gateways."""

    def __init__(self, keyring: Keyring, wrapper: Wrapper, nonces: RecordLog) -> None:
        self._keyring = keyring
        self._wrapper = wrapper
        self._nonces = nonces
        self._opened: dict[str, bytes] = {}
        # What is compared with where there is no key: that takes as long, and never fits.
        self._nobody = secrets.token_bytes(32)

    async def prove(self, connection: HTTPConnection) -> Proof:
        """Who signed the request. A `ClientError` of 401 otherwise; `BusError` if the nonce cannot be used up."""
        claim = self._claim(connection)
        now = self._keyring.now()
        if abs(now.timestamp() - claim.created) > WINDOW_SECONDS:
            detail = f"`created` must be within {WINDOW_SECONDS} s of the time in the header Date"
            raise refused("signature_expired", detail)
        record = self._keyring.key(claim.key)
        digest = self._made_by(claim, record)
        self._keyring.check_read(record)
        if record is None or digest is None or self._keyring.seconds_left(record.id, digest) <= 0:
            raise refused("signature_invalid", "no key that is good made this signature")
        await self._use_up(claim)
        expect_body(
            connection.scope, signing.digest_of(connection.headers["content-digest"].strip())
        )
        return Proof(record, digest)

    def _claim(self, connection: HTTPConnection) -> Claim:
        headers = connection.headers
        if "authorization" in headers:
            raise refused("signature_invalid", "send either Authorization or a signature")
        texts = {}
        for name in ("signature-input", "signature", "content-digest"):
            given = headers.getlist(name)
            if len(given) != 1:
                raise refused("signature_invalid", f"the header {name} must be there, once", name)
            texts[name] = given[0].strip()
        scope = connection.scope
        request = Request(
            method=scope.get("method", "GET"),
            path=(scope.get("raw_path") or scope["path"].encode()).decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            content_digest=texts["content-digest"],
            authority=headers.get("host", "").lower(),
        )
        try:
            claim = signing.read(request, texts["signature-input"], texts["signature"])
        except BadSignature as error:
            raise refused("signature_invalid", str(error)) from None
        # Only for the audit log: who was named, proved or not.
        scope["cloche.claimed"] = claim.key
        return claim

    def _made_by(self, claim: Claim, record: KeyRecord | None) -> str | None:
        """The digest of the secret that signed; None if it is none of the record's that may be good."""
        candidates = []
        if record is not None:
            candidates.append((record.digest, record.signing_key))
            previous = keys.previous_of(record, self._keyring.now())
            if previous is not None:
                candidates.append((previous.digest, previous.signing_key))
        found = None
        for digest, wrapped in candidates or [("", "")]:
            if claim.made_with(self._signing_key(claim.key, digest, wrapped)) and wrapped:
                found = digest
        return found

    def _signing_key(self, id_: str, digest: str, wrapped: str) -> bytes:
        if not wrapped:
            return self._nobody
        known = self._opened.get(wrapped)
        if known is None:
            known = self._wrapper.unwrap(wrapped, context_of(id_, digest))
            if known is None:
                _log.warning("signing_key_not_unwrapped", key=id_)
                return self._nobody
            if len(self._opened) >= _MOST_CACHED:
                self._opened.clear()
            self._opened[wrapped] = known
        return known

    async def _use_up(self, claim: Claim) -> None:
        """`signature_replayed` if any gateway has seen this nonce of the key while it could be replayed."""
        nonce = hashlib.sha256(claim.nonce.encode()).hexdigest()[:32]
        subject = f"nonces.{claim.key}.{nonce}"
        result = await self._nonces.append(
            subject, b"", msg_id=secrets.token_hex(16), expect=Expectation(subject, 0)
        )
        if isinstance(result, Conflict):
            raise refused("signature_replayed", "this nonce was used before: sign the request anew")


def refused(slug: str, detail: str, header: str = "signature") -> ClientError:
    return ClientError(
        slug,
        detail,
        errors=at(f"/header/{header.title()}", detail),
        headers={"WWW-Authenticate": CHALLENGE},
    )
