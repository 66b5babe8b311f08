"""Artifacts become blobs: each content once for each tenant, checked, in bounded memory."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from cloche_kit.blobs import blob_key
from cloche_kit.objects import PART_BYTES
from cloche_schemas.events import EvaluationCompleted, OutputChunk
from cloche_schemas.values import ArchivedOutput, Artifact
from msgspec.structs import replace
from support.archive import Flaky, World
from support.recorded import address_of, chunks, completed, queued, started
from support.waiting import wait_until

ONE, TWO = address_of(1), address_of(2)
FILES = {"a.txt": b"same", "b/c.bin": b"\xff" * 1000, "empty": b"", "d.txt": b"same"}


def digest_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def left(files: dict[str, bytes]) -> tuple[list[OutputChunk], EvaluationCompleted]:
    """Chunks of an evaluation that left `files`, and its end."""
    whole = b"".join(files.values())
    pieces = [whole[at : at + 60_000] for at in range(0, len(whole), 60_000)]
    output = chunks(("stdout", b"hi"), *[("artifacts", piece) for piece in pieces])
    listed, offset = [], 0
    for name, data in files.items():
        digest = digest_of(data)
        listed.append(Artifact(name=name, size=len(data), sha256=digest, offset=offset))
        offset += len(data)
    return output, replace(completed(output), artifacts=tuple(listed))


async def archived(world: World, output: list[OutputChunk], end: EvaluationCompleted) -> None:
    await world.append(ONE, queued(), started(), *output, end)
    await wait_until(lambda: world.announced(ONE), within=20)


async def artifacts_of(world: World) -> ArchivedOutput | None:
    announced = await world.announced(ONE)
    assert announced is not None
    return next((one for one in announced.outputs if one.stream == "artifacts"), None)


@pytest.mark.parametrize("memory", [1, 64 << 20])
async def test_each_content_is_stored_once(memory: int) -> None:
    """Also where the output is read again from the log."""
    world = World()
    async with world.storage(output_memory_bytes=memory):
        await archived(world, *left(FILES))
    lies = await artifacts_of(world)
    assert lies is not None
    assert (lies.key, lies.blobs) == ("blobs/main/", True)
    stored = {key: data for key, (_, data) in world.objects._objects.items() if "blobs/" in key}
    assert stored == {blob_key("main", digest_of(data)): data for data in FILES.values()}
    assert not [key for key in world.objects._objects if key.endswith("/artifacts")]
    assert await world.output(ONE, "stdout") == b"hi"


async def test_files_too_large_for_memory_pass_through_the_store() -> None:
    files = {"big": bytes(range(256)) * 30_000, "small": b"x"}
    assert len(files["big"]) > PART_BYTES
    world = World()
    async with world.storage():
        await archived(world, *left(files))
    for data in files.values():
        found = await world.objects.get(blob_key("main", digest_of(data)))
        assert found is not None
        assert found[1] == data
    assert not [key for key in world.objects._objects if key.endswith("/artifacts")]
    assert world.objects._uploads == {}


async def test_what_is_there_is_not_written_again_but_made_new() -> None:
    world = World()
    keys = [blob_key("main", digest_of(data)) for data in (b"same", FILES["b/c.bin"])]
    for key, data, days in zip(keys, (b"same", FILES["b/c.bin"]), (0.5, 3), strict=True):
        await world.objects.put(key, data)
        info, _ = world.objects._objects[key]
        old = replace(info, modified=datetime.now(UTC) - timedelta(days=days))
        world.objects._objects[key] = (old, data)
    before = [world.objects._objects[key][0].modified for key in keys]
    async with world.storage():
        await archived(world, *left(FILES))
    after = [world.objects._objects[key][0].modified for key in keys]
    assert after[0] == before[0]
    assert after[1] != before[1]


async def test_tenants_do_not_share() -> None:
    world, other = World(), address_of(3, "other")
    output, end = left({"a": b"same"})
    async with world.storage():
        await archived(world, output, end)
        await world.append(other, queued(), started(), *output, end)
        await wait_until(lambda: world.announced(other), within=20)
    found = sorted(key for key in world.objects._objects if key.startswith("blobs/"))
    assert found == sorted(blob_key(one, digest_of(b"same")) for one in ("main", "other"))


@pytest.mark.parametrize(
    "change",
    [
        lambda end: replace(end, artifacts=end.artifacts[:-1]),
        lambda end: replace(end, artifacts=()),
        lambda end: replace(end, artifacts=end.artifacts[1:]),
    ],
    ids=["cut in the middle", "none listed", "a gap"],
)
async def test_what_is_not_just_the_files_stays_one_object(change: object) -> None:
    assert callable(change)
    world = World()
    output, end = left(FILES)
    async with world.storage():
        await archived(world, output, change(end))
    lies = await artifacts_of(world)
    assert lies is not None
    assert not lies.blobs
    assert await world.output(ONE, "artifacts") == b"".join(FILES.values())


async def test_a_file_of_another_digest_is_parked_and_no_blob() -> None:
    world = World()
    output, end = left(FILES)
    wrong = replace(end.artifacts[1], sha256="0" * 64)
    end = replace(end, artifacts=(end.artifacts[0], wrong, *end.artifacts[2:]))
    async with world.storage():
        await world.append(ONE, queued(), started(), *output, end)
        await wait_until(world.bus.parked, within=20)
        await wait_until(world.caught_up())
    assert await world.announced(ONE) is None
    assert await world.objects.head(blob_key("main", "0" * 64)) is None
    assert world.objects._uploads == {}


async def test_a_store_that_fails_on_a_blob_is_asked_again() -> None:
    objects = Flaky()
    objects.failures["blobs/"] = 3
    world = World(objects)
    async with world.storage():
        await archived(world, *left(FILES))
    assert objects.failed == 3
    assert (await world.objects.get(blob_key("main", digest_of(b"same"))) or (0, b""))[1] == b"same"


async def test_uploads_that_nobody_completes_are_given_back_while_it_runs() -> None:
    world = World()
    async with world.storage(upload_age_seconds=0.05, upload_check_seconds=0.05):
        for key in ("outputs/main/x", "blobs/main/x"):
            await world.objects.upload(key).write(b"x" * PART_BYTES)
        assert len(world.objects._uploads) > 0
        await wait_until(lambda: world.objects._uploads == {})
