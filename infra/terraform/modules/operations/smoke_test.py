"""Run one program through the gateways at CLOCHE_URL and see what it writes. Standard library only; exit 1 says why.

The queue is shared by both colours, so an executor of either may have run it: `started` in the log says which.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
import urllib.request
from typing import Any

URL = os.environ["CLOCHE_URL"].rstrip("/")
SECONDS = float(os.environ.get("SMOKE_SECONDS", "120"))


def call(path: str, body: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the address is the document's own
        URL + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": "Bearer " + os.environ["CLOCHE_API_KEY"],
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
        return json.loads(response.read())


def main() -> str | None:
    word = secrets.token_hex(8)
    program = f"print('{word}')"
    submitted = call("/v1/evaluations", {"code": program, "language": "python"})
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        seen = call("/v1/evaluations/" + submitted["id"])
        if seen["status"] in ("completed", "dead_lettered"):
            break
        time.sleep(1)
    else:
        return f"{submitted['id']} was not done after {SECONDS:.0f} s"
    if seen.get("outcome") != "succeeded":
        return f"{submitted['id']} ended as {seen['status']}, {seen.get('outcome')}"
    sys.stdout.write(f"{submitted['id']} ran\n")
    return None


if __name__ == "__main__":
    sys.exit(main())
