"""Expressions that many panels have."""

from cloche_observability.dashboards.board import Query

#: Grafana's window for rates: at least four scrapes.
RATE = "$__rate_interval"


def rate(metric: str, by: str = "", where: str = "") -> str:
    """Per second, added up over instances."""
    grouped = f" by ({by})" if by else ""
    return f"sum{grouped} (rate({metric}{{{where}}}[{RATE}]))".replace("{}", "")


def quantiles(metric: str, by: str = "", where: str = "") -> tuple[Query, ...]:
    """The median, and what one in twenty and one in a hundred exceed, of a histogram."""
    grouped = f"le, {by}" if by else "le"
    named = f" {{{{{by}}}}}" if by else ""
    buckets = rate(f"{metric}_bucket", grouped, where)
    return tuple(
        Query(f"histogram_quantile({share}, {buckets})", f"p{share * 100:g}{named}")
        for share in (0.5, 0.95, 0.99)
    )


def high(metric: str, by: str, where: str = "") -> Query:
    """What one in twenty exceeds, a line for each value of a label."""
    buckets = rate(f"{metric}_bucket", f"le, {by}", where)
    return Query(f"histogram_quantile(0.95, {buckets})", f"{{{{{by}}}}}")


def share(part: str, whole: str) -> str:
    """A part of a whole; 0 where nothing of the part was ever counted."""
    return f"({part} or vector(0)) / ({whole} > 0)"
