"""Every engine that can run here, one after the other."""

import asyncio
from collections.abc import Iterator

import pytest
from cloche_executor.engines.choose import Wanted, open_bubblewrap, open_docker
from cloche_executor.sandbox import Engine, SandboxError

WANTED = Wanted(installation="contract", slots=8)


@pytest.fixture(
    scope="package",
    params=[pytest.param("docker", marks=pytest.mark.docker), "bubblewrap"],
)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    opener = {"docker": open_docker, "bubblewrap": open_bubblewrap}[request.param]
    try:
        made: Engine = asyncio.run(opener(WANTED))
    except SandboxError as error:
        pytest.skip(f"{request.param} does not work here: {error}")
    yield made
    asyncio.run(made.close())
