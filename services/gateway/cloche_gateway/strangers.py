"""Keys that were refused, counted by the address that showed them: nobody may try as many as they like.

Memory is bounded: a number for each of the addresses that failed last. A key that works is not counted. One that is in
use here is looked at also when its address has failed too often, so that whoever shares the address of a stranger, or a
load balancer with everybody, is not locked out by it; any other key is then refused unseen.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from cloche_kit.logs import get_logger
from prometheus_client import Counter
from starlette.datastructures import Headers
from starlette.types import Scope

from cloche_gateway import gcra
from cloche_gateway.gcra import SECOND
from cloche_gateway.problems import ClientError

MOST_ADDRESSES = 10_000
FAILED = Counter("cloche_authentication_failed", "Requests without a key that is good")
UNSEEN = Counter("cloche_authentication_unseen", "Keys refused unseen, for their address")
_log = get_logger(__name__)
Networks = tuple[IPv4Network | IPv6Network, ...]


class Strangers:
    """One for each gateway. `trusted` are the proxies whose X-Forwarded-For is believed."""

    def __init__(
        self,
        failures_per_minute: int,
        trusted: Networks = (),
        *,
        clock: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self._rate = gcra.per_minute(failures_per_minute, failures_per_minute)
        self._trusted = trusted
        self._clock = clock
        #: The TAT of each address, the one that failed last at the end.
        self._tats: OrderedDict[str, int] = OrderedDict()

    def failed(self, scope: Scope) -> None:
        """A key from there was refused."""
        FAILED.inc()
        address, now = self._address(scope), self._clock()
        tat = self._tats.pop(address, 0)
        after = gcra.take(self._rate, tat, now, 1)
        # Beyond what it may it is refused unseen, and that is no failure.
        self._tats[address] = tat if after is None else after
        if len(self._tats) > MOST_ADDRESSES:
            self._tats.popitem(last=False)

    def check(self, scope: Scope) -> None:
        """`too_many_failures` if more was refused from there than may be."""
        if not self._tats:
            return
        address = self._address(scope)
        tat = self._tats.get(address)
        if tat is None:
            return
        wait = gcra.wait(self._rate, tat, self._clock(), 1)
        if wait:
            UNSEEN.inc()
            raise ClientError(
                "too_many_failures",
                "from this address came too many keys that are not good",
                headers={"Retry-After": str(-(-wait // SECOND))},
                extensions={"retry_after_seconds": wait / SECOND},
            )

    def _address(self, scope: Scope) -> str:
        """Where it comes from: of IPv6 the network of 64 bits, which is what one client has."""
        client = scope.get("client")
        host = client[0] if client else ""
        if self._trusted:
            host = self._forwarded(host, Headers(scope=scope).getlist("x-forwarded-for"))
        try:
            address = ip_address(host)
        except ValueError:
            return host[:64]
        if isinstance(address, IPv6Address):
            return str(address.ipv4_mapped or IPv6Network((address, 64), strict=False))
        return str(address)

    def _forwarded(self, host: str, headers: list[str]) -> str:
        """The last address that no trusted proxy has: what is before it, the client may have made up."""
        hops = [hop.strip() for header in headers for hop in header.split(",")]
        while hops and self._is_trusted(host):
            host = hops.pop()
        return host

    def _is_trusted(self, host: str) -> bool:
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in network for network in self._trusted)
