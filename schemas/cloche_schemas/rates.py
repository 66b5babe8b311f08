"""Rate limits of API keys: units a minute, by class of route. What a request costs stands in docs/rate-limits.md."""

from typing import Annotated, Literal, get_args

from msgspec import Meta, Struct

RateClass = Literal["read", "write", "stream", "admin"]
RATE_CLASSES: tuple[RateClass, ...] = get_args(RateClass)

PER_MINUTE = Annotated[int, Meta(ge=1, le=10**8, description="units a minute, in the long run")]
BURST = Annotated[
    int, Meta(ge=1, le=10**8, description="units at once; absent: as many as a minute allows")
]


class Rate(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one class of routes may cost a key."""

    per_minute: PER_MINUTE
    burst: BURST | None = None


class Rates(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """By class; an absent one is that of the tenant, or of the server."""

    read: Rate | None = None
    write: Rate | None = None
    stream: Rate | None = None
    admin: Rate | None = None

    def of(self, class_: RateClass) -> Rate | None:
        rate: Rate | None = getattr(self, class_)
        return rate


class SetRate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A `Rate` in a request's body, where a name that means nothing is refused."""

    per_minute: PER_MINUTE
    burst: BURST | None = None

    def rate(self) -> Rate:
        return Rate(per_minute=self.per_minute, burst=self.burst)


class SetRates(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`Rates` in a request's body."""

    read: SetRate | None = None
    write: SetRate | None = None
    stream: SetRate | None = None
    admin: SetRate | None = None

    def rates(self) -> Rates:
        wanted = {name: getattr(self, name) for name in RATE_CLASSES}
        return Rates(**{name: one.rate() for name, one in wanted.items() if one is not None})
