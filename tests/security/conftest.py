"""The engines under attack: an executor on each, kept for as long as this worker runs tests of this folder."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest
from support.lab import Lab, Trial

# Where the deviations of support/deviations.py hold.
CLOSED = "bubblewrap without control groups"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can close its control groups")


class Labs:
    """Opens a lab when it is first asked for."""

    def __init__(self) -> None:
        self._open: dict[str, Lab] = {}

    async def get(self, engine: str) -> Lab:
        if engine not in self._open:
            name, _, closed = engine.partition(" ")
            lab = self._open[engine] = Lab(name, closed=bool(closed))
            await lab.open()
        return self._open[engine]

    async def close(self) -> None:
        for lab in self._open.values():
            await lab.close()


@pytest.fixture(scope="session")
def labs() -> Iterator[Labs]:
    labs = Labs()
    yield labs
    asyncio.run(labs.close())


@pytest.fixture(
    params=[
        pytest.param("docker", marks=pytest.mark.docker),
        pytest.param("gvisor", marks=pytest.mark.gvisor),
        "bubblewrap",
        pytest.param(CLOSED, marks=[pytest.mark.full, AS_ROOT]),
    ]
)
async def trial(request: pytest.FixtureRequest, labs: Labs) -> AsyncIterator[Trial]:
    """One test's way to an executor, on each engine in turn."""
    lab = await labs.get(request.param)
    async with lab.trial() as trial:
        yield trial
