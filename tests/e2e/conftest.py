"""One running system for the tests of a module."""

from collections.abc import Iterator

import pytest
from support.system import System, running


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with running(tmp_path_factory.mktemp("cloche") / "data", CLOCHE_WORK_ACK_WAIT="3") as started:
        yield started
