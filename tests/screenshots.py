"""Pictures of every page, in both themes, wide and narrow: `make screenshots` puts them into docs/screenshots."""

import asyncio
import base64
import sys
import tempfile
from pathlib import Path
from typing import Final, Literal

from playwright.async_api import Browser, Page
from support.browser import NARROW, WIDE, chromium, visiting
from support.dashboard_pages import PAGES, fill
from support.system import System, running

FOLDER: Final = Path(__file__).parents[1] / "docs" / "screenshots"
SIZES: Final = {"wide": WIDE, "narrow": NARROW}
# Small enough for a repository, and letters stay sharp.
_QUALITY: Final = 75


async def pictures(system: System, ids: dict[str, str]) -> None:
    """One file for each page, theme and size."""
    async with chromium() as browser:
        for scheme in ("light", "dark"):
            await _of_theme(browser, system, ids, scheme)


async def _of_theme(
    browser: Browser, system: System, ids: dict[str, str], scheme: Literal["light", "dark"]
) -> None:
    async with visiting(browser, system, scheme=scheme) as visitor:
        for name, (path, words) in PAGES.items():
            await visitor.show(path.format(**ids), words)
            for size, pixels in SIZES.items():
                await visitor.resize(pixels)
                (FOLDER / f"{name}-{scheme}-{size}.webp").write_bytes(await _picture(visitor.page))


async def _picture(page: Page) -> bytes:
    # Playwright itself makes PNG and JPEG only: the one is large, the other blurs letters.
    session = await page.context.new_cdp_session(page)
    try:
        answer = await session.send(
            "Page.captureScreenshot", {"format": "webp", "quality": _QUALITY}
        )
    finally:
        await session.detach()
    return base64.b64decode(answer["data"])


def main() -> int:
    """Start a system, fill it, take the pictures, stop it."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.webp"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory(prefix="cloche-screenshots-") as folder,
        running(Path(folder) / "data") as system,
    ):
        asyncio.run(pictures(system, fill(system)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
