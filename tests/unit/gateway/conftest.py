from collections.abc import AsyncIterator

import pytest
from support.gateway import Stage, stage_with


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with stage_with() as stage:
        yield stage
