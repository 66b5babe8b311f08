"""When another attempt follows: what a submission asks for, made whole, so that the log alone tells it."""

from cloche_schemas.values import RetryPolicy
from msgspec.structs import replace

from cloche_gateway.problems import ClientError, LimitError, at
from cloche_gateway.settings import GatewaySettings


def whole(policy: RetryPolicy, settings: GatewaySettings) -> RetryPolicy:
    """`policy` with nothing left open. `limit_exceeded` beyond the maxima, `contradiction` if its base is over its cap.

    Of base and cap, one that is left out gives way to the other.
    """
    over = tuple(_over_maxima(policy, settings))
    if over:
        raise ClientError("limit_exceeded", over[0].detail, errors=over)
    base, cap = policy.base_seconds, policy.cap_seconds
    if base is not None and cap is not None and base > cap:
        detail = f"base_seconds may be at most cap_seconds, which is {cap:g}"
        raise ClientError("contradiction", detail, errors=at("/retry/base_seconds", detail))
    default = min(settings.retry_cap_seconds, settings.max_retry_cap_seconds)
    if cap is None:
        cap = max(default, base or 0.0)
    return replace(
        policy,
        attempts=policy.attempts or min(settings.max_attempts, settings.max_retry_attempts),
        base_seconds=min(settings.retry_base_seconds, cap) if base is None else base,
        cap_seconds=cap,
    )


def _over_maxima(policy: RetryPolicy, settings: GatewaySettings) -> list[LimitError]:
    maxima = {
        "attempts": settings.max_retry_attempts,
        "base_seconds": settings.max_retry_cap_seconds,
        "cap_seconds": settings.max_retry_cap_seconds,
    }
    return [
        LimitError(
            pointer=f"/retry/{name}", detail=f"{name} may be at most {maximum:g}", maximum=maximum
        )
        for name, maximum in maxima.items()
        if (asked := getattr(policy, name)) is not None and asked > maximum
    ]
