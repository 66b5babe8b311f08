"""Every example in a docstring of the SDK does what it shows, against the real gateway and the real executor."""

import asyncio
import doctest
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

import cloche
import pytest
from cloche import Client
from support.gateway import KEY
from support.small_platform import platform

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
FEWEST = 15


def examples() -> list[doctest.DocTest]:
    """Each docstring with an example, by the name of what it is of."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    found = []
    for module in pkgutil.iter_modules(cloche.__path__, "cloche."):
        if not module.ispkg and not module.name.endswith("__main__"):
            found += finder.find(importlib.import_module(module.name))
    return [one for one in found if one.examples]


EXAMPLES = examples()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with platform() as address:
        yield address


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_it_does_what_it_shows(
    example: doctest.DocTest, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLOCHE_URL", address)
    monkeypatch.setenv("CLOCHE_API_KEY", KEY)
    said: list[str] = []
    with Client.local() as client:
        known: dict[str, Any] = {name: getattr(cloche, name) for name in cloche.__all__}
        example.globs = {**known, "client": client, "asyncio": asyncio}
        result = doctest.DocTestRunner(optionflags=OPTIONS).run(example, out=said.append)
    assert result.failed == 0, "".join(said)


def test_there_are_examples_and_each_part_of_the_client_has_one() -> None:
    names = {example.name for example in EXAMPLES}
    assert len(names) >= FEWEST
    parts = ("evaluations", "batches", "history", "outputs", "schedules", "blobs", "access")
    for module in (*parts, "audit", "statistics"):
        assert any(name.startswith(f"cloche.{module}.") for name in names), module
