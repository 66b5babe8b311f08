"""Performs steps and blocks meanwhile: the transport of `Client`. `awaiting.py` is the same, awaited."""

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
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


class Transport:
    """One connection pool, and what is done over it."""

    def __init__(
        self,
        http: httpx2.Client,
        retries: Retries,
        *,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.http = http
        self.retries = retries
        self.sleep = sleep

    def perform(self, procedure: Procedure[T]) -> T:
        """Do what a procedure wants, one step after another; its result."""
        steps = iter(procedure)
        with closing(steps), closing(_Hands(self)) as hands:
            step = resumed(steps)
            while not isinstance(step, Finished):
                step = resumed(steps, hands.come_of(step))
            result: T = step.result
            return result

    def iterate(self, stream: Stream[T]) -> Generator[T, None, None]:
        """The same, giving its items."""
        with closing(stream), closing(_Hands(self)) as hands:
            step = resumed(stream)
            while not isinstance(step, Finished):
                if isinstance(step, Given):
                    yield step.item
                    step = resumed(stream)
                else:
                    step = resumed(stream, hands.come_of(step))

    def exchange(self, call: Call[Any]) -> Answer:
        """Send once. `Unreachable` if nothing comes back."""
        try:
            response = self.http.send(request_of(self.http, call))
        except httpx2.TransportError as error:
            raise error_from(error, self.http.base_url) from error
        return answer_of(response, content=response.content)

    def close(self) -> None:
        self.http.close()


def connected(
    url: str,
    api_key: str,
    retries: Retries,
    transport: httpx2.BaseTransport | None,
    *,
    sign: bool = False,
) -> Transport:
    """For one address and one key, which signs or is sent. `BadTarget` where they cannot be one."""
    check(url, api_key)
    http = httpx2.Client(
        base_url=url,
        headers=headers_of(api_key, sign=sign),
        auth=Signed(api_key) if sign else None,
        transport=transport,
    )
    return Transport(http, retries)


class _Hands:
    """What one procedure under way has in its hands: at most one open answer."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._response: httpx2.Response | None = None
        self._bytes: Iterator[bytes] | None = None
        self._frames: Iterator[httpx2.ServerSentEvent] | None = None

    def come_of(self, step: Step[Any]) -> Came:
        """Do it: what came of it."""
        try:
            return Came(self._do(step))
        except ClocheError as error:
            return Came(error=error)
        except httpx2.TransportError as error:
            came = error_from(error, self._transport.http.base_url)
            came.__cause__ = error
            return Came(error=came)

    def _do(self, step: Step[Any]) -> object:
        match step:
            case Call():
                answer = self._transport.perform(attempts(step, self._transport.retries))
                return result_of(step, answer)
            case Exchange(call=call):
                return self._transport.exchange(call)
            case Open():
                return self._open(step)
            case NextBytes():
                return None if self._bytes is None else next(self._bytes, None)
            case NextFrame():
                event = None if self._frames is None else next(self._frames, None)
                return None if event is None else frame_of(event)
            case Sleep(seconds=seconds):
                self._transport.sleep(seconds)
            case Shut():
                self.close()
            case _:
                raise TypeError(f"{step!r} is no step")
        return None

    def _open(self, step: Open) -> Answer:
        self.close()
        http = self._transport.http
        response = http.send(request_of(http, step.call, step.silence), stream=True)
        if not response.is_success:
            with closing(response):
                return answer_of(response, content=response.read())
        self._response = response
        self._bytes = response.iter_bytes()
        self._frames = iter(httpx2.EventSource(response, max_event_size=LARGEST_FRAME))
        return answer_of(response)

    def close(self) -> None:
        self._bytes = self._frames = None
        if self._response is not None:
            response, self._response = self._response, None
            response.close()
