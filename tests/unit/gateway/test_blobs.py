"""/v1/blobs: stored once for each tenant, and never there before all of it is and is right."""

import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from cloche_kit.blobs import blob_key
from msgspec.structs import replace
from support.gateway import TENANT, Stage, assert_problem, stage_with

DATA = bytes(range(256)) * 100


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


DIGEST = digest_of(DATA)
PATH = f"/v1/blobs/{DIGEST}"


async def test_a_blob_is_stored_once_and_read_back(stage: Stage) -> None:
    assert (await stage.client.head(PATH)).status_code == 404
    answer = await stage.client.put(PATH, content=DATA)
    assert (answer.status_code, answer.headers["location"]) == (201, PATH)
    assert answer.json() == {"sha256": DIGEST, "size": len(DATA)}
    again = await stage.client.put(PATH, content=DATA)
    assert (again.status_code, again.json()) == (200, answer.json())
    assert (await stage.client.head(PATH)).headers["content-length"] == str(len(DATA))
    read = await stage.client.get(PATH)
    assert (read.status_code, read.content) == (200, DATA)
    assert read.headers["content-type"] == "application/octet-stream"
    assert read.headers["etag"] == f'"{DIGEST}"'
    part = await stage.client.get(PATH, headers={"Range": "bytes=-3"})
    assert (part.status_code, part.content) == (206, DATA[-3:])
    assert list(stage.objects._objects) == [blob_key(TENANT, DIGEST)]


async def test_bytes_of_another_digest_leave_nothing(stage: Stage) -> None:
    answer = await stage.client.put(PATH, content=DATA + b"x")
    assert_problem(answer, 422, "digest_mismatch", "/path/sha256")
    assert (stage.objects._objects, stage.objects._uploads) == ({}, {})


@pytest.mark.parametrize("announced", [True, False])
async def test_a_blob_that_is_too_large_leaves_nothing(announced: bool) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield bytes(64 << 10)

    async with stage_with(blob_bytes=6_000_000) as stage:
        whole = bytes(100 * (64 << 10))
        content = whole if announced else pieces()
        path = f"/v1/blobs/{digest_of(whole)}"
        assert_problem(await stage.client.put(path, content=content), 413, "body_too_large")
        assert (stage.objects._objects, stage.objects._uploads) == ({}, {})


async def test_a_large_blob_is_written_in_parts(stage: Stage) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(200):
            yield bytes(64 << 10)

    digest = digest_of(bytes(200 * (64 << 10)))
    answer = await stage.client.put(f"/v1/blobs/{digest}", content=pieces())
    assert (answer.status_code, answer.json()["size"]) == (201, 200 * (64 << 10))


async def test_a_body_that_does_not_come_leaves_nothing() -> None:
    async with stage_with(blob_seconds=0.05) as stage:

        async def pieces() -> AsyncIterator[bytes]:
            yield DATA
            await stage.stop.wait()

        assert_problem(await stage.client.put(PATH, content=pieces()), 408, "body_timeout")
        assert (stage.objects._objects, stage.objects._uploads) == ({}, {})


@pytest.mark.parametrize("name", ["x", DIGEST.upper(), DIGEST[:-1], DIGEST + "0", "..%2f" * 3])
async def test_what_is_no_digest_is_no_name(stage: Stage, name: str) -> None:
    for method in ("PUT", "GET"):
        answer = await stage.client.request(method, f"/v1/blobs/{name}")
        assert answer.status_code in {404, 422}
        assert answer.json()["code"] in {"not_found", "invalid_parameter"}


async def test_a_blob_is_there_for_its_own_tenant_alone(stage: Stage) -> None:
    await stage.client.put(PATH, content=DATA)
    other = await stage.key(await stage.tenant())
    assert_problem(await stage.client.get(PATH, headers=other), 404, "not_found")
    wish = {"code": "x", "stdin_blob": DIGEST}
    answer = await stage.client.post("/v1/evaluations", json=wish, headers=other)
    assert_problem(answer, 422, "unknown_blob", "/stdin_blob")
    # Nor is it told whether another tenant has it.
    assert (await stage.client.put(PATH, content=DATA, headers=other)).status_code == 201


async def test_a_reader_stores_nothing(stage: Stage) -> None:
    reader = await stage.key(scopes=["read"])
    assert_problem(await stage.client.put(PATH, content=DATA, headers=reader), 403, "forbidden")
    assert stage.objects._objects == {}


async def test_a_blob_whose_bytes_have_changed_is_a_problem(stage: Stage) -> None:
    await stage.client.put(PATH, content=DATA)
    await stage.objects.put(blob_key(TENANT, DIGEST), bytes(len(DATA)))
    assert_problem(await stage.client.get(PATH), 500, "output_damaged")


@pytest.mark.parametrize("days", [0.5, 2])
async def test_a_reference_makes_an_old_blob_new(stage: Stage, days: float) -> None:
    key = blob_key(TENANT, DIGEST)

    async def age() -> timedelta:
        found = await stage.objects.head(key)
        assert found is not None
        assert found.modified is not None
        return datetime.now(UTC) - found.modified

    async def put_again() -> int:
        return (await stage.client.put(PATH, content=DATA)).status_code

    async def submit() -> int:
        wish = {"code": "print(1)", "stdin_blob": DIGEST}
        return (await stage.client.post("/v1/evaluations", json=wish)).status_code

    for refer, status in ((put_again, 200), (submit, 202)):
        await stage.client.put(PATH, content=DATA)
        info, data = stage.objects._objects[key]
        old = replace(info, modified=datetime.now(UTC) - timedelta(days=days))
        stage.objects._objects[key] = (old, data)
        assert await refer() == status
        assert (await age() < timedelta(hours=1)) == (days > 1)
