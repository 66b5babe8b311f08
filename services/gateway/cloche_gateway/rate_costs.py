"""What a request costs, and of which budget: by the template of its route, so that a new route has a cost at once.

docs/rate-limits.md has the table for users.
"""

from functools import lru_cache

from cloche_schemas.rates import RateClass
from msgspec import Struct
from starlette.types import Scope

#: A search reads through what a program wrote; everything else looks something up, or follows it.
SEARCH = 10
#: Evaluations of a batch that cost one unit together: they share one request, one check of the key and one append.
BATCH_UNIT = 10

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_ADMIN = ("/v1/tenants", "/v1/keys", "/v1/projections", "/v1/audit")
_STREAMS = ("/events", "/ws")


class Charge(Struct, frozen=True):
    """`units` of the budget `class_`."""

    class_: RateClass
    units: int


def charge_of(scope: Scope) -> Charge:
    """What a request to the route that was found costs."""
    path = getattr(scope.get("route"), "path", "")
    return charge(scope.get("method", "GET"), path)


@lru_cache(maxsize=1024)
def charge(method: str, path: str) -> Charge:
    """By method and template."""
    if path.startswith(_ADMIN):
        return Charge("admin", 1)
    if path.endswith(_STREAMS):
        return Charge("stream", 1)
    if method not in _READING:
        return Charge("write", 1)
    return Charge("read", SEARCH if path.endswith("/search") else 1)


def batch_units(size: int) -> int:
    """What a batch of `size` evaluations costs beyond its request: one unit for every ten after the first ten."""
    return -(-size // BATCH_UNIT) - 1
