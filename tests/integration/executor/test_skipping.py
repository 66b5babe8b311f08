"""Without Docker the tests that need it are skipped, and the run says so at its end."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[3]


def test_a_run_without_docker_ends_with_how_many_were_skipped_why_and_what_enables_them(
    tmp_path: Path,
) -> None:
    (tmp_path / "build/tests").mkdir(parents=True)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("-c", str(REPOSITORY / "pyproject.toml"), "--rootdir", str(REPOSITORY)),
            str(REPOSITORY / "tests/integration/executor/test_docker_engine.py"),
        ],
        cwd=tmp_path,
        env={**os.environ, "DOCKER_HOST": f"unix://{tmp_path}/none.sock"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    *_, skipped, enable = (tmp_path / "build/tests/skipped.txt").read_text().splitlines()
    assert skipped.endswith("tests were skipped: no Docker daemon answers")
    assert int(skipped.split()[0]) > 3
    assert "CLOCHE_TEST_PROVISION=1 make test" in enable
    assert enable in done.stdout


def test_what_is_skipped_for_another_reason_is_counted_too(tmp_path: Path) -> None:
    (tmp_path / "build/tests").mkdir(parents=True)
    (tmp_path / "test_it.py").write_text(
        "import pytest\n\ndef test_it() -> None:\n    pytest.skip('the moon is full')\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, "-p", "support.docker_plugin", "--rootdir", str(tmp_path), "test_it.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "tests")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said = (tmp_path / "build/tests/skipped.txt").read_text()
    assert said == "1 test was skipped: the moon is full\n"
