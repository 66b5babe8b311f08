"""Signed requests as a client sends them, and ways to spoil them."""

import httpx2
import msgspec
from cloche_schemas.signing import sign
from support.gateway import Stage

JSON = {"Content-Type": "application/json"}


async def send(
    client: httpx2.AsyncClient,
    api_key: str,
    method: str,
    url: str,
    body: object = None,
    **changes: str,
) -> httpx2.Response:
    """A request signed with `api_key` and without another credential. `changes`: other headers than those signed."""
    content = b"" if body is None else msgspec.json.encode(body)
    headers = sign(api_key, method, url, content)
    return await send_as(client, headers | changes, method, url, content)


async def send_as(
    client: httpx2.AsyncClient,
    headers: dict[str, str],
    method: str,
    url: str,
    content: bytes = b"",
) -> httpx2.Response:
    """A request with exactly these credentials."""
    request = client.build_request(
        method, url, content=content, headers=headers | (JSON if content else {})
    )
    if "Authorization" not in headers:
        del request.headers["Authorization"]
    return await client.send(request)


async def signer(stage: Stage, **fields: object) -> str:
    """A key whose requests must be signed."""
    wish = {"name": "signs", "require_signature": True, **fields}
    answer = await stage.client.post("/v1/keys", json=wish)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["api_key"])
