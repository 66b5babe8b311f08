"""One WebSocket connection: who is on it, what it follows, and the ends that it comes to.

Nothing is queued for a client that does not read: each subscription holds what the live feed gives it, within bounds,
and waits for its turn to send. A send that nobody takes ends the connection, and so does a feed that overflows.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing

import msgspec
from cloche_kit.logs import get_logger
from cloche_schemas.feeds import (
    CLOSE_CODES,
    Authenticate,
    ClientMessage,
    Ping,
    Pong,
    Ready,
    Subscribe,
    Unsubscribe,
    Unsubscribed,
)
from msgspec import Struct
from prometheus_client import Counter, Gauge
from starlette.websockets import WebSocket

from cloche_gateway.answering import FAILURES, archive_problem, history_of
from cloche_gateway.auditing import note_refusal
from cloche_gateway.authentication import READER, Caller, authenticate
from cloche_gateway.bodies import decode_body
from cloche_gateway.deps import Gateway
from cloche_gateway.open_answers import until_refused
from cloche_gateway.problems import ClientError, at, document
from cloche_gateway.subscription import TooSlow, told
from cloche_gateway.websocket_wire import (
    BROKEN,
    KEY_ENDED,
    NO_KEY,
    NO_KEY_IN_TIME,
    NO_SCOPE,
    STOPS,
    TOO_SLOW,
    Close,
    Closing,
    Gone,
    Wire,
)

_log = get_logger(__name__)
SOCKETS = Gauge("cloche_gateway_websockets", "Open WebSocket connections")
CLOSED = Counter(
    "cloche_gateway_websockets_closed", "WebSocket connections that ended, by close code", ["code"]
)
for _code in ("client", *map(str, CLOSE_CODES)):
    CLOSED.labels(_code)
_messages: "msgspec.json.Decoder[ClientMessage]" = msgspec.json.Decoder(ClientMessage)


class _Correlated(Struct):
    """What of a message that is wrong tells which one it was."""

    id: int | None = None


_correlated = msgspec.json.Decoder(_Correlated)


async def reader_of(websocket: WebSocket, key: str | None) -> Caller:
    """Who shows this key, or has signed. `unauthorized`, or `forbidden` if it may not read."""
    gateway: Gateway = websocket.app.state.gateway
    return READER.checked(await authenticate(websocket, gateway, key))


class Session:
    """One connection that was accepted. Without `caller` its first message says the key."""

    def __init__(self, websocket: WebSocket, gateway: Gateway, caller: Caller | None) -> None:
        self._websocket = websocket
        self._gateway = gateway
        self._settings = gateway.settings
        self._caller = caller
        self._wire = Wire(websocket, send_seconds=gateway.settings.send_seconds)
        self._following: dict[int, asyncio.Task[None]] = {}
        self._work: set[asyncio.Task[None]] = set()
        self._end: asyncio.Future[Close | None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Until one side ends it."""
        with SOCKETS.track_inprogress():
            try:
                self._do(self._converse())
                self._do(self._until_the_gateway_stops())
                close = await self._end
            finally:
                tasks = {*self._work, *self._following.values()}
                for task in tasks:
                    task.cancel()
                if tasks:
                    await asyncio.wait(tasks)
            CLOSED.labels("client" if close is None else str(close.code)).inc()
            if close is not None:
                await self._wire.close(close)

    def _do(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    def _finish(self, close: Close | None) -> None:
        """The first end is the one that counts."""
        if not self._end.done():
            self._end.set_result(close)

    async def _converse(self) -> None:
        """Hear the client out. Whatever goes wrong here is the end."""
        try:
            caller = self._caller or await self._authenticated()
            self._do(self._until_the_key_ends())
            await self._say(
                Ready(
                    tenant=caller.tenant,
                    subscriptions=self._settings.websocket_subscriptions,
                    message_bytes=self._settings.websocket_message_bytes,
                )
            )
            while True:
                text = await self._wire.hear()
                try:
                    await self._answer(caller, decode_body(text, _messages))
                except ClientError as error:
                    await self._refuse(_id_of(text), error)
        except Closing as closing:
            self._finish(closing.close)
        except Gone:
            self._finish(None)
        except Exception:
            _log.exception("websocket_broken")
            self._finish(BROKEN)

    async def _authenticated(self) -> Caller:
        try:
            async with asyncio.timeout(self._settings.websocket_auth_seconds):
                text = await self._wire.hear()
        except TimeoutError:
            note_refusal(self._websocket, "unauthorized")
            raise Closing(NO_KEY_IN_TIME) from None
        try:
            message = decode_body(text, _messages)
            if not isinstance(message, Authenticate):
                note_refusal(self._websocket, "unauthorized")
                raise Closing(NO_KEY)
            return await reader_of(self._websocket, message.api_key)
        except FAILURES as error:
            problem = await archive_problem(history_of(self._gateway.deps), error)
            note_refusal(self._websocket, problem.slug)
            await self._refuse(None, problem)
            closes = {"forbidden": NO_SCOPE, "unavailable": BROKEN}
            raise Closing(closes.get(problem.slug, NO_KEY)) from None

    async def _answer(self, caller: Caller, message: ClientMessage) -> None:
        match message:
            case Subscribe(id=id_):
                most = self._settings.websocket_subscriptions
                if id_ in self._following:
                    detail = f"{id_} is being followed"
                    raise ClientError("subscription_taken", detail, errors=at("/id", detail))
                if len(self._following) >= most:
                    raise ClientError("too_many_subscriptions", f"there may be {most}")
                self._following[id_] = asyncio.create_task(self._follow(caller, message))
            case Unsubscribe(id=id_):
                task = self._following.pop(id_, None)
                if task is not None:
                    task.cancel()
                    await asyncio.wait({task})
                await self._say(Unsubscribed(id=id_))
            case Ping():
                await self._say(Pong())
            case Authenticate():
                raise ClientError("bad_request", "the key has been said")

    async def _follow(self, caller: Caller, wish: Subscribe) -> None:
        """Say everything of one subscription. Its id is free as soon as the last word on it is under way."""
        try:
            try:
                async with aclosing(told(self._gateway, caller, wish)) as texts:
                    async for text in texts:
                        await self._wire.send(text)
            except FAILURES as error:
                problem = await archive_problem(history_of(self._gateway.deps), error)
                await self._refuse(wish.id, problem)
        except TooSlow:
            self._finish(TOO_SLOW)
        except Closing as closing:
            self._finish(closing.close)
        except Gone:
            self._finish(None)
        except Exception:
            _log.exception("subscription_broken")
            self._finish(BROKEN)
        finally:
            if self._following.get(wish.id) is asyncio.current_task():
                del self._following[wish.id]

    async def _until_the_gateway_stops(self) -> None:
        await self._gateway.stop.wait()
        self._finish(STOPS)

    async def _until_the_key_ends(self) -> None:
        with until_refused(self._websocket.scope) as refused:
            await refused.wait()
        self._finish(KEY_ENDED)

    async def _refuse(self, id_: int | None, error: ClientError) -> None:
        problem = document(self._websocket, error).decode()
        known = "null" if id_ is None else str(id_)
        await self._wire.send(f'{{"type":"error","id":{known},"problem":{problem}}}')

    async def _say(self, message: Ready | Unsubscribed | Pong) -> None:
        await self._wire.send(msgspec.json.encode(message).decode())


def _id_of(text: bytes) -> int | None:
    try:
        return _correlated.decode(text).id
    except msgspec.DecodeError:
        return None
