"""One running system for the tests of a module: one of their own, or the one that CLOCHE_URL names."""

import os
from collections.abc import Iterator

import pytest
from cloche.discovery import URL_VARIABLE, find
from support.system import Elsewhere, System, running


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("cloche")
    if os.environ.get(URL_VARIABLE):
        yield Elsewhere(find(), folder)
        return
    with running(folder / "data", CLOCHE_WORK_ACK_WAIT="3") as started:
        yield started
