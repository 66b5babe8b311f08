"""The way to the Docker daemon: the SDK in threads, with bounded waits and its errors in ours."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from socket import socket
from typing import Any, TypeVar

import docker.errors
import requests
from docker import APIClient

from cloche_executor.engines.docker_ping import daemon_answers
from cloche_executor.sandbox import EngineUnavailable, ImageMissing, SandboxError, SandboxLost

T = TypeVar("T")
# What the daemon may take to answer a sign of life.
PING_SECONDS = 3.0
# A call that takes longer than the first is no trouble while the daemon answers others. No call takes the second.
SLOW_SECONDS = 5.0
CALL_SECONDS = 60


class Daemon:
    """Blocking calls never run on the event loop, and none waits for a daemon that has fallen silent.

    The threads are not joined at exit: one that hangs in a call must not keep the process.
    """

    def __init__(self, api: APIClient, host: str, *, threads: int) -> None:
        self.api = api
        self._host = host
        self._free = asyncio.Semaphore(threads)
        self._doubted = False
        self._closed = False
        self._asking: asyncio.Task[bool] | None = None

    async def call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """`SandboxLost` for a container that is not there, `EngineUnavailable` for a daemon that does not answer."""
        if self._doubted and not await self.answers():
            raise EngineUnavailable("the Docker daemon does not answer")
        await self._thread()
        running = _in_thread(lambda: function(*args, **kwargs), self._free.release)
        try:
            result = await self._patiently(running)
        except docker.errors.ImageNotFound as error:
            raise ImageMissing(str(error.explanation)) from error
        except docker.errors.NotFound as error:
            raise SandboxLost(str(error.explanation)) from error
        except docker.errors.APIError as error:
            raise SandboxError(str(error.explanation or error)) from error
        except (docker.errors.DockerException, requests.RequestException, OSError) as error:
            self._doubted = True
            raise EngineUnavailable(f"the Docker daemon does not answer: {error}") from error
        self._doubted = self._closed
        return result

    async def _thread(self) -> None:
        """A thread is free for us. Behind calls that hang nobody waits longer than for one that hangs."""
        while True:
            try:
                async with asyncio.timeout(SLOW_SECONDS):
                    await self._free.acquire()
            except TimeoutError:
                if not await self.answers():
                    raise EngineUnavailable("the Docker daemon does not answer any more") from None
            else:
                return

    async def answers(self) -> bool:
        """Whether the daemon gives a sign of life. Asked once for all who want to know at the same time."""
        if self._closed:
            return False
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await asyncio.shield(self._asking)

    def close(self) -> None:
        self._closed = self._doubted = True
        self.api.close()

    async def _ask(self) -> bool:
        try:
            answered = await _in_thread(lambda: daemon_answers(self._host, PING_SECONDS))
        finally:
            self._asking = None
        self._doubted = not answered
        return answered

    async def _patiently(self, running: "asyncio.Future[T]") -> T:
        try:
            while not (await asyncio.wait({running}, timeout=SLOW_SECONDS))[0]:
                if not await self.answers():
                    break
        finally:
            if not running.done():
                running.add_done_callback(_hang_up)
        if not running.done():
            raise EngineUnavailable("the Docker daemon does not answer any more")
        return running.result()


def _hang_up(late: "asyncio.Future[Any]") -> None:
    """Close a connection that comes when nobody waits for it any more: its container waits as long as it stands."""
    if not late.cancelled() and late.exception() is None and isinstance(late.result(), socket):
        late.result().close()


def _in_thread(
    function: Callable[[], T], after: Callable[[], None] | None = None
) -> "asyncio.Future[T]":
    """The result of a blocking call; `after` is called when it is over, whether anybody still waits or not."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def over(deliver: Callable[[], None]) -> None:
        if after is not None:
            after()
        if not future.cancelled():
            deliver()

    def run() -> None:
        try:
            deliver = partial(future.set_result, function())
        except BaseException as error:
            deliver = partial(_fail, future, error)
        # A loop that is closed has nobody who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(over, deliver)

    threading.Thread(target=run, name="docker", daemon=True).start()
    return future


def _fail(future: "asyncio.Future[Any]", error: BaseException) -> None:
    future.set_exception(error)
    # Nobody may be left to ask for it, which is no reason to complain.
    future.exception()
