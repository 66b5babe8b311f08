"""One description, two faces: what is a plain method of the client that blocks is awaited with the other one.

A part of the client (`queue.py`, `batches.py`) describes what it does as methods that return procedures. `operation`
makes of such a method what fits the client that it is called on:

    class UsageCalls:
        @operation
        def usage(self) -> Call[UsageReport]: ...

    Client(…).usage()               # UsageReport
    await AsyncClient(…).usage()    # UsageReport

Type checkers see the same: a descriptor's type may depend on whose attribute it is. So there is no second copy of
any signature, docstring or line of logic that could drift (ADR 0017).
"""

from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from functools import update_wrapper, wraps
from types import MethodType
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, cast, overload

from cloche.steps import Procedure, Stream

if TYPE_CHECKING:
    from cloche.awaiting import AsyncTransport
    from cloche.blocking import Transport

P = ParamSpec("P")
T = TypeVar("T")


class Blocking:
    """Base of the parts of `Client`: a call returns when it is done."""

    def __init__(self, transport: "Transport") -> None:
        self._transport = transport


class Awaiting:
    """Base of the parts of `AsyncClient`: a call is awaited."""

    def __init__(self, transport: "AsyncTransport") -> None:
        self._transport = transport


class operation(Generic[P, T]):  # noqa: N801 - it is used as a decorator
    """A method that is done once: it describes a procedure, and calling it gives the result."""

    def __init__(self, described: Callable[Concatenate[Any, P], Procedure[T]]) -> None:
        @wraps(described)
        def blocking(self: Blocking, *args: P.args, **kwargs: P.kwargs) -> T:
            return self._transport.perform(described(self, *args, **kwargs))

        @wraps(described)
        async def awaiting(self: Awaiting, *args: P.args, **kwargs: P.kwargs) -> T:
            return await self._transport.perform(described(self, *args, **kwargs))

        self._blocking, self._awaiting = blocking, awaiting
        # Its name, docstring and module, for whoever looks at the class.
        update_wrapper(cast("Callable[P, T]", self), described)

    @overload
    def __get__(self, client: None, kind: type) -> Callable[..., Any]: ...
    @overload
    def __get__(self, client: Blocking, kind: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, client: Awaiting, kind: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, client: object, kind: type) -> Callable[..., Any]:
        chosen = self._awaiting if issubclass(kind, Awaiting) else self._blocking
        return chosen if client is None else MethodType(chosen, client)


class streaming(Generic[P, T]):  # noqa: N801 - it is used as a decorator
    """A method that gives items as they come: to be iterated over, with ``for`` or with ``async for``."""

    def __init__(self, described: Callable[Concatenate[Any, P], Stream[T]]) -> None:
        @wraps(described)
        def blocking(self: Blocking, *args: P.args, **kwargs: P.kwargs) -> Generator[T, None, None]:
            return self._transport.iterate(described(self, *args, **kwargs))

        @wraps(described)
        def awaiting(self: Awaiting, *args: P.args, **kwargs: P.kwargs) -> AsyncGenerator[T, None]:
            return self._transport.iterate(described(self, *args, **kwargs))

        self._blocking, self._awaiting = blocking, awaiting
        # Its name, docstring and module, for whoever looks at the class.
        update_wrapper(cast("Callable[P, T]", self), described)

    @overload
    def __get__(self, client: None, kind: type) -> Callable[..., Any]: ...
    @overload
    def __get__(self, client: Blocking, kind: type) -> Callable[P, Generator[T, None, None]]: ...
    @overload
    def __get__(self, client: Awaiting, kind: type) -> Callable[P, AsyncGenerator[T, None]]: ...
    def __get__(self, client: object, kind: type) -> Callable[..., Any]:
        chosen = self._awaiting if issubclass(kind, Awaiting) else self._blocking
        return chosen if client is None else MethodType(chosen, client)
