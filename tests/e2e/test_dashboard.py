"""The dashboard in a browser against one whole system: its stories, and every page in both themes, wide and narrow."""

import os
import re
from typing import Literal

import pytest
from cloche import CreateKey, SubmitEvaluation
from playwright.async_api import Browser, expect
from support.browser import (
    NARROW,
    PATIENCE_MILLISECONDS,
    WIDE,
    Visitor,
    needs_browser,
    visiting,
)
from support.dashboard_pages import PAGES, fill
from support.system import System
from support.waiting import wait_until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
    *needs_browser,
]

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
COLOURS = ("color-contrast", "link-in-text-block")
FULL = bool(os.environ.get("CLOCHE_TEST_FULL"))
# What a page may load, packed. The editor comes when the rest of its page is there already.
FIRST_LOAD_BYTES = 300_000
WITH_EDITOR_BYTES = 420_000

ENDLESS = "import time\nn = 0\nwhile True:\n    n += 1\n    print('tick', n, flush=True)\n    time.sleep(0.05)\n"
HOSTILE = r"""
import sys
print("<img src=x onerror=alert(1)><script>alert(2)</script>")
print("\033]8;;https://evil.example\033\\click me\033]8;;\033\\ \033]0;title\007after")
print("\033[31mred\033[0m", "\u202eright to left\u202c")
sys.stdout.flush()
sys.stdout.buffer.write(b"not utf-8: \xff\xfe\n" + b"y" * 3_000_000 + b"\nthe end\n")
"""


@pytest.fixture(scope="module")
def ids(system: System) -> dict[str, str]:
    """What `PAGES` name: a program and a batch that have ended, and a schedule."""
    return fill(system)


async def test_a_program_is_written_run_watched_and_looked_back_at(
    system: System, browser: Browser
) -> None:
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.open("/submit")
        editor = page.get_by_role("textbox", name="Program")
        await editor.click()
        await page.keyboard.insert_text(
            "import sys\nprint('out', 6 * 7)\nprint('err', file=sys.stderr)"
        )
        await page.get_by_label("Name", exact=True).fill("answer.py")
        await editor.click()
        await page.keyboard.press("Control+Enter")

        await page.wait_for_url(re.compile("/evaluations/"))
        await expect(page.locator("main h1")).to_contain_text("Succeeded")
        output = page.get_by_role("log", name="Output")
        await expect(output.locator("[data-stream=stdout]")).to_contain_text("out 42")
        await expect(output.locator("[data-stream=stderr]")).to_contain_text("err")
        assert "Succeeded" not in page.url
        await expect(page).to_have_title("✓ answer.py · Cloche")

        await page.get_by_role("tab", name="Events").click()
        rows = page.get_by_role("main").get_by_role("listitem")
        await expect(rows.nth(2)).to_contain_text("completed")
        # What it was after the second event, folded in the browser.
        await rows.nth(1).get_by_role("button", name="state after started").click()
        await expect(page.locator("main")).to_contain_text("State after event 2 of")
        await expect(page.locator("main .status-badge").nth(1)).to_have_text(re.compile("Running"))


async def test_what_happens_elsewhere_is_shown_and_cancelling_is_told_as_it_is(
    system: System, browser: Browser
) -> None:
    with system.client() as client:
        running = client.submit(SubmitEvaluation(code=ENDLESS, name="ticks.py")).id
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.open(f"/evaluations/{running}")
        output = page.get_by_role("log", name="Output")
        # It follows, until somebody scrolls; a word that is looked for is a place of its own.
        await expect(output).to_contain_text("tick 60")
        await output.hover()
        await page.mouse.wheel(0, -400)
        newer = page.get_by_role("button", name=re.compile(r"↓ \d+ new lines"))
        await newer.click()
        await expect(newer).to_have_count(0)
        await page.get_by_label("Find in output").fill("tick 7")
        await page.get_by_label("Find in output").press("Enter")
        await expect(page.locator("[data-here]")).to_contain_text("tick 7")
        await expect(newer).to_have_text(re.compile(r"↓ \d\d? new lines"))
        await page.get_by_role("button", name="Cancel", exact=True).click()
        await page.get_by_label("Reason").fill("enough")
        await page.get_by_role("button", name="Cancel it").click()
        await expect(page.locator("main h1")).to_contain_text("Cancelled")
    with system.client() as client:
        assert client.get(running).outcome == "cancelled"


async def test_a_batch_is_sent_followed_and_what_failed_is_run_again(
    system: System, browser: Browser
) -> None:
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.open("/submit")
        await page.get_by_role("textbox", name="Program").click()
        await page.keyboard.insert_text("raise SystemExit(7)")
        await page.get_by_label("Name", exact=True).fill("fails.py")
        await page.get_by_text("n times").click()
        await page.get_by_label("Times", exact=True).fill("3")
        await page.get_by_role("textbox", name="Program").click()
        await page.keyboard.press("Control+Enter")

        await page.wait_for_url(re.compile("/batches/"))
        await expect(page.get_by_role("main")).to_contain_text("3 of 3 over")
        await page.get_by_role("button", name="Failed 3").click()
        await expect(page).to_have_url(re.compile("show=failed"))
        first = page.url
        await page.get_by_role("button", name="Run what failed again").click()
        await page.get_by_role("dialog").get_by_role("button", name="Run them again").click()
        await page.wait_for_url(lambda url: url.split("?")[0] != first.split("?")[0])
        await expect(page.get_by_role("main")).to_contain_text("3 of 3 over")


async def test_the_history_counts_what_is_new_and_finds_it(
    system: System, browser: Browser, ids: dict[str, str]
) -> None:
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.open("/history")
        await page.get_by_role("link", name="train.py").wait_for()
        with system.client() as client:
            new = client.run(SubmitEvaluation(code="print('aardvark')", name="new.py")).id
        await page.get_by_role("button", name="1 new").click()
        await expect(page.get_by_role("link", name="new.py")).to_be_visible()
        await page.get_by_label("Search").fill("aardvark")
        await expect(page.get_by_role("link", name="train.py")).to_have_count(0)
        # The table has a key of the same name; here it follows the link.
        await page.get_by_role("link", name="new.py").press("Enter")
        await page.wait_for_url(re.compile(new))


async def test_output_is_text_whatever_it_holds(system: System, browser: Browser) -> None:
    with system.client() as client:
        ended = client.run(SubmitEvaluation(code=HOSTILE, name="hostile.py")).id
    async with visiting(browser, system) as visitor:
        page = visitor.page
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        await visitor.open(f"/evaluations/{ended}")
        output = page.get_by_role("log", name="Output")
        await expect(output).to_contain_text("the end")
        await output.evaluate("box => box.scrollTo(0, 0)")
        await expect(output).to_contain_text(
            "<img src=x onerror=alert(1)><script>alert(2)</script>"
        )
        await expect(output).to_contain_text("click me after")
        await expect(output).to_contain_text("not utf-8: ��")
        assert await output.locator("img, script, a[href^=http]").count() == 0
        # Three million letters in one line: a few rows of them are drawn.
        assert await output.locator("[data-line]").count() < 120
        assert dialogs == []


async def last_line(visitor: Visitor) -> int:
    """The number of the last line that is drawn: the newest, while it is followed."""
    return int(await visitor.page.locator("[data-line]").last.get_attribute("data-line") or 0)


async def test_a_gateway_that_dies_is_noticed_and_nothing_is_missed(
    system: System, browser: Browser
) -> None:
    with system.client() as client:
        running = client.submit(SubmitEvaluation(code=ENDLESS, name="ticks.py")).id
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.open(f"/evaluations/{running}")
        output = page.get_by_role("log", name="Output")
        await expect(output).to_contain_text("tick 3")
        system.kill("gateway")
        await expect(page.locator("[data-connection=reconnecting]")).to_be_visible()
        await expect(page.locator("[data-connection=live]")).to_be_visible()
        before = await last_line(visitor)

        async def more() -> bool:
            return await last_line(visitor) >= before + 20

        await wait_until(more, within=PATIENCE_MILLISECONDS / 1000)
        with system.client() as client:
            client.cancel(running)
        await expect(page.locator("main h1")).to_contain_text("Cancelled")
        # Each line is the next one: none is missing, none came twice.
        await output.evaluate("box => box.scrollTo(0, 0)")
        await expect(output.locator("[data-line='1']")).to_contain_text("tick 1")
        seen = await page.locator("[data-line]").evaluate_all(
            "rows => rows.map((row) => [Number(row.dataset.line), row.innerText])"
        )
        assert seen
        assert all(f"tick {number}" in text for number, text in seen)


async def test_keys_lead_everywhere(system: System, browser: Browser) -> None:
    with system.client() as client:
        ended = client.run(SubmitEvaluation(code="print('found')", name="found.py")).id
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.open("/no-such-page")
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keys")).to_contain_text("Go to Submit")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.keyboard.press("Control+k")
        await page.get_by_label("A page, or the id of an evaluation").first.fill(ended)
        await page.keyboard.press("Enter")
        await expect(page.locator("main h1")).to_contain_text("found.py")
        await page.keyboard.press("/")
        await expect(page.get_by_label("Find in output")).to_be_focused()
        await page.keyboard.type("FOUND")
        await expect(page.get_by_role("log").locator("mark")).to_have_text("found")
        # Who writes does not go anywhere.
        await page.keyboard.type("gs")
        assert ended in page.url
        await page.keyboard.press("Escape")
        await page.keyboard.type("gs")
        await expect(page.locator("main h1")).to_have_text("Submit")


async def test_a_key_that_is_not_good_is_asked_for_again(system: System, browser: Browser) -> None:
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(f"{system.state.url}/evaluations/none")
    await page.get_by_label("API key").fill("cloche_wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("This key is not good")
    await page.get_by_label("API key").fill(system.state.api_key)
    await page.get_by_role("button", name="Sign in").click()
    # One arrives where one wanted to go.
    await expect(page.locator("main")).to_contain_text("none")
    assert system.state.api_key not in page.url
    assert await page.evaluate("document.cookie") == ""
    await context.close()


async def test_a_revoked_key_ends_the_session(system: System, browser: Browser) -> None:
    with system.client() as client:
        key = client.create_key(CreateKey(name="for a while"))
        async with visiting(browser, system) as visitor:
            script = f"sessionStorage.setItem('cloche.api-key', {key.api_key!r})"
            await visitor.page.add_init_script(script)
            await visitor.open("/history")
            client.revoke_key(key.key.id)
            await expect(visitor.page.get_by_text("You were signed out")).to_be_visible()


async def test_every_page_is_accessible_fits_and_is_light(
    system: System, browser: Browser, ids: dict[str, str]
) -> None:
    async with visiting(browser, system) as visitor:
        wrong: list[str] = []
        for name, (path, words) in PAGES.items():
            await visitor.show(path.format(**ids), words)
            most = WITH_EDITOR_BYTES if name == "submit" else FIRST_LOAD_BYTES
            if (loaded := await visitor.loaded()) > most:
                wrong.append(f"{name}: loads {loaded:,} bytes, of {most:,} that it may")
            for size in (WIDE, NARROW):
                await visitor.resize(size)
                if overhang := await visitor.overhang():
                    wrong.append(f"{name}: {overhang} px too wide at {size[0]} px")
                # Seconds for each page, and colours do not depend on the width.
                if size == NARROW and not FULL:
                    continue
                for scheme in SCHEMES:
                    await visitor.wear(scheme)
                    # Of the second theme only the colours are new.
                    rules = () if FULL or scheme == "light" else COLOURS
                    found = await visitor.violations(*rules)
                    wrong += [f"{name}, {scheme}, {size[0]} px: {one}" for one in found]
        assert wrong == []
