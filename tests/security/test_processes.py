"""Too many processes, and such as do not want to end (reliability.md 6: 1, 2, 5-8, 10-12)."""

from cloche_schemas.commands import Case
from support.hostile import Attack, Story, attacks, limits, timed_out
from support.lab import Trial


def _was_refused(story: Story) -> None:
    """The program itself was told that it may not have more: gVisor refuses without telling anybody else."""
    assert b"refused" in story.stdout or b"Resource temporarily unavailable" in story.stderr


PIDS_REACHED = Attack(
    outcome=("failed", "timed_out"),
    limits=limits(wall_seconds=2, pids=32),
    reached=("pids",),
    check=_was_refused,
    neighbour=True,
)


def _ended_as_it_says(story: Story) -> None:
    """A program's own way to end is not mistaken for one of ours."""
    ended = [(case.outcome, case.domain, case.exit_code, case.signal) for case in story.cases]
    assert ended == [
        ("succeeded", None, 0, None),
        ("failed", "program", 1, None),
        ("failed", "program", 137, 9),
        ("failed", "program", 255, None),
        ("failed", "program", 139, 11),
        ("failed", "program", 137, 9),
        ("failed", "program", 134, 6),
    ]
    assert all(not case.limit and not case.reached for case in story.cases)


@attacks(
    PIDS_REACHED.but(
        name="fork bomb",
        entries=(1,),
        program="""
            import os
            told = False
            while True:
                try:
                    os.fork()
                except OSError:
                    told = told or bool(os.write(1, b"refused "))
        """,
    ),
    PIDS_REACHED.but(
        name="fork bomb of a shell",
        entries=(1,),
        language="bash",
        program=":(){ :|:& };:; wait; while :; do :; done",
    ),
    PIDS_REACHED.but(
        name="thread bomb",
        entries=(2,),
        program="""
            import _thread, time
            made = 0
            while True:
                try:
                    _thread.start_new_thread(time.sleep, (60,))
                    made += 1
                except RuntimeError:
                    if made:
                        print("refused after", made, flush=True)
                        made = 0
        """,
    ),
    PIDS_REACHED.but(
        # The limit is one for all of them, not for each.
        name="children that fork on when one dies",
        entries=(1,),
        program="""
            import os
            told = False
            for _ in range(3):
                try:
                    os.fork()
                except OSError:
                    told = told or bool(os.write(1, b"refused "))
            while True:
                try:
                    if os.fork() == 0:
                        os._exit(0)
                    os.waitpid(-1, os.WNOHANG)
                except OSError:
                    told = told or bool(os.write(1, b"refused "))
        """,
        limits=limits(wall_seconds=2, pids=6),
    ),
    timed_out(1).but(
        name="ignores every signal that it may",
        entries=(5,),
        program="""
            import signal, time
            for number in range(1, 65):
                try:
                    signal.signal(number, signal.SIG_IGN)
                except (OSError, ValueError):
                    pass
            print("deaf", flush=True)
            while True:
                time.sleep(60)
        """,
        said="deaf",
    ),
    Attack(
        # The child has left its parent's session, its group and its parent, and is to be dead all the same.
        name="daemon outlives its parent",
        entries=(6,),
        program="""
            import os, time
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    for descriptor in range(3):
                        os.close(descriptor)
                    time.sleep(120)
                os._exit(0)
            print("gone")
        """,
        said="gone",
        seconds=(0, 4),
    ),
    Attack(
        name="daemon holds the output open",
        entries=(7,),
        program="""
            import os, time
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    time.sleep(1)
                    while True:
                        os.write(1, b"still here\\n")
                os._exit(0)
            print("gone")
        """,
        said="gone",
        seconds=(0, 4),
    ),
    Attack(
        name="daemons that fork faster than they are killed",
        entries=(1, 6),
        program="""
            import os, time
            for _ in range(8):
                try:
                    child = os.fork()
                except OSError:
                    # Those before have taken all the processes there may be.
                    break
                if child == 0:
                    os.setsid()
                    while True:
                        try:
                            if os.fork():
                                os._exit(0)
                        except OSError:
                            pass
            time.sleep(0.3)
            print("gone", flush=True)
            os._exit(7)
        """,
        outcome="failed",
        exit_code=7,
        said="gone",
        # It may have begun a moment before the clock did.
        seconds=(0.1, 6),
    ),
    Attack(
        name="waits for input that never comes",
        entries=(8,),
        program="""
            import sys
            print(repr(sys.stdin.read()))
        """,
        said="''",
        seconds=(0, 4),
    ),
    Attack(
        # Whoever writes it before starting the program, or while nobody reads, hangs here.
        name="never reads ten megabytes of input",
        entries=(9,),
        program="print('did not look')",
        stdin="x" * 10_000_000,
        said="did not look",
        seconds=(0, 4),
    ),
    timed_out(1).but(
        name="stops itself",
        entries=(10,),
        program="""
            import os, signal
            os.kill(os.getpid(), signal.SIGSTOP)
        """,
    ),
    Attack(
        name="ends in every way there is",
        entries=(11,),
        program="""
            import os, sys
            word = sys.argv[1]
            if word.startswith("-"):
                os.kill(os.getpid(), int(word[1:]))
            os._exit(int(word))
        """,
        cases=tuple(Case(argv=(word,)) for word in ("0", "1", "137", "255", "-11", "-9", "-6")),
        outcome="failed",
        domain="program",
        check=_ended_as_it_says,
    ),
    Attack(
        # Orphans whom nobody reaps would use up the processes.
        name="zombie factory",
        entries=(12,),
        program="""
            import os, time
            for _ in range(300):
                while True:
                    try:
                        child = os.fork()
                        break
                    except OSError:
                        time.sleep(0.005)
                if child == 0:
                    if os.fork() == 0:
                        os._exit(0)
                    os._exit(0)
                os.waitpid(child, 0)
            print("all gone")
        """,
        said="all gone",
        limits=limits(wall_seconds=90, cpu_seconds=60),
    ),
    Attack(
        name="kills everybody it sees",
        program="""
            import os, signal
            os.kill(-1, signal.SIGKILL)
            os.kill(1, signal.SIGKILL)
            print("still here")
        """,
        outcome=("failed", "succeeded"),
        domain=None,
        neighbour=True,
    ),
)
async def test_processes(trial: Trial, attack: Attack) -> None:
    await trial.withstand(attack)
