"""The dashboard's forms in a browser against one whole system: what is filled in is what runs, and so is its copy."""

import re
from pathlib import Path

import pytest
from cloche import ApiError, Client, LimitsBody, SubmitEvaluation
from playwright.async_api import Browser, expect
from support.browser import needs_browser, visiting
from support.system import System

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
    *needs_browser,
]

SHELL_SECONDS = 60


async def test_a_grid_runs_every_combination(system: System, browser: Browser) -> None:
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.write(
            "import os, sys\nprint(os.environ['SEED'], os.environ['MODE'], sys.argv[1])"
        )
        await page.get_by_label("Name", exact=True).fill("grid.py")
        await page.get_by_label("Arguments").fill("{{SEED}}-{{MODE}}")
        await page.get_by_text("a grid").click()
        for place, (name, values) in enumerate((("SEED", "1\n2\n3"), ("MODE", "fast\nslow")), 1):
            await page.get_by_role("button", name="Add to Parameters").click()
            await page.get_by_label(f"Parameters: name {place}").fill(name)
            await page.get_by_label(f"Parameters: value {place}").fill(values)
        await page.get_by_role("button", name="Run 6").click()
        await page.wait_for_url(re.compile("/batches/"))
        await expect(page.get_by_role("main")).to_contain_text("6 of 6 over")
        batch = page.url.rpartition("/")[2].partition("?")[0]
    with system.client() as client:
        written = {client.output(one.id) for one in client.batches.results(batch)}
    assert written == {
        f"{seed} {mode} {seed}-{mode}\n".encode() for seed in "123" for mode in ("fast", "slow")
    }


async def test_each_file_is_a_program_of_its_own(
    system: System, browser: Browser, tmp_path: Path
) -> None:
    (tmp_path / "one.py").write_text("print('from one')")
    (tmp_path / "two.sh").write_text("echo from two; exit 3")
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.open("/submit")
        await page.locator("input[type=file]").set_input_files(
            [tmp_path / "one.py", tmp_path / "two.sh"]
        )
        await page.get_by_text("each file").click()
        await page.get_by_label("Name of the batch").fill("both")
        await page.get_by_role("button", name="Run 2").click()
        await page.wait_for_url(re.compile("/batches/"))
        await expect(page.locator("main h1")).to_contain_text("both")
        await expect(page.get_by_role("main")).to_contain_text("2 of 2 over")
        await page.get_by_role("button", name="Failed 1").click()
        await page.get_by_role("link", name="two.sh", exact=True).click()
        await expect(page.locator("main h1")).to_contain_text("Failed")
        await expect(page.get_by_role("log", name="Output")).to_contain_text("from two")


async def test_what_was_cut_and_what_is_no_text_is_said(system: System, browser: Browser) -> None:
    limits = LimitsBody(output_bytes=2048)
    noise = "import os, sys\nsys.stdout.buffer.write(os.urandom(5000))"
    with system.client() as client:
        cut = client.run(
            SubmitEvaluation(code="print(('a' * 63 + '\\n') * 3200)", limits=limits)
        ).id
        binary = client.run(SubmitEvaluation(code=noise)).id
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.open(f"/evaluations/{cut}")
        output = page.get_by_role("log")
        await expect(output).to_contain_text("aaa")
        await output.evaluate("box => box.scrollTo(0, 0)")
        await expect(output).to_contain_text("bytes of stdout were not kept")
        await expect(page.get_by_role("main")).to_contain_text(
            "stdout had 200 KiB; 66 KiB are kept of it, its beginning and its end"
        )
        await visitor.open(f"/evaluations/{binary}")
        await expect(page.get_by_role("alert")).to_contain_text("This looks like no text")
        await page.get_by_role("button", name="Show it anyway").click()
        await expect(page.get_by_role("log")).to_contain_text("�")


# What the browser would show, and whether somebody looks, which a browser without a window always believes.
TOLD = """
window.told = [];
window.Notification = class {
  static permission = "default";
  static requestPermission = async () => (window.Notification.permission = "granted");
  constructor(title, { body }) { window.told.push(`${title}: ${body}`); }
};
document.hasFocus = () => false;
"""


async def test_who_asks_is_notified_of_the_end(system: System, browser: Browser) -> None:
    endless = "import time\nwhile True:\n    time.sleep(1)"
    with system.client() as client:
        running = client.submit(SubmitEvaluation(code=endless, name="wait.py")).id
        async with visiting(browser, system) as visitor:
            page = visitor.page
            await page.add_init_script(TOLD)
            await visitor.open(f"/evaluations/{running}")
            await page.get_by_role("button", name="Notify me").click()
            await expect(page.get_by_role("button", name="You will be notified")).to_be_visible()
            client.cancel(running, reason="enough")
            await expect(page.locator("main h1")).to_contain_text("Cancelled")
            (told,) = await page.evaluate("window.told")
            assert told.startswith("⊘ wait.py: ")


async def test_a_key_is_made_shown_once_and_revoked(system: System, browser: Browser) -> None:
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.open("/admin/keys")
        await page.get_by_role("button", name="New key").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("Name").fill("for robots")
        await dialog.get_by_role("button", name="Make it").click()
        secret = await dialog.get_by_label("The key").inner_text()
        with Client(system.state.url, secret) as robot:
            assert robot.run(SubmitEvaluation(code="print(1)")).outcome == "succeeded"
            await dialog.get_by_role("button", name="I have it").click()
            await expect(page.get_by_text(secret)).to_have_count(0)
            await page.get_by_role("row").filter(has_text="for robots").click()
            await dialog.get_by_role("button", name="Revoke").click()
            await dialog.get_by_role("button", name="Revoke").click()
            row = page.get_by_role("row").filter(has_text="for robots")
            await expect(row).to_contain_text("revoked")
            with pytest.raises(ApiError) as refused:
                robot.get("01900000-0000-7000-8000-000000000000")
            assert refused.value.problem.status == 401


async def test_a_tenant_is_made_and_changed(system: System, browser: Browser) -> None:
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.open("/admin/tenants")
        dialog = page.get_by_role("dialog")
        row = page.get_by_role("row").filter(has_text="Robotics")
        await page.get_by_role("button", name="New tenant").click()
        await dialog.get_by_label("Name").fill("Robotics")
        await dialog.get_by_label("Most queued").fill("50")
        await dialog.get_by_role("button", name="Make it").click()
        await expect(row).to_contain_text("50")
        await row.click()
        await dialog.get_by_label("Most queued").fill("75")
        await dialog.get_by_role("button", name="Change it").click()
        await expect(row).to_contain_text("75")


async def test_the_audit_log_knows_who_did_it_and_is_sound(
    system: System, browser: Browser
) -> None:
    with system.client() as client:
        client.create_tenant("Audited", max_queued=7)
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.open("/admin/audit")
        await page.get_by_label("Action").fill("POST /v1/tenants")
        await page.get_by_label("Action").press("Enter")
        await expect(page).to_have_url(re.compile("action=POST"))
        await page.get_by_role("row").nth(1).click()
        await expect(page.get_by_role("dialog")).to_contain_text('"outcome": "allowed"')
        await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Verify").click()
        await expect(page.get_by_role("main").get_by_role("status")).to_contain_text(
            "Every chain is sound"
        )
