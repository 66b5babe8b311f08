"""Message headers as NATS writes them: a version line that may carry a status, then a line each."""

from contextlib import suppress

from cloche_kit.bus import BusError


def header_block(headers: dict[str, str]) -> bytes:
    """``NATS/1.0`` and one line each. `BusError` for a name or value that would break out of its line."""
    lines = ["NATS/1.0"]
    for name, value in headers.items():
        if "\n" in value or "\r" in value or not name.isascii() or ":" in name or " " in name:
            raise BusError(f"not a header: {name!r}: {value!r}")
        lines.append(f"{name}: {value}")
    lines.append("\r\n")
    return "\r\n".join(lines).encode()


def parse_headers(block: bytes) -> dict[str, str]:
    """The headers of a message; the status line is left out."""
    if not block:
        return {}
    headers: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\r\n")[1:]:
        name, colon, value = line.partition(":")
        if colon:
            headers[name.strip()] = value.strip()
    return headers


def status_of(block: bytes) -> int:
    """The status that the server put on the first line of the headers; 0 if none."""
    with suppress(ValueError):
        return int(block[9:12]) if block.startswith(b"NATS/1.0 ") else 0
    return 0
