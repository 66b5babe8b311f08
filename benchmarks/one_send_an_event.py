"""`python -m benchmarks.one_send_an_event PORT_FILE`: the reference of P11, an event stream as it is usually written.

Each client has a queue and a `StreamingResponse` that yields one event at a time, on the same server as ours (uvicorn,
uvloop, httptools). What is posted to `/burst` is given to all, framed once for everybody.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import uvloop
from cloche_kit.health import write_port
from cloche_kit.http_server import serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

_queues: set["asyncio.Queue[bytes]"] = set()


async def events(_request: Request) -> Response:
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    _queues.add(queue)

    async def frames() -> AsyncIterator[bytes]:
        yield b"event: output-chunk\ndata: {}\n\n"
        try:
            while True:
                yield await queue.get()
        finally:
            _queues.discard(queue)

    return StreamingResponse(frames(), media_type="text/event-stream")


async def burst(request: Request) -> Response:
    """A JSON array of events."""
    for event in msgspec.json.decode(await request.body(), type=list[msgspec.Raw]):
        frame = b"event: output-chunk\ndata: %b\n\n" % bytes(event)
        for queue in _queues:
            queue.put_nowait(frame)
    return Response(status_code=204)


async def main(port_file: Path) -> None:
    routes = [Route("/events", events), Route("/burst", burst, methods=["POST"])]
    async with serving(Starlette(routes=routes), host="127.0.0.1", port=0) as port:
        write_port(port_file, port)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1])))
