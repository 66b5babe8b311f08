"""The body of a signed request: hashed as it comes, and never handed on whole if it is not what was signed.

The signature covers the header Content-Digest and is checked before the body is read; whoever reads the body, under
its own limit, gets the end of it only once the digest is right.
"""

import hashlib
import hmac

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cloche_gateway.problems import ClientError, at

_SIGNED = frozenset({b"signature", b"signature-input"})
_CHECK = "cloche.body_check"
# Nobody reads a body of theirs, so there is nothing to protect.
_WITHOUT_BODY = frozenset({"GET", "HEAD"})


class BodyCheck:
    """`receive` as of ASGI; once a digest is expected, `content_digest_mismatch` instead of the end of another body."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._hash = hashlib.sha256()
        self._expected: bytes | None = None

    def expect(self, digest: bytes) -> None:
        """Before anything is read."""
        self._expected = digest

    async def receive(self) -> Message:
        message = await self._receive()
        if self._expected is not None and message["type"] == "http.request":
            self._hash.update(message.get("body", b""))
            if not message.get("more_body", False):
                expected, self._expected = self._expected, None
                if not hmac.compare_digest(self._hash.digest(), expected):
                    detail = "the body is not the one that Content-Digest names"
                    raise ClientError(
                        "content_digest_mismatch",
                        detail,
                        errors=at("/header/Content-Digest", detail),
                    )
        return message


class ContentDigests:
    """ASGI middleware: stands between body and reader of requests that have a signature, and of no other."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and any(name in _SIGNED for name, _ in scope["headers"]):
            check = scope[_CHECK] = BodyCheck(receive)
            receive = check.receive
        await self._app(scope, receive, send)


def is_signed(scope: Scope) -> bool:
    """Whether a request has anything of a signature."""
    return _CHECK in scope


def expect_body(scope: Scope, digest: bytes) -> None:
    """The body of this signed request must have this digest."""
    if scope.get("method", "GET") not in _WITHOUT_BODY:
        scope[_CHECK].expect(digest)
