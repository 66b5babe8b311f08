"""tako-vm's server: a process on loopback with a database of its own, and evaluations through its API."""

import asyncio
import json
import os
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
from cloche_local.ports import free_ports
from cloche_schemas.values import Limits

from benchmarks.frame import Missing
from benchmarks.peers.image import JOB_TYPE

READY_SECONDS = 30.0
STOP_SECONDS = 20.0
RESULT_SECONDS = 120.0
LOOK_SECONDS = 0.1


class TakoVm:
    """The running server."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self._http = http

    async def run(self, code: str, expected: str) -> None:
        """Submit it and wait for its result, as its documentation says for many at once."""
        body = {"code": code, "input_data": {}, "job_type": JOB_TYPE}
        accepted = await self._http.post("/execute/async", json=body)
        assert accepted.is_success, accepted.text
        job = accepted.json()["job_id"]
        wait = {"wait": "true", "timeout": str(RESULT_SECONDS)}
        result = await self._http.get(f"/jobs/{job}/result", params=wait)
        assert result.is_success, result.text
        assert result.json()["stdout"] == expected, result.text


@asynccontextmanager
async def server(scripts: Path, folder: Path, dsn: str, *, at_once: int) -> AsyncIterator[TakoVm]:
    """A server that keeps its records at `dsn`, with runc and our limits. `Missing` if it does not start."""
    port = free_ports(1)[0]
    configuration, log = folder / "tako-vm.yaml", folder / "tako-vm.log"
    # JSON is YAML.
    configuration.write_text(json.dumps(_configuration(folder, port, dsn, at_once)))
    command = (
        *(str(scripts / "tako-vm"), "--config", str(configuration)),
        *("server", "--no-auto-start-postgres"),
    )
    environment = {name: text for name, text in os.environ.items() if not name.startswith("TAKO")}
    with log.open("wb") as out:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        async with httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}",
            timeout=RESULT_SECONDS + 10,
            limits=httpx2.Limits(max_connections=200),
        ) as http:
            await _ready(http, process, log)
            yield TakoVm(http)
    finally:
        await _end(process)


def _configuration(folder: Path, port: int, dsn: str, at_once: int) -> dict[str, object]:
    limits = Limits()
    return {
        "server_host": "127.0.0.1",
        "server_port": port,
        "api_rate_limit_enabled": False,
        "database_url": dsn,
        "data_dir": str(folder / "tako-vm"),
        "container_runtime": "runc",
        "security_mode": "permissive",
        "log_level": "WARNING",
        "max_workers": at_once,
        "job_types": [
            {
                "name": JOB_TYPE,
                "memory_limit": f"{limits.memory_bytes >> 20}m",
                "cpu_limit": limits.cpus,
            }
        ],
    }


async def _ready(http: httpx2.AsyncClient, process: Process, log: Path) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(READY_SECONDS):
            while process.returncode is None:
                with suppress(httpx2.TransportError):
                    if (await http.get("/health")).is_success:
                        return
                await asyncio.sleep(LOOK_SECONDS)
    said = await asyncio.to_thread(log.read_text, errors="replace")
    last = said.strip().split("\n")[-1]
    raise Missing(f"tako-vm's server does not start: {last}")


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
