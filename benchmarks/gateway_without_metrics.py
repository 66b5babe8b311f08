"""`python -m benchmarks.gateway_without_metrics`: the gateway, with metrics that count nothing.

There is no setting for that, and nobody would want one; the reference of P22 is a gateway that is observed in no way.
"""

from cloche_gateway.__main__ import main
from prometheus_client import Counter, Gauge, Histogram


def _nothing(*_: object, **__: object) -> None:
    """In the place of whatever counts."""


for kind, names in ((Counter, ["inc"]), (Gauge, ["inc", "dec", "set"]), (Histogram, ["observe"])):
    for name in names:
        setattr(kind, name, _nothing)

if __name__ == "__main__":
    main()
