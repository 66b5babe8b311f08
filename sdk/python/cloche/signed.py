"""Requests that are signed by the key instead of carrying it (docs/signing.md)."""

from collections.abc import Generator

import httpx2
from cloche_schemas.signing import sign

from cloche.errors import BadTarget


class Signed(httpx2.Auth):
    """Signs each request as it is sent: with a time and a nonce of its own also where one is sent again."""

    requires_request_body = True

    def __init__(self, api_key: str) -> None:
        """`BadTarget` for what cannot sign: the first key of a system, or no key."""
        try:
            sign(api_key, "GET", "/")
        except ValueError:
            raise BadTarget(
                "this key cannot sign requests: only keys of `cloche keys create` can"
            ) from None
        self._api_key = api_key

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        # What is signed is the address as it goes over the wire, after everything that was done to it.
        address = request.url.raw_path.decode("ascii")
        request.headers.update(sign(self._api_key, request.method, address, request.content))
        yield request
