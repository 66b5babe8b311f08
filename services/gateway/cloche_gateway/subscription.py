"""What is said of one subscription over a WebSocket: the feeds of server-sent events, in other words."""

import math
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

import msgspec
from cloche_kit.archive.history import Lineage
from cloche_kit.bus import BusUnavailable
from cloche_schemas.feeds import FeedCursor, FeedEnd, FeedProgress, Subscribe, Subscribed

from cloche_gateway import batch_feed, evaluation_feed
from cloche_gateway.answering import history_of, paced
from cloche_gateway.authentication import Caller
from cloche_gateway.deps import Gateway
from cloche_gateway.frames import Frame
from cloche_gateway.problems import ClientError, at
from cloche_gateway.reading import address_of
from cloche_gateway.replay_feed import Replay
from cloche_gateway.replay_filter import Filter, Sieve
from cloche_gateway.replay_query import choice_of, label_of, owner_of
from cloche_gateway.replay_range import BEGINNING, Given, Range, range_of

_AFTER = "/after"


class TooSlow(Exception):  # noqa: N818
    """More came than is held for a client."""


def told(gateway: Gateway, caller: Caller, wish: Subscribe) -> AsyncGenerator[str, None]:
    """Messages, from `subscribed` to `end`; of a tenant there is no end. Close it with `aclosing`.

    `TooSlow`, and what reading the history raises (`answering.FAILURES`), `ClientError` among it.
    """
    if wish.evaluation is not None and wish.batch is not None:
        detail = "follow an evaluation or a batch; of both there are two subscriptions"
        raise ClientError("contradiction", detail, errors=at("/batch", detail))
    owner = owner_of(gateway, caller, wish.tenant, "/tenant")
    choice = choice_of(
        frozenset(wish.types), frozenset(wish.outcomes), "/outcomes", output=wish.output
    )
    wanted = Filter(
        tenant=owner,
        types=choice.types,
        outcomes=choice.outcomes,
        output=choice.output,
        labels=tuple(label_of(text, f"/labels/{n}") for n, text in enumerate(wish.labels)),
        languages=frozenset(wish.languages),
    )
    if wish.evaluation is not None:
        return _of_evaluation(gateway, wish, wanted, wish.evaluation)
    if wish.batch is not None:
        return _of_batch(gateway, wish, wanted, wish.batch)
    return _of_tenant(gateway, wish, wanted)


async def _of_evaluation(
    gateway: Gateway, wish: Subscribe, wanted: Filter, evaluation: str
) -> AsyncGenerator[str, None]:
    address = address_of(wanted.tenant, evaluation, "/evaluation")
    feed = await evaluation_feed.opened(gateway, address, _cursor(wish), _AFTER)
    sieve = Sieve(gateway.deps, wanted)
    yield _text(Subscribed(id=wish.id))
    if feed is not None:
        async with aclosing(feed.told()) as source:
            async for frames in source:
                for text in _events(wish, await sieve.pick(frames)):
                    yield text
        if feed.slow:
            raise TooSlow
        if not feed.over:
            raise BusUnavailable("the live feed broke off")
    yield _text(FeedEnd(id=wish.id))


async def _of_batch(
    gateway: Gateway, wish: Subscribe, wanted: Filter, batch: str
) -> AsyncGenerator[str, None]:
    feed = await batch_feed.opened(gateway, wanted.tenant, batch, _cursor(wish), _AFTER)
    sieve = Sieve(gateway.deps, wanted)
    yield _text(Subscribed(id=wish.id))
    async with aclosing(feed.told()) as source:
        async for one in source:
            for text in _events(wish, await sieve.pick(one.frames)):
                yield text
            yield _text(FeedProgress(id=wish.id, progress=one.progress))
    yield _text(FeedEnd(id=wish.id))


async def _of_tenant(
    gateway: Gateway, wish: Subscribe, wanted: Filter
) -> AsyncGenerator[str, None]:
    history = history_of(gateway.deps)
    if wish.after is None:
        lineage = Lineage(await gateway.deps.bus.state())
        range_ = Range(lineage, lineage.end, None)
    else:
        range_ = await range_of(history, Given(wish.after, _AFTER), None, follow=True)
    replay = Replay(gateway, history, range_, wanted)
    yield _text(Subscribed(id=wish.id))
    ping, said = gateway.settings.ping_seconds, -math.inf
    async with aclosing(paced(replay.told(), ping, ping)) as source:
        async for one in source:
            now = time.monotonic()
            if one is not None and one.frames:
                for text in _events(wish, one.frames):
                    yield text
            elif now - said >= ping:
                yield _text(FeedCursor(id=wish.id, cursor=str(replay.reached)))
            else:
                continue
            said = now


def _cursor(wish: Subscribe) -> str | None:
    """What a feed that is told from its beginning goes on after."""
    return None if wish.after == BEGINNING else wish.after


def _events(wish: Subscribe, frames: list[Frame]) -> Iterator[str]:
    """What differs between subscriptions is put before what was encoded once for all."""
    head = f'{{"type":"event","id":{wish.id},'
    return (head + frame.members for frame in frames)


def _text(message: Subscribed | FeedProgress | FeedCursor | FeedEnd) -> str:
    return msgspec.json.encode(message).decode()
