"""Performs steps and is awaited meanwhile: the transport of `AsyncClient`. `blocking.py` is the same, blocking."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, closing
from typing import Any, TypeVar

import httpx2

from cloche.calls import result_of
from cloche.errors import ClocheError
from cloche.exchange import (
    LARGEST_FRAME,
    answer_of,
    check,
    error_from,
    frame_of,
    headers_of,
    request_of,
)
from cloche.retries import Retries, attempts
from cloche.signed import Signed
from cloche.steps import (
    Answer,
    Call,
    Came,
    Exchange,
    Finished,
    Given,
    NextBytes,
    NextFrame,
    Open,
    Procedure,
    Shut,
    Sleep,
    Step,
    Stream,
    resumed,
)

T = TypeVar("T")


class AsyncTransport:
    """One connection pool, and what is done over it."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        retries: Retries,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.http = http
        self.retries = retries
        self.sleep = sleep

    async def perform(self, procedure: Procedure[T]) -> T:
        """Do what a procedure wants, one step after another; its result."""
        steps = iter(procedure)
        with closing(steps):
            async with aclosing(_Hands(self)) as hands:
                step = resumed(steps)
                while not isinstance(step, Finished):
                    step = resumed(steps, await hands.come_of(step))
                result: T = step.result
                return result

    async def iterate(self, stream: Stream[T]) -> AsyncGenerator[T, None]:
        """The same, giving its items."""
        with closing(stream):
            async with aclosing(_Hands(self)) as hands:
                step = resumed(stream)
                while not isinstance(step, Finished):
                    if isinstance(step, Given):
                        yield step.item
                        step = resumed(stream)
                    else:
                        step = resumed(stream, await hands.come_of(step))

    async def exchange(self, call: Call[Any]) -> Answer:
        """Send once. `Unreachable` if nothing comes back."""
        try:
            response = await self.http.send(request_of(self.http, call))
        except httpx2.TransportError as error:
            raise error_from(error, self.http.base_url) from error
        return answer_of(response, content=response.content)

    async def aclose(self) -> None:
        await self.http.aclose()


def connected(
    url: str,
    api_key: str,
    retries: Retries,
    transport: httpx2.AsyncBaseTransport | None,
    *,
    sign: bool = False,
) -> AsyncTransport:
    """For one address and one key, which signs or is sent. `BadTarget` where they cannot be one."""
    check(url, api_key)
    http = httpx2.AsyncClient(
        base_url=url,
        headers=headers_of(api_key, sign=sign),
        auth=Signed(api_key) if sign else None,
        transport=transport,
    )
    return AsyncTransport(http, retries)


class _Hands:
    """What one procedure under way has in its hands: at most one open answer."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport
        self._response: httpx2.Response | None = None
        self._bytes: AsyncIterator[bytes] | None = None
        self._frames: AsyncIterator[httpx2.ServerSentEvent] | None = None

    async def come_of(self, step: Step[Any]) -> Came:
        """Do it: what came of it."""
        try:
            return Came(await self._do(step))
        except ClocheError as error:
            return Came(error=error)
        except httpx2.TransportError as error:
            came = error_from(error, self._transport.http.base_url)
            came.__cause__ = error
            return Came(error=came)

    async def _do(self, step: Step[Any]) -> object:
        match step:
            case Call():
                answer = await self._transport.perform(attempts(step, self._transport.retries))
                return result_of(step, answer)
            case Exchange(call=call):
                return await self._transport.exchange(call)
            case Open():
                return await self._open(step)
            case NextBytes():
                return None if self._bytes is None else await anext(self._bytes, None)
            case NextFrame():
                event = None if self._frames is None else await anext(self._frames, None)
                return None if event is None else frame_of(event)
            case Sleep(seconds=seconds):
                await self._transport.sleep(seconds)
            case Shut():
                await self.aclose()
            case _:
                raise TypeError(f"{step!r} is no step")
        return None

    async def _open(self, step: Open) -> Answer:
        await self.aclose()
        http = self._transport.http
        response = await http.send(request_of(http, step.call, step.silence), stream=True)
        if not response.is_success:
            async with aclosing(response):
                return answer_of(response, content=await response.aread())
        self._response = response
        self._bytes = response.aiter_bytes()
        self._frames = aiter(httpx2.EventSource(response, max_event_size=LARGEST_FRAME))
        return answer_of(response)

    async def aclose(self) -> None:
        self._bytes = self._frames = None
        if self._response is not None:
            response, self._response = self._response, None
            await response.aclose()
