"""Telling whether the process that something belongs to is dead."""

import os
import subprocess
import sys
from pathlib import Path

from cloche_executor.engines.owner import Owner, owner_in, this_process


def test_we_are_alive_and_say_so_in_words_that_can_be_read_back() -> None:
    ours = this_process()
    assert ours.pid == os.getpid()
    assert not ours.dead
    assert owner_in(f"{ours}-rest") == ours
    for text in ("", "x", "1-2", f"x{ours}"):
        assert owner_in(text) is None


def test_the_dead_are_dead_reaped_or_not() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert process.stdin is not None
    stat = Path(f"/proc/{process.pid}/stat").read_text()
    its = Owner(this_process().namespace, process.pid, int(stat.rpartition(")")[2].split()[19]))
    seen = [its.dead]
    process.kill()
    process.stdin.close()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    seen.append(its.dead)
    process.wait()
    seen.append(its.dead)
    assert seen == [False, True, True]


def test_a_number_that_somebody_else_has_now_is_no_life() -> None:
    ours = this_process()
    assert Owner(ours.namespace, ours.pid, ours.started + 1).dead


def test_of_other_namespaces_nobody_here_knows() -> None:
    ours = this_process()
    assert not Owner(ours.namespace + 1, ours.pid, 0).dead
