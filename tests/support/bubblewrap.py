"""Fixtures: the engine over bubblewrap as this machine has it, and as a poorer one would."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from cloche_executor.engines import cgroups, seccomp_program
from cloche_executor.engines.bubblewrap import BubblewrapEngine
from cloche_executor.engines.bubblewrap_opening import open_on_bubblewrap
from cloche_executor.engines.probing import probe
from cloche_executor.images.catalogue import catalogue
from cloche_executor.sandbox import SandboxError


def opened(folder: Path | None = None) -> Iterator[BubblewrapEngine]:
    """An engine that has run a program; the test is skipped where it cannot."""
    engine: BubblewrapEngine | None = None

    async def open_() -> BubblewrapEngine:
        nonlocal engine
        engine = await open_on_bubblewrap(catalogue(), folder)
        await probe(engine, "test")
        return engine

    try:
        yield asyncio.run(open_())
    except SandboxError as error:
        pytest.skip(f"bubblewrap does not work here: {error}")
    finally:
        if engine is not None:
            asyncio.run(engine.close())


@pytest.fixture
def engine() -> Iterator[BubblewrapEngine]:
    yield from opened()


@pytest.fixture
def ungrouped(monkeypatch: pytest.MonkeyPatch) -> Iterator[BubblewrapEngine]:
    """Where no control group can be made."""
    monkeypatch.setattr(cgroups, "discover", lambda: None)
    yield from opened()


@pytest.fixture
def unfiltered(monkeypatch: pytest.MonkeyPatch) -> Iterator[BubblewrapEngine]:
    """Where the kernel has no filter for system calls."""
    monkeypatch.setattr(seccomp_program, "refused_here", lambda: "the kernel has none")
    yield from opened()


@pytest.fixture
def imageless(tmp_path: Path) -> Iterator[BubblewrapEngine]:
    """Where no image has been exported."""
    yield from opened(tmp_path / "images")
