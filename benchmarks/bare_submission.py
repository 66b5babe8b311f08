"""`python -m benchmarks.bare_submission PORT_FILE NATS_URL`: the reference of P1, a handler that publishes its body.

On the same server as ours (uvicorn, uvloop, httptools) with nats-py's own `publish`: no key, no validation, no fold, no
record of who asked. What it answers has the form of ours.
"""

import asyncio
import sys
import uuid
from pathlib import Path

import nats
import uvloop
from cloche_kit.health import write_port
from cloche_kit.http_server import serving
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

STREAM = "BARE"


async def main(port_file: Path, nats_url: str) -> None:
    client = await nats.connect(nats_url)
    stream = client.jetstream()
    await stream.add_stream(name=STREAM, subjects=[f"{STREAM}.>"])

    async def submit(request: Request) -> Response:
        id_ = str(uuid.uuid4())
        await stream.publish(f"{STREAM}.{id_}", await request.body())
        location = f"/v1/evaluations/{id_}"
        return JSONResponse({"id": id_, "status": "queued"}, 202, {"Location": location})

    routes = [Route("/v1/evaluations", submit, methods=["POST"])]
    async with serving(Starlette(routes=routes), host="127.0.0.1", port=0) as port:
        write_port(port_file, port)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]), sys.argv[2]))
