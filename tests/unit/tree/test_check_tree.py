"""The check of the tree can fail, each part of it."""

from pathlib import Path

import check_tree
import pytest
from check_tree import ANATOMY, SERVICES, findings, listed


@pytest.fixture(autouse=True)
def _no_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_tree, "REASONS", {})


COMPLETE = [f"services/{s}/cloche_{s}/{part}" for s in SERVICES for part in ANATOMY]


def found(root: Path, name: str, content: str = "") -> list[str]:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return list(findings(root, [*COMPLETE, name]))


def test_a_good_file_is_not_found(tmp_path: Path) -> None:
    assert found(tmp_path, "services/gateway/cloche_gateway/cursor.py", "x = 1\n" * 300) == []


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.py", "x = 1\n" * 301, "301 lines ask for a reason"),
        ("a.py", "x = 1\n" * 501, "501 lines, more than 500"),
        ("services/utils/a.py", "", "hides its role"),
        ("services/helpers.py", "", "hides its role"),
        ("uv.lock", "", "must not be in the repository"),
        ("README.md", "see files.pytho" + "nhosted.org/x", "README.md:1: names the host"),
    ],
)
def test_what_must_not_be_is_found(tmp_path: Path, name: str, content: str, sentence: str) -> None:
    (finding,) = found(tmp_path, name, content)
    assert sentence in finding


def test_generated_files_may_be_long_and_binary_ones_are_not_read(tmp_path: Path) -> None:
    assert found(tmp_path, "sdk/generated/types.ts", "x\n" * 900) == []
    (tmp_path / "picture.png").write_bytes(b"\xff\xfe\x00")
    assert list(findings(tmp_path, [*COMPLETE, "picture.png", "gone.py"])) == []


def test_every_service_has_the_same_anatomy() -> None:
    (finding,) = findings(Path("nowhere"), COMPLETE[1:])
    assert finding == "services/gateway/cloche_gateway: lacks __init__.py, which every service has"


def test_an_unpacked_archive_is_checked_too(tmp_path: Path) -> None:
    for name in ("a/b.py", ".venv/c.py", "build/d.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert listed(tmp_path) == ["a/b.py"]
