"""A caller's trace goes on in that of its evaluations.

It is that of the current span of OpenTelemetry, in a program that uses it, else what the process was started with
(``TRACEPARENT`` and ``TRACESTATE`` in its environment).
"""

import importlib
import os
import re
import sys

NAMES = ("traceparent", "tracestate")
_PARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def trace_headers() -> list[tuple[str, str]]:
    """What says it (W3C Trace Context); empty if there is none."""
    carried: dict[str, str] = {}
    # Who uses it has loaded it; for the others that would take longer than many a request.
    if "opentelemetry.trace" in sys.modules:
        importlib.import_module("opentelemetry.propagate").inject(carried)
    if "traceparent" not in carried:
        carried = {name: os.environ.get(name.upper(), "") for name in NAMES}
    if not _PARENT.fullmatch(carried["traceparent"]):
        return []
    return [
        (name, said)
        for name in NAMES
        if (said := carried.get(name, "")).isascii() and said.isprintable() and said
    ]
