"""Every page of the dashboard in both themes, wide and narrow: it is there, axe finds nothing, and it fits."""

from collections.abc import AsyncIterator
from typing import Literal

import pytest
from cloche import SubmitEvaluation
from playwright.async_api import Browser
from support.browser import NARROW, WIDE, chromium, needs_browser, visiting
from support.system import System

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300), *needs_browser]

#: Address, and words that are there. `{id}` is an evaluation that has ended.
PAGES = {
    "/submit": "Submit",
    "/evaluations/{id}": "Succeeded",
    "/evaluations/{id}?tab=events": "State now",
    "/evaluations/{id}?tab=attempts": "Executor",
    "/evaluations/{id}?tab=limits": "Granted",
    "/evaluations/{id}?tab=files": "It left no files",
    "/evaluations/{id}?tab=trace": "attempt 1",
    "/history": "hello.py",
    "/history?q=nothing-is-called-so": "Nothing fits",
    "/batches": "No batch yet",
    "/schedules": "No schedule yet",
    "/queue": "Slots in use",
    "/dead-letters": "No dead letters",
    "/events": "Nothing has happened yet",
    "/statistics": "Storage",
    "/health": "gateway is ready",
    "/admin/keys": "Last used",
    "/admin/tenants": "Queued at most",
    "/admin/projections": "read-models",
    "/admin/audit": "Outcome",
    "/no-such-page": "Not found",
}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def ended(system: System) -> str:
    with system.client() as client:
        return client.run(SubmitEvaluation(code="print('hello')", name="hello.py")).id


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
async def test_it_is_accessible_and_fits(
    system: System, browser: Browser, ended: str, path: str, scheme: Literal["light", "dark"]
) -> None:
    for size in (WIDE, NARROW):
        async with visiting(browser, system, size=size, scheme=scheme) as visitor:
            await visitor.open(path.format(id=ended))
            await visitor.page.locator("main").get_by_text(PAGES[path]).first.wait_for()
            assert await visitor.violations() == []
            overhang = await visitor.page.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert overhang == 0, f"it is {overhang} px too wide at {size[0]} px"
