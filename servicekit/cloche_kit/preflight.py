"""Before a service starts: is what it depends on there, does it let us in, and can it do what we need?

What may come yet is waited for as long as the settings say; what waiting cannot mend ends the start at once. Either way
it is named (`NotStarted`). Where the settings give no time, a service starts without, and waits as it does later.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from urllib.parse import SplitResult, urlsplit

import msgspec
from msgspec import Struct

from cloche_kit.logs import get_logger
from cloche_kit.objects import Objects
from cloche_kit.settings import ObjectSettings, ServiceSettings
from cloche_kit.start import NotStarted

#: Atomic batches came with it.
NATS_NEEDED = (2, 12)
NATS_PORT = 4222
ANSWER_SECONDS = 2.0
RETRY_SECONDS = 0.2
_log = get_logger(__name__)

#: What is wrong, in words; None if nothing is.
Check = Callable[[], Awaitable[str | None]]


class _Greeting(Struct, frozen=True):
    """What a NATS server says first."""

    version: str = ""
    jetstream: bool = False
    tls_required: bool = False
    cluster: str | None = None


class Preflight:
    """The checks of one start. Each gives False where the process was told to stop meanwhile."""

    def __init__(self, settings: ServiceSettings, stop: asyncio.Event) -> None:
        self._settings = settings
        self._stop = stop

    async def nats(self) -> bool:
        """A server of those in the settings answers, lets us in, and has what we need. `NotStarted`."""
        return await self.check("NATS", self._nats)

    async def objects(self, objects: Objects, settings: ObjectSettings) -> bool:
        """The bucket answers to our keys. `NotStarted`."""

        async def bucket() -> str | None:
            if await objects.ready():
                return None
            return (
                f"CLOCHE_S3_ENDPOINT: the bucket {settings.s3_bucket} at {settings.s3_endpoint} does not answer, "
                f"or not to CLOCHE_S3_ACCESS_KEY with its secret key"
            )

        return await self.check("S3", bucket)

    async def check(self, component: str, check: Check) -> bool:
        """Until `check` finds nothing wrong. `NotStarted` with what it found last, when the time is over."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.start_seconds
        said = ""
        while self._settings.start_seconds and not self._stop.is_set():
            problem = await check()
            if problem is None:
                break
            if problem != said:
                _log.info("waiting_for", component=component, reason=problem)
                said = problem
            if loop.time() >= deadline:
                raise NotStarted(component, problem)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), RETRY_SECONDS)
        return not self._stop.is_set()

    async def _nats(self) -> str | None:
        problems = []
        for url in map(str.strip, self._settings.nats_url.split(",")):
            address = urlsplit(url if "://" in url else f"nats://{url}")
            where = f"{address.hostname}:{address.port or NATS_PORT}"
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    greeting = await self._greet(address)
            except (OSError, TimeoutError, EOFError, msgspec.DecodeError) as error:
                reason = str(error) or type(error).__name__
                problems.append(f"{where} does not answer as NATS: {reason}")
            else:
                # One that answers is enough: the others may be down for a while.
                fits(greeting, where, replicas=self._settings.stream_replicas)
                return None
        return f"CLOCHE_NATS_URL: {'; '.join(problems)}"

    async def _greet(self, address: SplitResult) -> _Greeting:
        """Say who we are; `NotStarted` if we are refused."""
        reader, writer = await asyncio.open_connection(address.hostname, address.port or NATS_PORT)
        try:
            greeting = msgspec.json.decode(
                _after(b"INFO ", await reader.readline()), type=_Greeting
            )
            if greeting.tls_required or address.scheme == "tls":
                # Whether the login is good the connection itself will tell.
                return greeting
            password = self._settings.nats_password
            login = {
                "verbose": False,
                "pedantic": False,
                "name": "preflight",
                "lang": "python",
                "version": "0",
                "user": self._settings.nats_user,
                "pass": None if password is None else password.get_secret_value(),
            }
            known = {name: value for name, value in login.items() if value is not None}
            writer.write(b"CONNECT %b\r\nPING\r\n" % json.dumps(known).encode())
            while not (line := await reader.readline()).startswith(b"PONG"):
                if b"uthorization" in line or b"uthentication" in line:
                    raise NotStarted(
                        "NATS",
                        "CLOCHE_NATS_USER, CLOCHE_NATS_PASSWORD: "
                        f"{address.hostname} refuses {self._settings.nats_user or 'who has no name'}",
                    )
                _after(b"", line)
            return greeting
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def fits(greeting: _Greeting, where: str, *, replicas: int) -> None:
    """`NotStarted` if the server cannot do what services need."""
    found = re.match(r"(\d+)\.(\d+)", greeting.version)
    if found is None or (int(found[1]), int(found[2])) < NATS_NEEDED:
        needed = ".".join(map(str, NATS_NEEDED))
        raise NotStarted(
            "NATS", f"CLOCHE_NATS_URL: {where} is NATS {greeting.version}, and {needed} is needed"
        )
    if not greeting.jetstream:
        raise NotStarted("NATS", f"CLOCHE_NATS_URL: {where} has JetStream switched off")
    if replicas > 1 and greeting.cluster is None:
        raise NotStarted(
            "NATS", f"CLOCHE_STREAM_REPLICAS is {replicas}, but {where} belongs to no cluster"
        )


def _after(start: bytes, line: bytes) -> bytes:
    """The rest of a line that begins so. `EOFError` if there was none, `OSError` if it begins otherwise."""
    if not line:
        raise EOFError("it closed the connection")
    if not line.startswith(start):
        raise OSError(f"it says {line[:40]!r}")
    return line.removeprefix(start)
