"""Cross-origin resource sharing: pages of other origins that may use the API."""

from collections.abc import Collection

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: What clients send beside what every page may: keys or signatures, conditions, wishes, their trace.
_TAKEN = (
    *("Authorization", "Content-Digest", "Signature", "Signature-Input"),
    *("Content-Type", "Idempotency-Key", "Prefer", "If-None-Match", "Range", "If-Range"),
    *("Last-Event-ID", "traceparent", "tracestate", "X-Request-Id"),
)
#: What pages may read beside what every page may. Date is the clock that signatures are compared with.
_SHOWN = (
    *("Link", "ETag", "Location", "Date", "Retry-After", "RateLimit", "RateLimit-Policy"),
    *("X-Request-Id", "Repr-Digest", "Accept-Ranges", "Content-Range", "Preference-Applied"),
    *("Cloche-Read-Lag", "Deprecation", "Sunset", "WWW-Authenticate"),
)
MAX_AGE_SECONDS = 600


def shared(app: ASGIApp, origins: Collection[str]) -> ASGIApp:
    """`app`, also for pages of these origins; without any, as it is. Never with cookies: a page sends a key."""
    if not origins:
        return app
    return CORSMiddleware(
        app,
        allow_origins=origins,
        allow_methods=_METHODS,
        allow_headers=_TAKEN,
        expose_headers=_SHOWN,
        max_age=MAX_AGE_SECONDS,
    )
