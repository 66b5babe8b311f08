"""What was sent to the store is let go of, however seldom a service collects its garbage."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloche_kit.objects import PART_BYTES
from cloche_kit.s3 import open_objects
from cloche_kit.settings import ObjectSettings

PARTS = 20


@pytest.fixture
def seldom() -> Iterator[None]:
    """As `settle_memory` has it."""
    before = gc.get_threshold()
    gc.collect()
    gc.set_threshold(20_000, 50, 50)
    yield
    gc.set_threshold(*before)


def resident() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmRSS:"))


@pytest.mark.usefixtures("seldom")
async def test_parts_that_were_sent_are_not_kept(s3_settings: ObjectSettings) -> None:
    async with open_objects(s3_settings) as objects:
        async with objects.upload("k") as upload:
            await upload.write(bytes(PART_BYTES))
            before = resident()
            for number in range(PARTS):
                await upload.write(bytes([number]) * PART_BYTES)
        assert resident() - before < PARTS * PART_BYTES // 2
