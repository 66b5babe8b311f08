"""The TypeScript SDK by itself: its unit tests, and how much of it they reach."""

import pytest
from support.node import passes

pytestmark = pytest.mark.timeout(300)


async def test_its_unit_tests_pass_and_reach_nearly_all_of_it() -> None:
    said = await passes(
        "--test",
        "--experimental-test-coverage",
        "--test-coverage-include=src/**",
        "--test-coverage-lines=95",
        "--test-coverage-branches=90",
        "--test-reporter=tap",
        "test/unit/*.test.ts",
    )
    assert "# fail 0" in said
