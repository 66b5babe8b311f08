"""Chromium, Debian's own, as somebody who looks at the dashboard; and what axe says of what is seen."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Literal

import pytest
from cloche_gateway.dashboard import PAGE
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect
from support.system import System
from support.waiting import wait_until

AXE = Path(__file__).parents[2] / "dashboard" / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
# A machine that does much else.
PATIENCE_MILLISECONDS = 30_000
LAYOUT_SECONDS = 5.0
WIDE = (1280, 800)
NARROW = (360, 740)

_MOVING = "document.getAnimations().filter((one) => one.playState === 'running').length"
_OVERHANG = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

expect.set_options(timeout=PATIENCE_MILLISECONDS)

needs_browser = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium (apt install chromium)"),
    pytest.mark.skipif(
        not (PAGE / "index.html").exists(), reason="the dashboard is not built (make dashboard)"
    ),
]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser that is gone when this is left."""
    async with async_playwright() as playwright:
        # As root, as in CI, Chromium has no sandbox of its own; it visits nothing but this system.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield browser
        finally:
            await browser.close()


class Visitor:
    """One tab of somebody who is signed in. `complaints` are errors of the page, breaches of its policy among them."""

    def __init__(self, page: Page, system: System) -> None:
        self.page = page
        self.system = system
        self.complaints: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, path: str) -> None:
        """Go to an address of the dashboard and wait until its feed is live and its heading is there."""
        await self.page.goto(self.system.state.url + path)
        await self.page.locator("[data-connection='live']").wait_for()
        await self.page.locator("main h1").first.wait_for()

    async def show(self, path: str, words: str) -> None:
        """The page at full width, once `words` are on it and nothing more is loaded."""
        await self.resize(WIDE)
        await self.open(path)
        await self.page.locator("main").get_by_text(words).first.wait_for()
        # Not by a function: asked again, that is a string to evaluate, which the page's policy forbids.
        loading = self.page.locator("main [aria-busy=true], main .mantine-Skeleton-root")
        await expect(loading).to_have_count(0)

    async def write(self, code: str) -> None:
        """A program in the editor of an empty form."""
        await self.open("/submit")
        await self.page.get_by_role("textbox", name="Program").click()
        await self.page.keyboard.insert_text(code)

    async def resize(self, size: tuple[int, int]) -> None:
        """Another width and height of the same page, once nothing in it moves any more."""
        await self.page.set_viewport_size({"width": size[0], "height": size[1]})
        await self._settled()

    async def _settled(self) -> None:
        async def still() -> bool:
            return not await self.page.evaluate(_MOVING)

        await wait_until(still, LAYOUT_SECONDS, every=0.02)

    async def wear(self, scheme: Literal["light", "dark"]) -> None:
        """The same page in the other theme, once every colour has changed."""
        await self.page.emulate_media(color_scheme=scheme)
        document = self.page.locator("html")
        await expect(document).to_have_attribute("data-mantine-color-scheme", scheme)
        await self._settled()

    async def overhang(self) -> int:
        """By how many pixels the page stays wider than the window, once it has been laid out anew."""
        with suppress(AssertionError):
            await wait_until(self._fits, LAYOUT_SECONDS, every=0.05)
        return await self._wider()

    async def _fits(self) -> bool:
        return await self._wider() <= 0

    async def _wider(self) -> int:
        return int(await self.page.evaluate(_OVERHANG))

    async def loaded(self) -> int:
        """Bytes of scripts and styles, as they came over the wire, that the page has loaded so far."""
        return int(
            await self.page.evaluate(
                "performance.getEntriesByType('resource').filter((one) => /[.](js|css)$/.test(one.name))"
                ".reduce((sum, one) => sum + one.encodedBodySize, 0)"
            )
        )

    async def violations(self, *rules: str) -> list[str]:
        """What axe finds wrong (WCAG 2 A and AA, or by these rules alone), one sentence for each rule and element."""
        wanted = list(rules) or ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
        # Through the protocol, which the page's policy does not concern.
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = await self.page.evaluate(
            f"axe.run(document, {{runOnly: {{type: '{'rule' if rules else 'tag'}', values: {wanted}}}}})"
        )
        return [
            f"{violation['id']}: {violation['help']}: {node['html'][:200]}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    def _hear(self, message: ConsoleMessage) -> None:
        # What a server refuses is said on the page, and by the browser once more.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@asynccontextmanager
async def visiting(
    browser: Browser,
    system: System,
    *,
    size: tuple[int, int] = WIDE,
    scheme: Literal["light", "dark"] = "light",
) -> AsyncIterator[Visitor]:
    """A visitor with a key. AssertionError on leaving if the page has complained."""
    state = system.state
    width, height = size
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme=scheme,
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    await context.add_init_script(
        f"sessionStorage.getItem('signed-out') ?? sessionStorage.setItem('cloche.api-key', {state.api_key!r})"
    )
    visitor = Visitor(await context.new_page(), system)
    try:
        yield visitor
        assert visitor.complaints == []
    finally:
        await context.close()
