"""Attacks on what starts a program and tells its end: its parent, a shell of the same user (docs/sandboxing.md).

What a program can make its parent say is in test_last_words.py.
"""

from support.hostile import SLACK_SECONDS, Attack, Story, attacks, limits
from support.lab import Trial


def _killed(story: Story) -> None:
    assert (story.end.exit_code, story.end.signal) == (137, 9), story.end


@attacks(
    Attack(
        name="kills its parent",
        program="""
            import os, signal, time
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
        """,
        outcome="failed",
        domain="program",
        check=_killed,
        seconds=(0, 4),
        neighbour=True,
    ),
    Attack(
        name="asks its parent to end",
        program="""
            import os, signal, time
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGPIPE):
                os.kill(os.getppid(), number)
            time.sleep(60)
        """,
        outcome=("failed", "timed_out"),
        limits=limits(wall_seconds=2),
    ),
    Attack(
        # Nobody is left who could say that it is over.
        name="stops its parent and ends",
        program="""
            import os, signal
            print("last words", flush=True)
            os.kill(os.getppid(), signal.SIGSTOP)
        """,
        outcome="timed_out",
        limit="wall_seconds",
        limits=limits(wall_seconds=1),
        said="last words",
        seconds=(1, 1 + SLACK_SECONDS),
        neighbour=True,
    ),
    Attack(
        name="answers for the executor",
        program="""
            import os
            file = os.open(f"/proc/{os.getppid()}/fd/0", os.O_WRONLY | os.O_NONBLOCK)
            os.write(file, b"\\n" * 100)
            print("told it to go on", flush=True)
            open("/tmp/output/left", "w").write("left")
            os._exit(6)
        """,
        outcome="failed",
        domain="program",
    ),
    Attack(
        name="floods its parent's input",
        program="""
            import os, signal, time
            file = os.open(f"/proc/{os.getppid()}/fd/0", os.O_WRONLY | os.O_NONBLOCK)
            os.kill(os.getppid(), signal.SIGSTOP)
            try:
                while True:
                    os.write(file, b"x" * 4096)
            except OSError:
                pass
            os.kill(os.getppid(), signal.SIGCONT)
            os._exit(6)
        """,
        outcome=("failed", "timed_out"),
        limits=limits(wall_seconds=3),
        neighbour=True,
    ),
    Attack(
        name="reads its parent's input",
        program="""
            import os, threading, time
            def steal():
                try:
                    file = os.open(f"/proc/{os.getppid()}/fd/0", os.O_RDONLY)
                    while os.read(file, 4096):
                        pass
                except OSError:
                    pass
            threading.Thread(target=steal, daemon=True).start()
            time.sleep(0.3)
            os._exit(6)
        """,
        outcome=("failed", "timed_out"),
        limits=limits(wall_seconds=3),
    ),
    Attack(
        name="writes over its parent's memory",
        program="""
            import os
            parent = os.getppid()
            try:
                with open(f"/proc/{parent}/mem", "r+b", buffering=0) as memory:
                    for line in open(f"/proc/{parent}/maps").read().splitlines():
                        begin, end = (int(word, 16) for word in line.split()[0].split("-"))
                        if " rw" in line:
                            try:
                                memory.seek(begin)
                                memory.write(b"A" * (end - begin))
                            except (OSError, ValueError, OverflowError):
                                pass
            except OSError:
                pass
            os._exit(0)
        """,
        outcome=("failed", "succeeded", "timed_out"),
        limits=limits(wall_seconds=3),
        neighbour=True,
    ),
    Attack(
        name="writes over the memory of process 1",
        program="""
            import os
            try:
                with open("/proc/1/mem", "r+b", buffering=0) as memory:
                    for line in open("/proc/1/maps").read().splitlines():
                        begin, end = (int(word, 16) for word in line.split()[0].split("-"))
                        if " rw" in line:
                            memory.seek(begin)
                            memory.write(b"A" * (end - begin))
            except (OSError, ValueError, OverflowError):
                pass
            os._exit(3)
        """,
        outcome=("failed", "timed_out"),
        limits=limits(wall_seconds=3),
        neighbour=True,
    ),
)
async def test_bootstrap(trial: Trial, attack: Attack) -> None:
    await trial.withstand(attack)
