"""What can be copied from the dashboard, run and read elsewhere: against one whole system, from the real clipboard."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest
from cloche import SubmitEvaluation
from playwright.async_api import Browser, expect
from support.browser import Visitor, needs_browser, visiting
from support.node import SDK, passes
from support.system import System
from support.waiting import wait_until

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(300),
    pytest.mark.asyncio(loop_scope="module"),
    *needs_browser,
]

KINDS = pytest.mark.parametrize("kind", ["curl", "CLI", "Python", "TypeScript"])
SHELL_SECONDS = 60


async def clipboard(visitor: Visitor) -> str:
    return str(await visitor.page.evaluate("navigator.clipboard.readText()"))


@KINDS
async def test_what_is_copied_from_the_form_runs_as_it_does(
    system: System, browser: Browser, tmp_path: Path, kind: str
) -> None:
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.write('import sys\nprint("it\'s", sys.argv[1:], sys.stdin.read().strip())\n')
        await page.get_by_label("Name", exact=True).fill("copied.py")
        await page.get_by_label("Standard input").fill('$HOME `id` \\ "quoted"')
        await page.get_by_label("Arguments").fill("-x\ntwo words")
        await page.get_by_role("button", name="Where and how").click()
        await page.get_by_role("button", name="Add to Labels").click()
        await page.get_by_label("Labels: name 1").fill("copied")
        await page.get_by_label("Labels: value 1").fill(kind)
        await page.get_by_role("button", name="Copy as curl").click()
        await page.get_by_role("radiogroup", name="Copy as").get_by_text(kind, exact=True).click()
        await page.get_by_role("button", name="Copy", exact=True).click()
        text = await clipboard(visitor)
    await run_as(system, tmp_path, kind, text)
    with system.client() as client:

        def there() -> list[str]:
            return [view.id for view in client.list(labels=[f"copied={kind}"]).items]

        # A row follows its submission.
        await wait_until(there)
        (ended,) = there()
        assert client.wait(ended).outcome == "succeeded"
        assert client.output(ended) == b"it's ['-x', 'two words'] $HOME `id` \\ \"quoted\"\n"


@KINDS
async def test_what_is_copied_from_a_run_runs_it_once_more(
    system: System, browser: Browser, tmp_path: Path, kind: str
) -> None:
    labels = {"again": kind}
    with system.client() as client:
        ended = client.run(SubmitEvaluation(code="print('again')", labels=labels)).id
    async with visiting(browser, system) as visitor:
        await visitor.open(f"/evaluations/{ended}")
        await visitor.page.get_by_role("button", name="Copy as").click()
        await visitor.page.get_by_role("menuitem", name=kind).click()
        await expect(visitor.page.get_by_role("button", name="Copied")).to_be_visible()
        text = await clipboard(visitor)
    await run_as(system, tmp_path, kind, text)
    with system.client() as client:

        def again() -> list[str | None]:
            return [view.rerun_of for view in client.list(labels=[f"again={kind}"]).items]

        await wait_until(lambda: ended in again())


async def run_as(system: System, folder: Path, kind: str, text: str) -> None:
    """The text, where somebody would put it who has copied it. AssertionError unless it exits with 0."""
    if kind == "TypeScript":
        # There it finds the package by its name, as it would where it is installed.
        script = SDK / "build" / f"{folder.name}.mts"
        script.parent.mkdir(exist_ok=True)
        script.write_text(text)
        try:
            await passes(str(script), url=system.state.url, key=system.state.api_key)
        finally:
            script.unlink()
    elif kind == "Python":
        (folder / "copied.py").write_text(text)
        await in_a_shell(system, folder, f"{sys.executable} copied.py")
    else:
        await in_a_shell(system, folder, text)


async def in_a_shell(system: System, folder: Path, text: str) -> None:
    """What is there for who pastes it: the key in its variable, and `cloche`. AssertionError unless it exits with 0."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euc", text),
        cwd=folder,
        env={**system.environment(), "PATH": path},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(SHELL_SECONDS):
        said, _ = await process.communicate()
    assert process.returncode == 0, said.decode()


async def test_output_is_copied_whole_by_stream_and_by_line(
    system: System, browser: Browser
) -> None:
    code = "import sys\nfor n in range(5):\n    print('line', n, flush=True)\nprint('oh', file=sys.stderr)"
    with system.client() as client:
        ended = client.run(SubmitEvaluation(code=code)).id
    async with visiting(browser, system) as visitor:
        page = visitor.page
        await visitor.open(f"/evaluations/{ended}")
        for words in ("line 4", "oh"):
            await expect(page.get_by_role("log")).to_contain_text(words)
        await page.get_by_role("button", name="Copy", exact=True).click()
        await expect(page.get_by_role("button", name="Copied")).to_be_visible()
        lines = [f"line {number}" for number in range(5)]
        assert sorted((await clipboard(visitor)).splitlines()) == [*lines, "oh"]
        await page.get_by_text("stdout", exact=True).click()
        await page.get_by_label("Link to line 2").click()
        await page.get_by_label("Link to line 3").click(modifiers=["Shift"])
        await page.get_by_role("button", name=re.compile("Copy lines 2.3")).click()
        await expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.url.endswith("#L2-L3")
        assert await clipboard(visitor) == "line 1\nline 2\n"
