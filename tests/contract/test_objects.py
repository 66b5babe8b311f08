"""What any `Objects` keeps, held against the one in memory and against a real S3 server."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from urllib.request import urlopen

import pytest
from cloche_kit.objects import (
    PART_BYTES,
    MemoryObjects,
    ObjectInfo,
    ObjectMissing,
    Objects,
    ObjectsUnavailable,
    PreconditionFailed,
)
from cloche_kit.s3 import S3Objects, open_objects
from cloche_kit.settings import ObjectSettings
from support.nats import free_port


@pytest.fixture(params=["memory", "s3"])
async def objects(request: pytest.FixtureRequest) -> AsyncIterator[Objects]:
    if request.param == "memory":
        yield MemoryObjects()
        return
    async with open_objects(request.getfixturevalue("s3_settings")) as opened:
        yield opened


async def read(objects: Objects, key: str, start: int = 0, end: int | None = None) -> bytes:
    async with aclosing(objects.get_range(key, start=start, end=end)) as pieces:
        return b"".join([piece async for piece in pieces])


async def keys(objects: Objects, prefix: str, after: str = "") -> list[str]:
    async with aclosing(objects.list(prefix, after=after)) as found:
        return [info.key async for info in found]


async def test_what_was_put_is_read_back_at_once(objects: Objects) -> None:
    written = await objects.put("a/one", b"hello")
    assert isinstance(written, ObjectInfo)
    found = await objects.get("a/one")
    assert found is not None
    assert (found[0].key, found[0].size, found[0].etag, found[1]) == (
        "a/one",
        5,
        written.etag,
        b"hello",
    )
    assert (await objects.head("a/one")) == found[0]
    assert await objects.ready()


async def test_what_is_not_there_is_none_and_deleting_it_is_harmless(objects: Objects) -> None:
    assert await objects.get("no") is None
    assert await objects.head("no") is None
    await objects.delete("no")
    await objects.put("yes", b"1")
    await objects.delete("yes")
    assert await objects.get("yes") is None


async def test_an_object_that_is_touched_is_new_and_the_same(objects: Objects) -> None:
    assert not await objects.touch("no")
    await objects.put("k", b"bytes")
    before = await objects.head("k")
    await asyncio.sleep(1.1)  # the store's clock counts in seconds
    assert await objects.touch("k")
    after = await objects.head("k")
    assert before is not None
    assert before.modified is not None
    assert after is not None
    assert after.modified is not None
    assert after.modified > before.modified
    assert (await objects.get("k") or (None, None))[1] == b"bytes"


async def test_an_empty_object_is_an_object(objects: Objects) -> None:
    await objects.put("empty", b"")
    assert (await objects.get("empty") or (None, None))[1] == b""
    assert await read(objects, "empty") == b""


async def test_if_none_match_writes_only_the_first(objects: Objects) -> None:
    assert isinstance(await objects.put("k", b"first", if_none_match=True), ObjectInfo)
    assert await objects.put("k", b"second", if_none_match=True) == PreconditionFailed("k")
    assert (await objects.get("k") or (None, None))[1] == b"first"


async def test_if_match_writes_only_over_what_was_read(objects: Objects) -> None:
    first = await objects.put("k", b"1")
    assert isinstance(first, ObjectInfo)
    second = await objects.put("k", b"2", if_match=first.etag)
    assert isinstance(second, ObjectInfo)
    assert await objects.put("k", b"3", if_match=first.etag) == PreconditionFailed("k")
    assert await objects.put("none", b"3", if_match=first.etag) == PreconditionFailed("none")
    assert (await objects.get("k") or (None, None))[1] == b"2"


async def test_a_refused_write_whose_bytes_are_there_counts_as_written(objects: Objects) -> None:
    first = await objects.put("k", b"same", if_none_match=True)
    again = await objects.put("k", b"same", if_none_match=True)
    assert isinstance(first, ObjectInfo)
    assert isinstance(again, ObjectInfo)
    assert again.etag == first.etag


@pytest.mark.parametrize("condition", ["if_none_match", "if_match"])
async def test_of_concurrent_writers_with_the_same_condition_one_wins(
    objects: Objects, condition: str
) -> None:
    for round_ in range(2):
        key, etag = f"race/{round_}", None
        if condition == "if_match":
            before = await objects.put(key, b"before")
            assert isinstance(before, ObjectInfo)
            etag = before.etag
        results = await asyncio.gather(
            *(
                objects.put(key, f"writer {n}".encode(), if_none_match=etag is None, if_match=etag)
                for n in range(3)
            )
        )
        winners = [n for n, result in enumerate(results) if isinstance(result, ObjectInfo)]
        assert len(winners) == 1
        assert (await objects.get(key) or (None, None))[1] == f"writer {winners[0]}".encode()


async def test_ranges_give_exactly_their_bytes(objects: Objects) -> None:
    data = bytes(range(256)) * 40
    await objects.put("k", data)
    assert await read(objects, "k") == data
    assert await read(objects, "k", 100, 300) == data[100:300]
    assert await read(objects, "k", len(data) - 1) == data[-1:]
    assert await read(objects, "k", 5, 1 << 30) == data[5:]
    assert await read(objects, "k", len(data)) == b""
    assert await read(objects, "k", len(data) + 7, len(data) + 9) == b""
    with pytest.raises(ObjectMissing):
        await read(objects, "no")


async def test_a_listing_is_in_order_of_keys_and_begins_after_one(objects: Objects) -> None:
    names = ["p/a/1", "p/a/2", "p/b", "p/c/1", "q/1"]
    for name in reversed(names):
        await objects.put(name, b"x")
    assert await keys(objects, "p/") == names[:4]
    assert await keys(objects, "p/a/") == names[:2]
    assert await keys(objects, "p/", after="p/a/2") == ["p/b", "p/c/1"]
    assert await keys(objects, "p/", after="p/a~") == ["p/b", "p/c/1"]
    assert await keys(objects, "none/") == []


async def test_a_small_upload_is_one_object(objects: Objects) -> None:
    async with objects.upload("k") as upload:
        await upload.write(b"ab")
        await upload.write(b"cd")
        assert await objects.head("k") is None
    assert (await objects.get("k") or (None, None))[1] == b"abcd"


async def test_a_large_upload_holds_less_than_two_parts_and_is_exact(objects: Objects) -> None:
    upload = objects.upload("large")
    digest, piece = hashlib.sha256(), bytes(range(251)) * 4_000
    for n in range(11):
        data = bytes([n]) + piece
        digest.update(data)
        await upload.write(data)
        assert upload.buffered < PART_BYTES
    info = await upload.complete()
    found = await objects.head("large")
    assert found is not None
    assert info.size == found.size == upload.size == 11 * (len(piece) + 1) > 2 * PART_BYTES
    assert info.etag == found.etag
    assert hashlib.sha256(await read(objects, "large")).hexdigest() == digest.hexdigest()


async def test_an_upload_that_fails_leaves_nothing(objects: Objects) -> None:
    async def broken() -> None:
        async with objects.upload("k/1") as upload:
            await upload.write(b"x" * (PART_BYTES + 1))
            raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"):
        await broken()
    assert await objects.head("k/1") is None
    assert await objects.abort_uploads("k/") == 0


async def test_uploads_that_nobody_completed_are_given_back(objects: Objects) -> None:
    for key in ("u/1", "u/2", "v/1"):
        await objects.upload(key).write(b"x" * PART_BYTES)
    assert await objects.abort_uploads("u/") == 2
    assert await objects.abort_uploads("u/") == 0
    assert await objects.abort_uploads("") == 1


async def test_uploads_are_given_back_by_their_age(objects: Objects) -> None:
    uploads = [objects.upload(key) for key in ("u/1", "u/2")]
    for upload in uploads:
        await upload.write(b"x" * PART_BYTES)
    assert await objects.abort_uploads("u/", older=3600) == 0
    assert (await uploads[0].complete()).size == PART_BYTES
    await asyncio.sleep(1.1)  # the store's clock counts in seconds
    assert await objects.abort_uploads("u/", older=1) == 1
    with pytest.raises(ObjectMissing):
        await uploads[1].complete()


async def test_an_upload_aborted_by_somebody_else_says_so(objects: Objects) -> None:
    upload = objects.upload("u/1")
    await upload.write(b"x" * PART_BYTES)
    await objects.abort_uploads("u/")
    with pytest.raises(ObjectMissing):
        await upload.complete()
    await upload.abort()
    other = objects.upload("u/2")
    await other.write(b"x" * PART_BYTES)
    await objects.abort_uploads("u/")
    with pytest.raises(ObjectMissing):
        await other.write(b"x" * PART_BYTES)


async def test_a_presigned_url_reads_without_credentials(s3_settings: ObjectSettings) -> None:
    async with open_objects(s3_settings) as objects:
        await objects.put("dir/a b+c", b"signed")
        saved_as = 'attachment; filename="a b"'
        url = await objects.presign("dir/a b+c", seconds=60, disposition=saved_as)

        def get() -> tuple[bytes, str, str]:
            with urlopen(url) as answer:  # noqa: S310 - our own server
                headers = answer.headers
                return answer.read(), headers["Content-Disposition"], headers["Content-Type"]

        expected = (b"signed", saved_as, "application/octet-stream")
        assert await asyncio.to_thread(get) == expected


async def test_addresses_for_clients_name_the_store_as_clients_know_it(
    s3_settings: ObjectSettings,
) -> None:
    public = s3_settings.s3_endpoint.replace("127.0.0.1", "localhost")
    async with open_objects(
        s3_settings.model_copy(update={"s3_public_endpoint": public})
    ) as objects:
        await objects.put("k", b"signed")
        url = await objects.presign("k", seconds=60)
        assert url.startswith(f"{public}/")

        def get() -> bytes:
            with urlopen(url) as answer:  # noqa: S310 - our own server
                body: bytes = answer.read()
                return body

        assert await asyncio.to_thread(get) == b"signed"
    assert "dir/k" in await MemoryObjects().presign("dir/k", seconds=60)


async def test_a_bucket_that_is_absent_is_made(s3_settings: ObjectSettings) -> None:
    fresh = s3_settings.model_copy(update={"s3_bucket": f"{s3_settings.s3_bucket}-fresh"})
    async with open_objects(fresh) as objects:
        assert await objects.ready()
        assert isinstance(await objects.put("k", b"1"), ObjectInfo)


async def test_a_store_that_came_up_without_the_bucket_gets_it_with_the_first_write(
    s3_settings: ObjectSettings,
) -> None:
    fresh = s3_settings.model_copy(update={"s3_bucket": f"{s3_settings.s3_bucket}-late"})
    async with open_objects(s3_settings) as other:
        # As if the store had been away when it was opened.
        objects = S3Objects(other._client, fresh.s3_bucket)
        assert not await objects.ready()
        assert await objects.get("k") is None
        assert await objects.head("k") is None
        assert await keys(objects, "") == []
        with pytest.raises(ObjectMissing):
            await read(objects, "k")
        assert isinstance(await objects.put("k", b"1", if_none_match=True), ObjectInfo)
        assert await objects.ready()


async def test_a_store_that_is_down_is_unavailable_soon_and_never_hangs() -> None:
    settings = ObjectSettings(s3_endpoint=f"http://127.0.0.1:{free_port()}", s3_bucket="down")
    begin = time.monotonic()
    async with open_objects(settings) as objects:
        assert isinstance(objects, S3Objects)
        assert not await objects.ready()
        with pytest.raises(ObjectsUnavailable):
            await objects.put("k", b"1")
        with pytest.raises(ObjectsUnavailable):
            await objects.get("k")
    assert time.monotonic() - begin < 30
