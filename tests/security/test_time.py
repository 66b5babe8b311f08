"""More time than there is (reliability.md 6: 3, 4, and what gets round a limit of each process)."""

from support.hostile import SLACK_SECONDS, Attack, attacks, limits, timed_out
from support.lab import Trial

CPU_USED_UP = Attack(
    outcome="timed_out",
    limit="cpu_seconds",
    reached=("cpu_seconds",),
    limits=limits(wall_seconds=30, cpu_seconds=1),
    cpu=(0.8, 3),
)


@attacks(
    timed_out(1).but(name="counts for ever", entries=(3,), program="while True: pass"),
    timed_out(1).but(
        name="sleeps for ever", entries=(4,), program="import time\nwhile True: time.sleep(60)"
    ),
    CPU_USED_UP.but(
        name="one process uses up the CPU time",
        program="while True: pass",
    ),
    CPU_USED_UP.but(
        # A limit of each process is none for a program that has many.
        name="many short processes use up the CPU time",
        program="""
            import os, time
            while True:
                child = os.fork()
                if child == 0:
                    until = time.process_time() + 0.2
                    while time.process_time() < until:
                        pass
                    os._exit(0)
                os.waitpid(child, 0)
        """,
    ),
    CPU_USED_UP.but(
        name="processes side by side use up the CPU time",
        program="""
            import os
            for _ in range(6):
                if os.fork() == 0:
                    break
            while True:
                pass
        """,
        limits=limits(wall_seconds=30, cpu_seconds=1, cpus=2),
    ),
    CPU_USED_UP.but(
        name="catches the signal of the CPU limit",
        program="""
            import signal
            signal.signal(signal.SIGXCPU, lambda *_: None)
            while True:
                pass
        """,
    ),
    Attack(
        name="lifts its own limits",
        program="""
            import resource
            lifted = []
            for name in ("CPU", "FSIZE", "NOFILE", "CORE"):
                which = getattr(resource, f"RLIMIT_{name}")
                soft, hard = resource.getrlimit(which)
                for wanted in ((resource.RLIM_INFINITY,) * 2, (hard + 1,) * 2):
                    try:
                        resource.setrlimit(which, wanted)
                    except (ValueError, OSError):
                        continue
                    lifted.append(name)
            print(lifted)
        """,
        said="[]",
    ),
    Attack(
        name="takes the rest of its seconds to die",
        entries=(10,),
        program="""
            import os, signal, time
            # Asleep in an unlinked file's lock, stopped, with stopped children: whoever ends it must not ask.
            for _ in range(10):
                if os.fork() == 0:
                    os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(0.2)
            os.kill(os.getppid(), signal.SIGSTOP)
            time.sleep(60)
        """,
        outcome="timed_out",
        limit="wall_seconds",
        limits=limits(wall_seconds=1),
        seconds=(1, 1 + SLACK_SECONDS),
    ),
)
async def test_time(trial: Trial, attack: Attack) -> None:
    await trial.withstand(attack)
