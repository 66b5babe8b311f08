"""A store behind a breaker: the same store, until it has fallen silent."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import pytest
from cloche_kit.breaker import Breaker
from cloche_kit.guarded_objects import GuardedObjects, ObjectsTripped
from cloche_kit.objects import (
    MemoryObjects,
    ObjectInfo,
    ObjectMissing,
    ObjectsUnavailable,
    PreconditionFailed,
)


class Unsteady(MemoryObjects):
    """Does not answer while `down`; counts who asks."""

    down = False
    asked = 0

    def _ask(self) -> None:
        self.asked += 1
        if self.down:
            raise ObjectsUnavailable("no answer")

    async def get(self, key: str) -> tuple[ObjectInfo, bytes] | None:
        self._ask()
        return await super().get(key)

    async def get_range(
        self, key: str, *, start: int = 0, end: int | None = None
    ) -> AsyncGenerator[bytes, None]:
        self._ask()
        async for piece in super().get_range(key, start=start, end=end):
            yield piece

    async def head(self, key: str) -> ObjectInfo | None:
        self._ask()
        return await super().head(key)


@pytest.fixture
def store() -> Unsteady:
    return Unsteady()


@pytest.fixture
def objects(store: Unsteady) -> GuardedObjects:
    return GuardedObjects(store, Breaker("objects"))


async def test_it_is_the_store_that_is_behind_it(objects: GuardedObjects) -> None:
    put = await objects.put("a/1", b"one")
    assert isinstance(put, ObjectInfo)
    assert isinstance(await objects.put("a/1", b"two", if_none_match=True), PreconditionFailed)
    assert await objects.get("a/1") == (put, b"one")
    assert await objects.head("a/2") is None
    async with objects.upload("a/2") as upload:
        await upload.write(b"two")
    assert [info.key async for info in objects.list("a/")] == ["a/1", "a/2"]
    assert [info.key async for info in objects.list("a/", after="a/1")] == ["a/2"]
    assert b"".join([piece async for piece in objects.get_range("a/1", start=1)]) == b"ne"
    assert await objects.touch("a/1")
    await objects.delete("a/1")
    assert await objects.get("a/1") is None
    assert await objects.abort_uploads("a/") == 0
    assert "a/2" in await objects.presign("a/2", seconds=60)
    assert await objects.ready()


async def test_what_is_not_there_is_an_answer(objects: GuardedObjects) -> None:
    for _ in range(10):
        with pytest.raises(ObjectMissing):
            await _first(objects.get_range("none"))


async def test_a_store_that_has_fallen_silent_is_asked_no_more(
    objects: GuardedObjects, store: Unsteady
) -> None:
    await objects.put("a", b"data")
    store.down = True
    calls: list[Callable[[], Awaitable[object]]] = [
        lambda: objects.get("a"),
        lambda: _first(objects.get_range("a")),
        lambda: objects.head("a"),
    ]
    for call in calls:
        with pytest.raises(ObjectsUnavailable):
            await call()
    asked = store.asked
    for call in calls:
        with pytest.raises(ObjectsTripped) as refused:
            await call()
        assert 0 < refused.value.retry_after <= 1.0
    with pytest.raises(ObjectsTripped):
        objects.upload("a")
    assert store.asked == asked


async def _first(pieces: AsyncGenerator[bytes, None]) -> bytes:
    async with aclosing(pieces):
        return await anext(pieces)
