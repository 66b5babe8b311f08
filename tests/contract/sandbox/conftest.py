"""Every engine that can run here, one after the other."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from cloche_executor.engines import choose
from cloche_executor.engines.choose import Wanted
from cloche_executor.sandbox import Engine, SandboxError

# Its own, so that suites may run beside each other on one daemon.
WANTED = Wanted(installation=f"contract-{os.getpid()}")


@pytest.fixture(
    scope="package",
    params=[
        pytest.param("docker", marks=pytest.mark.docker),
        pytest.param("gvisor", marks=pytest.mark.gvisor),
        "bubblewrap",
    ],
)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    try:
        made: Engine = asyncio.run(getattr(choose, f"open_{request.param}")(WANTED))
    except SandboxError as error:
        pytest.skip(f"{request.param} does not work here: {error}")
    yield made
    asyncio.run(made.close())


@pytest.fixture
def installation() -> str:
    return WANTED.installation
