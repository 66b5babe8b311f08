"""One running system for the tests of a module: one of their own, or the one that CLOCHE_URL names."""

import os
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from cloche.discovery import URL_VARIABLE, find
from playwright.async_api import Browser
from support.browser import chromium
from support.system import Elsewhere, System, running


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("cloche")
    if os.environ.get(URL_VARIABLE):
        yield Elsewhere(find(), folder)
        return
    with running(folder / "data", CLOCHE_WORK_ACK_WAIT="3") as started:
        yield started
