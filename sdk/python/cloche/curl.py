"""A request as a curl command, instead of being sent: the key is named by its variable and shown to nobody."""

import shlex

import httpx2

from cloche.choices import ShownInstead

# What curl says by itself, or what is said in another way.
_LEFT_OUT = frozenset(
    {"host", "user-agent", "accept-encoding", "connection", "content-length", "authorization"}
)


class Shown(httpx2.BaseTransport):
    """Sends nothing: the first request is raised as text."""

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        raise ShownInstead(as_curl(request))


def as_curl(request: httpx2.Request) -> str:
    """A command that does the same where CLOCHE_API_KEY is set."""
    words = ["curl", "-sS"]
    if request.headers.get("accept") == "text/event-stream":
        words.append("-N")
    if request.method != "GET":
        words += ["-X", request.method]
    parts = [" ".join([*words, shlex.quote(str(request.url))])]
    if "authorization" in request.headers:
        parts.append('-H "Authorization: Bearer $CLOCHE_API_KEY"')
    for name, value in request.headers.items():
        if name.lower() not in _LEFT_OUT and (name.lower(), value) != ("accept", "*/*"):
            title = "-".join(part.capitalize() for part in name.split("-"))
            parts.append(f"-H {shlex.quote(f'{title}: {value}')}")
    if body := request.read():
        parts.append(_data(body))
    return " \\\n  ".join(parts) + "\n"


def _data(body: bytes) -> str:
    try:
        return f"--data-raw {shlex.quote(body.decode())}"
    except UnicodeDecodeError:
        return f"--data-binary @FILE-OF-{len(body)}-BYTES"
