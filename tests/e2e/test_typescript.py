"""The TypeScript SDK against the whole system as a user starts it: its live tests, programs in real sandboxes."""

import pytest
from support.node import SDK, passes
from support.system import System

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

FILES = sorted(file.name for file in (SDK / "test" / "live").glob("*.test.ts"))


@pytest.mark.parametrize("file", FILES)
async def test_against_the_whole_system(system: System, file: str) -> None:
    state = system.state
    said = await passes(
        "--test", "--test-reporter=tap", f"test/live/{file}", url=state.url, key=state.api_key
    )
    assert "# fail 0" in said
