"""The TypeScript SDK against a running system: its live tests, and the examples of its README."""

import pytest
from support.backstage import Backstage
from support.node import SDK, passes

pytestmark = pytest.mark.timeout(300)

FILES = sorted(file.name for file in (SDK / "test" / "live").glob("*.test.ts"))


@pytest.mark.parametrize("file", FILES)
async def test_against_a_running_system(behind: Backstage, file: str) -> None:
    async with behind.gateway() as url:
        said = await passes("--test", "--test-reporter=tap", f"test/live/{file}", url=url)
    assert "# fail 0" in said
