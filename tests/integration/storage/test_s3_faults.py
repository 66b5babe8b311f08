"""The S3 adapter before a store that refuses, stalls, and loses its answers."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest
import stamina
from cloche_kit import s3_calls
from cloche_kit.http_server import serving
from cloche_kit.objects import (
    PART_BYTES,
    ObjectInfo,
    ObjectMissing,
    ObjectsUnavailable,
    PreconditionFailed,
)
from cloche_kit.s3 import S3Objects, open_objects
from cloche_kit.settings import ObjectSettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

ERROR = '<?xml version="1.0"?><Error><Code>{}</Code><Message>scripted</Message></Error>'
Fault = Callable[[Request], str | None]


class FaultyStore:
    """Passes requests on to a real store. `before` answers instead of it, `after` instead of its answer."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.before: Fault = lambda _: None
        self.after: Fault = lambda _: None
        self.hits = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[str]:
        app = Starlette()
        app.add_route("/{path:path}", self._pass, ["GET", "PUT", "POST", "HEAD", "DELETE"])
        async with serving(app, host="127.0.0.1", port=0) as port:
            yield f"http://127.0.0.1:{port}"

    async def _pass(self, request: Request) -> Response:
        if fault := self.before(request):
            return self._answer(fault)
        headers = [(k, v) for k, v in request.headers.raw if k not in {b"expect", b"connection"}]
        url = f"{self._target}{request.url.path}"
        if request.url.query:
            url += f"?{request.url.query}"
        async with httpx2.AsyncClient() as client:
            answer = await client.request(
                request.method, url, headers=headers, content=await request.body()
            )
        if fault := self.after(request):
            return self._answer(fault)
        kept = {
            k: v
            for k, v in answer.headers.items()
            if k in {"etag", "last-modified", "content-type"} or k.startswith("x-amz")
        }
        if request.method == "HEAD":
            kept["content-length"] = answer.headers.get("content-length", "0")
        return Response(answer.content, answer.status_code, kept)

    def _answer(self, fault: str) -> Response:
        self.hits += 1
        status, _, code = fault.partition(" ")
        return Response(ERROR.format(code), int(status), media_type="application/xml")


def times(count: int, fault: str, method: str = "") -> Fault:
    """`fault` for the first `count` requests of `method`."""
    left = iter(range(count))

    def script(request: Request) -> str | None:
        if method and request.method != method:
            return None
        return fault if next(left, None) is not None else None

    return script


@pytest.fixture
async def faulty(s3_settings: ObjectSettings) -> AsyncIterator[tuple[FaultyStore, S3Objects]]:
    store = FaultyStore(s3_settings.s3_endpoint)
    async with (
        store.running() as url,
        open_objects(s3_settings.model_copy(update={"s3_endpoint": url})) as objects,
    ):
        yield store, objects


async def test_an_overloaded_store_is_asked_again(faulty: tuple[FaultyStore, S3Objects]) -> None:
    store, objects = faulty
    for fault in ("503 SlowDown", "500 InternalError", "409 ConditionalRequestConflict"):
        store.before = times(1, fault)
        assert isinstance(await objects.put("k", fault.encode()), ObjectInfo)
        store.before = times(1, fault)
        assert (await objects.get("k") or (None, None))[1] == fault.encode()
    store.before = times(1, "503 SlowDown")
    async with objects.upload("u") as upload:
        await upload.write(b"x" * (PART_BYTES + 1))
    assert store.hits == 7


async def test_a_conditional_write_whose_answer_was_lost_counts_as_ours(
    faulty: tuple[FaultyStore, S3Objects],
) -> None:
    store, objects = faulty
    store.after = times(1, "500 InternalError", "PUT")
    first = await objects.put("k", b"mine", if_none_match=True)
    assert isinstance(first, ObjectInfo)
    store.after = times(1, "500 InternalError", "PUT")
    second = await objects.put("k", b"mine too", if_match=first.etag)
    assert isinstance(second, ObjectInfo)
    assert await objects.put("k", b"late", if_match=first.etag) == PreconditionFailed("k")
    assert store.hits == 2


async def test_an_upload_whose_completion_was_not_answered_is_complete(
    faulty: tuple[FaultyStore, S3Objects],
) -> None:
    store, objects = faulty
    upload = objects.upload("k")
    await upload.write(b"x" * PART_BYTES)
    store.after = times(1, "500 InternalError", "POST")
    info = await upload.complete()
    assert (info.size, store.hits) == (PART_BYTES, 1)
    assert await objects.abort_uploads("") == 0


@pytest.mark.parametrize("fault", ["403 AccessDenied", "400 InvalidRequest", "503 SlowDown"])
async def test_a_store_that_refuses_for_its_own_reasons_is_unavailable(
    faulty: tuple[FaultyStore, S3Objects], fault: str
) -> None:
    store, objects = faulty
    await objects.put("k", b"1")
    upload = objects.upload("u")
    begun = objects.upload("v")
    await begun.write(b"x" * PART_BYTES)
    whole = b"x" * PART_BYTES
    store.before = lambda _: fault
    calls: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: objects.put("k", b"2"),
        lambda: objects.get("k"),
        lambda: objects.head("k"),
        lambda: objects.delete("k"),
        lambda: objects.abort_uploads(""),
        lambda: anext(objects.list("k")),
        lambda: anext(objects.get_range("k")),
        lambda: upload.write(whole),
        lambda: begun.write(whole),
        begun.complete,
        begun.abort,
    )
    with stamina.set_testing(True, attempts=1):
        for call in calls:
            with pytest.raises(ObjectsUnavailable):
                await call()
    assert not await objects.ready()
    store.before = lambda _: None
    assert (await objects.get("k") or (None, None))[1] == b"1"


async def test_an_object_replaced_while_it_is_read_is_not_mixed(
    faulty: tuple[FaultyStore, S3Objects],
) -> None:
    _, objects = faulty
    await objects.put("k", b"a" * (PART_BYTES + 1))
    pieces = objects.get_range("k")
    await anext(pieces)
    await objects.put("k", b"b" * (PART_BYTES + 1))
    with pytest.raises(ObjectMissing, match="replaced while read"):
        assert {bytes(set(piece)) async for piece in pieces} == {b"a"}


async def test_a_bucket_that_vanished_is_made_again_for_what_is_written(
    faulty: tuple[FaultyStore, S3Objects],
) -> None:
    store, objects = faulty
    store.before = times(1, "404 NoSuchBucket", "PUT")
    assert isinstance(await objects.put("k", b"1"), ObjectInfo)
    store.before = times(1, "404 NoSuchBucket", "GET")
    assert [info async for info in objects.list("")] == []


async def test_a_store_that_stalls_is_given_up(
    faulty: tuple[FaultyStore, S3Objects], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, objects = faulty
    monkeypatch.setattr(s3_calls, "CALL_SECONDS", 0.0)
    with (
        stamina.set_testing(True, attempts=1),
        pytest.raises(ObjectsUnavailable, match="TimeoutError"),
    ):
        await objects.get("k")


async def test_a_bucket_that_is_there_is_not_made(
    s3_settings: ObjectSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On AWS nobody but Terraform may make one."""
    async with open_objects(s3_settings) as objects:
        assert await objects.ready()

    async def refused(_objects: S3Objects) -> None:
        raise AssertionError("the key may not do that")

    monkeypatch.setattr(S3Objects, "ensure_bucket", refused)
    async with open_objects(s3_settings) as objects:
        assert await objects.ready()
