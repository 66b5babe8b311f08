"""A whole gateway in this process over its real edges, which a test may break; S3 is away unless said."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
from cloche_gateway.app import connected, serve
from support.gateway import BEARER, settings_with
from support.waiting import wait_until

NOWHERE = "postgresql://cloche@127.0.0.1:9/cloche"


@asynccontextmanager
async def real_gateway(nats_url: str, **changes: object) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of it, while inside."""
    stop = asyncio.Event()
    with tempfile.TemporaryDirectory(prefix="cloche-gateway-") as folder:
        file = Path(folder) / "port"
        known: dict[str, object] = {
            "nats_url": nats_url,
            "stream_max_bytes": 64 << 20,
            "postgres_dsn": NOWHERE,
            "s3_endpoint": "http://127.0.0.1:9",
            "port_file": file,
        }
        settings = settings_with(**(known | changes))
        async with connected(settings) as deps:
            serving = asyncio.create_task(serve(deps, settings, stop))
            try:
                await wait_until(lambda: file.exists() or serving.done(), within=20)
                assert not serving.done(), serving.exception()
                async with httpx2.AsyncClient(
                    base_url=f"http://127.0.0.1:{file.read_text().strip()}",
                    headers=BEARER,
                    timeout=30.0,
                ) as client:
                    yield client
            finally:
                stop.set()
                async with asyncio.timeout(15):
                    await serving


async def breaker_of(client: httpx2.AsyncClient, edge: str) -> str:
    """What ``/readyz`` says of the breaker of an edge."""
    body: dict[str, Any] = (await client.get("/readyz")).json()
    return str(body["breakers"][edge])


async def timed(
    client: httpx2.AsyncClient, method: str, path: str, **more: Any
) -> tuple[int, float]:
    """Status of the answer, and the seconds that it took."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    answer = await client.request(method, path, **more)
    if answer.status_code == 503:
        assert int(answer.headers["retry-after"]) >= 1
    return answer.status_code, loop.time() - begun
