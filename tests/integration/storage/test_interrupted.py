"""Storage that is killed, overtaken, or left without its log or its store: nothing is lost, nothing is claimed."""

import asyncio

import pytest
from cloche_kit.objects import PART_BYTES, MemoryObjects
from support.archive import Flaky, World
from support.recorded import address_of, chunks, completed, queued, started, story
from support.waiting import wait_until

ONE = address_of(1)


@pytest.mark.parametrize("crash", [False, True])
@pytest.mark.parametrize("after", range(1, 7))
async def test_a_restart_at_any_point_loses_and_repeats_nothing(after: int, crash: bool) -> None:
    world = World()
    events = story(("stdout", b"a"), ("stderr", b"b"), ("stdout", b"c"))
    async with world.storage("a", crash=crash):
        await world.append(ONE, *events[:after])
        await wait_until(lambda: caught(world, after))
    async with world.storage("b"):
        await world.append(ONE, *events[after:])
        await wait_until(lambda: world.announced(ONE))
        await wait_until(world.caught_up())
    assert await world.archived() == await world.everything()
    assert (await world.output(ONE, "stdout"), await world.output(ONE, "stderr")) == (b"ac", b"b")


async def caught(world: World, sequence: int) -> bool:
    return (await world.manifest()).archived >= sequence


async def test_while_the_store_is_away_nothing_is_lost_and_nothing_is_claimed() -> None:
    objects = Flaky()
    world = World(objects)
    async with world.storage():
        await world.append(ONE, queued(), started())
        await wait_until(lambda: caught(world, 2))
        objects.down = True
        output = chunks(("stdout", b"late"))
        await world.append(ONE, *output, completed(output))
        await wait_until(lambda: objects.failed > 3)
        assert (await world.manifest()).archived == 2
        assert await world.announced(ONE) is None
        objects.down = False
        await wait_until(lambda: world.announced(ONE))
        await wait_until(world.caught_up())
    assert await world.archived() == await world.everything()


async def test_a_segment_whose_manifest_was_never_written_is_harmless() -> None:
    objects = Flaky()
    world = World(objects)
    async with world.storage("a", crash=True):
        await world.append(ONE, queued(), started())
        await wait_until(lambda: caught(world, 2))
        objects.failures = {"archive/EVALUATIONS-": 0, (await manifest_key(world)): 1 << 30}
        output = chunks(("stdout", b"x"))
        await world.append(ONE, *output)
        await wait_until(lambda: segments_of(objects, 3))
    assert (await world.manifest()).archived == 2
    objects.failures = {}
    async with world.storage("b"):
        await world.append(ONE, completed(output))
        await wait_until(lambda: world.announced(ONE))
        await wait_until(world.caught_up())
    assert await world.archived() == await world.everything()


async def test_output_that_was_not_archived_before_a_crash_is_archived_after_it() -> None:
    objects = Flaky()
    objects.failures = {f"outputs/main/{ONE.evaluation}": 1 << 30}
    world = World(objects)
    two = address_of(2)
    async with world.storage("a", crash=True):
        await world.append(ONE, *story(("stdout", b"one")))
        await world.append(two, *story(("stdout", b"two")))
        await wait_until(lambda: world.announced(two))
        # The manifest has been written since, with what is settled.
        last = (await world.bus.state()).last
        await wait_until(lambda: caught(world, last))
        beat = (await world.manifest()).beat
        await wait_until(lambda: beaten(world, beat))
    assert (await world.manifest()).settled < last
    objects.failures = {}
    async with world.storage("b"):
        await wait_until(lambda: world.announced(ONE))
    assert await world.output(ONE, "stdout") == b"one"


async def beaten(world: World, beat: int) -> bool:
    return (await world.manifest()).beat > beat


async def manifest_key(world: World) -> str:
    return f"archive/EVALUATIONS-{(await world.bus.state()).epoch}/manifest.json"


def segments_of(objects: MemoryObjects, last: int) -> bool:
    return any(key.endswith(f"{last:020}.ndjson.zst") for key in objects._objects)


async def test_output_that_could_not_be_written_is_read_again() -> None:
    objects = Flaky()
    objects.failures = {"outputs/": 2}
    world = World(objects)
    output = chunks(("stdout", b"x" * PART_BYTES), ("stderr", b"y"))
    async with world.storage():
        await world.append(ONE, queued(), started(), *output, completed(output))
        await wait_until(lambda: world.announced(ONE))
    assert objects.failed == 2
    assert await world.output(ONE, "stdout") == b"x" * PART_BYTES
    assert await world.output(ONE, "stderr") == b"y"


async def test_a_part_that_could_not_be_written_while_the_program_runs_is_read_again() -> None:
    objects = Flaky()
    objects.failures = {"outputs/": 1}
    world = World(objects)
    output = chunks(*[("stdout", bytes([n]) * PART_BYTES) for n in range(3)])
    async with world.storage():
        await world.append(ONE, queued(), started(), *output[:2])
        await wait_until(lambda: objects.failed == 1)
        await world.append(ONE, *output[2:], completed(output))
        await wait_until(lambda: world.announced(ONE))
        await wait_until(world.caught_up())
    assert await world.output(ONE, "stdout") == b"".join(chunk.data for chunk in output)
    assert await objects.abort_uploads("") == 0


async def test_while_the_log_is_away_it_waits() -> None:
    world = World()
    world.bus.available = False
    async with world.storage() as storage:
        await asyncio.sleep(0.05)
        assert not storage.active
        world.bus.available = True
        await world.append(ONE, *story(("stdout", b"x")))
        await wait_until(lambda: world.announced(ONE))


async def test_of_two_storages_one_is_active_and_the_other_takes_over() -> None:
    world = World()
    async with world.storage("standby") as one:
        await wait_until(lambda: one.active)
        async with world.storage("other") as two:
            await world.append(ONE, *story(("stdout", b"x")))
            await wait_until(lambda: world.announced(ONE))
            await wait_until(world.caught_up())
            assert (one.active, two.active) == (True, False)
            # A writer that neither beats nor stops, as after SIGSTOP.
            held = one._held
            assert held is not None
            await held._writing.acquire()
            await wait_until(lambda: two.active)
            held._writing.release()
            await world.append(address_of(2), *story(("stdout", b"y")))
            await wait_until(lambda: world.announced(address_of(2)))
            await wait_until(lambda: not one.active)
            await wait_until(world.caught_up())
            assert (await world.manifest()).writer == "other"
    assert await world.archived() == await world.everything()
