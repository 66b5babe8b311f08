"""Users for sandboxes: no two live ones have the same, whoever made them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cloche_executor.engines import host_users
from cloche_executor.engines.host_users import FIRST, NAME, HostUsers
from cloche_executor.sandbox import EngineUnavailable, SandboxError

OTHER = """
import sys
from pathlib import Path
from cloche_executor.engines.host_users import HostUsers
users = HostUsers([Path(sys.argv[1])])
print(users.take(), users.take(), flush=True)
sys.stdin.read()
"""


def test_every_sandbox_gets_another_and_what_is_given_back_is_taken_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_users, "COUNT", 3)
    users = HostUsers([tmp_path])
    assert [users.take() for _ in range(3)] == [FIRST, FIRST + 1, FIRST + 2]
    with pytest.raises(SandboxError, match="taken"):
        users.take()
    users.give(FIRST + 1)
    users.give(FIRST + 1)
    assert users.take() == FIRST + 1
    users.close()


def test_one_that_was_just_given_back_is_the_last_to_be_taken(tmp_path: Path) -> None:
    users = HostUsers([tmp_path])
    first = users.take()
    users.give(first)
    assert users.take() != first
    users.close()


def test_engines_of_one_process_and_executors_of_one_machine_share_them(tmp_path: Path) -> None:
    ours, beside = HostUsers([tmp_path]), HostUsers([tmp_path])
    taken = {ours.take(), beside.take()}
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        taken |= {int(word) for word in other.stdout.readline().split()}
        assert taken == {FIRST, FIRST + 1, FIRST + 2, FIRST + 3}
        assert ours.take() == FIRST + 4
        other.kill()
        other.wait()
    # The kernel has given back what the dead one had.
    late = HostUsers([tmp_path])
    assert [late.take(), late.take()] == [FIRST + 2, FIRST + 3]
    for users in (ours, beside, late):
        users.close()


def test_a_file_that_somebody_else_laid_there_is_not_believed(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("theirs")
    linked, owned, good = (tmp_path / name for name in ("linked", "owned", "good"))
    for folder in (linked, owned, good):
        folder.mkdir()
    (linked / NAME).symlink_to(target)
    with pytest.raises(EngineUnavailable, match="no users"):
        HostUsers([linked, tmp_path / "gone"])
    if os.geteuid() == 0:
        (owned / NAME).write_text("")
        os.chown(owned / NAME, 12345, 12345)
        with pytest.raises(EngineUnavailable, match="somebody else's"):
            HostUsers([owned])
    users = HostUsers([linked, good])
    assert users.take() == FIRST
    users.close()
    assert target.read_text() == "theirs"
