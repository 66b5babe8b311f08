"""Waiting for something to become true, never for luck."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable


async def wait_until(
    predicate: Callable[[], object | Awaitable[object]],
    within: float = 5.0,
    *,
    every: float = 0.01,
    told: Callable[[], object] = lambda: "",
) -> None:
    """Return as soon as `predicate` (plain or async) is true; AssertionError, with what is `told`, after `within` s."""
    deadline = time.monotonic() + within
    while True:
        result = predicate()
        if inspect.isawaitable(result):
            result = await result
        if result:
            return
        if time.monotonic() > deadline:
            raise AssertionError(f"not true within {within} s: {_what(predicate)} {told()}")
        await asyncio.sleep(every)


async def wait_for_progress(left: Callable[[], int], *, within: float) -> None:
    """Return when nothing is `left`; AssertionError when it has not become less for `within` seconds."""
    while least := left():
        try:
            await wait_until(lambda: left() < least, within, every=0.05)
        except AssertionError:
            raise AssertionError(f"{least} are left, no fewer for {within} s") from None


def _what(predicate: Callable[[], object | Awaitable[object]]) -> str:
    try:
        return inspect.getsource(predicate).strip()
    except (TypeError, OSError):
        return repr(predicate)
