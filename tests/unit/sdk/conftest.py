from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command import Ran
from support.fake_gateway import FakeGateway, serving


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with serving() as fake:
        yield fake


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program.py"
    path.write_text("print(1)\n")
    return path


@pytest.fixture
def ran(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch) -> Ran:
    return Ran(capfdbinary, monkeypatch)
