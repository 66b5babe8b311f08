"""`cloche images`: words of the command line on their way to the executor's functions."""

from typing import Any

import pytest
from cloche.cli import main
from cloche_local import images

Calls = list[tuple[Any, ...]]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    made: Calls = []

    def build(names: Any, *, target: Any, at_once: int) -> int:
        made.append((names, target, at_once))
        return 1

    def show(*, json: bool) -> int:
        made.append(("list", json))
        return 0

    monkeypatch.setattr(images, "build_images", build)
    monkeypatch.setattr(images, "list_images", show)
    return made


def test_images_are_listed(calls: Calls) -> None:
    assert main(["images", "list"]) == 0
    assert main(["images", "list", "--json"]) == 0
    assert calls == [("list", False), ("list", True)]


def test_images_are_made_for_whom_it_is_said_and_failure_is_an_exit_code(calls: Calls) -> None:
    assert main(["images", "build"]) == 1
    assert main(["images", "build", "go", "rust", "--for", "docker", "--at-once", "1"]) == 1
    assert calls == [((), None, 2), (("go", "rust"), "docker", 1)]
    with pytest.raises(SystemExit) as refused:
        main(["images", "build", "--for", "nobody"])
    assert refused.value.code == 2
