"""Two programs do not meet, at the same time or one after the other (reliability.md 6: 39, 41)."""

from cloche_executor.relays import RELAY_PROCESSES
from cloche_schemas.commands import EvaluationSpec
from support.hostile import entry, limits
from support.lab import Trial

# Leaves something at every place where two programs could meet, and waits.
OFFER = """
import ctypes, os, socket, sys, time
token = sys.argv[1]
libc = ctypes.CDLL(None, use_errno=True)
kept = []
for name in ("\\0cloche-meeting", "/tmp/meeting.sock"):
    server = socket.socket(socket.AF_UNIX)
    server.bind(name)
    server.listen()
    kept.append(server)
for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
    try:
        server = socket.socket(family)
        server.bind((host, 5599))
        server.listen()
        kept.append(server)
    except OSError:
        pass
for path in ("/tmp/meeting", "/dev/shm/meeting", "/tmp/work/meeting", "/tmp/output/meeting"):
    open(path, "w").write(token)
made = libc.shmget(5599, 4096, 0o1666)
libc.semget(5599, 1, 0o1666)
queue = libc.msgget(5599, 0o1666)
libc.syscall(248, b"user", b"cloche-meeting", token.encode(), len(token), -4)
print("ready", made >= 0, flush=True)
time.sleep(60)
"""
SEEK = """
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
met = []
for family, address in ((socket.AF_UNIX, "\\0cloche-meeting"), (socket.AF_UNIX, "/tmp/meeting.sock"),
                        (socket.AF_INET, ("127.0.0.1", 5599)), (socket.AF_INET6, ("::1", 5599))):
    try:
        socket.socket(family).connect(address)
        met.append(address)
    except OSError:
        pass
for path in ("/tmp/meeting", "/dev/shm/meeting", "/tmp/work/meeting", "/tmp/output/meeting"):
    if os.path.exists(path):
        met.append(path)
for name, call in (("shm", lambda: libc.shmget(5599, 4096, 0)), ("sem", lambda: libc.semget(5599, 1, 0)),
                   ("msg", lambda: libc.msgget(5599, 0)),
                   ("key", lambda: libc.syscall(249, b"user", b"cloche-meeting", None, 0))):
    if call() >= 0:
        met.append(name)
for folder in filter(str.isdigit, os.listdir("/proc")):
    try:
        if sys.argv[1].encode() in open(f"/proc/{folder}/cmdline", "rb").read() and int(folder) != os.getpid():
            if folder not in (str(os.getppid()),):
                met.append(folder)
    except OSError:
        pass
for line in open("/proc/net/unix"):
    if "cloche-meeting" in line:
        met.append(line)
print(met)
"""
# Says nothing: where a process of its sandbox passes on what it says, that one is ended as well.
END_ALL = """
import os, signal
for number in range(2, 3000):
    if number not in (os.getpid(), os.getppid()):
        try:
            os.kill(number, signal.SIGKILL)
        except OSError:
            pass
os.kill(-1, signal.SIGKILL)
"""


@entry(41)
async def test_two_programs_that_look_for_each_other_do_not_meet(trial: Trial) -> None:
    async with trial.unharmed():
        patient = limits(wall_seconds=60)
        offering = await trial.submit(
            EvaluationSpec(code=OFFER, argv=("token-of-the-first",)), patient
        )
        await trial.begun(offering)
        neighbour = await trial.neighbour()
        seeking = await trial.run(EvaluationSpec(code=SEEK, argv=("token-of-the-first",)), patient)
        assert seeking.stdout == b"[]\n", seeking.stderr
        await trial.run(END_ALL)
        await trial.untouched(neighbour)
        assert await trial.client.types(offering) == ["EvaluationQueued", "AttemptStarted"]
        await trial.client.cancel(offering)
        offered = await trial.story(offering)
        assert offered.end.outcome == "cancelled"
        # There was something to meet.
        assert offered.stdout.startswith(b"ready"), offered.stderr


async def test_what_one_leaves_the_next_does_not_find(trial: Trial) -> None:
    leaving = """
import os, time
for folder in ("/tmp", "/tmp/work", "/tmp/build", "/tmp/output", "/dev/shm"):
    open(f"{folder}/left", "w").write("left")
if os.fork() == 0:
    os.setsid()
    time.sleep(60)
"""
    finding = """
import os
print(sorted(os.listdir("/tmp")), sorted(os.listdir("/tmp/work")), os.listdir("/tmp/build"), os.listdir("/tmp/output"),
      os.listdir("/dev/shm"), len([name for name in os.listdir("/proc") if name.isdigit()]))
"""
    # Process 1, the program's parent, and itself; in gVisor two that pass its output on.
    processes = 3 + (RELAY_PROCESSES if trial.engine == "gvisor" else 0)
    async with trial.unharmed():
        for _ in range(4):
            assert (await trial.run(leaving)).end.outcome == "succeeded"
            story = await trial.run(finding)
            said = f"['build', 'output', 'work'] ['main.py'] [] [] [] {processes}\n"
            assert story.stdout.decode() == said, story.stderr


@entry(39)
async def test_devices_that_a_program_changes_are_whole_for_the_next(trial: Trial) -> None:
    """CVE-2025-31133: /dev/null replaced by a link made a runtime write where the link led."""
    replacing = """
import os
for name in ("null", "zero", "random", "shm", "fd", "stdout"):
    path = f"/dev/{name}"
    for change in (lambda: os.rename(path, "/tmp/moved"), lambda: os.unlink(path),
                   lambda: os.symlink("/etc/passwd", path), lambda: os.mkdir(path + ".d"), lambda: os.chmod(path, 0)):
        try:
            change()
        except OSError:
            pass
"""
    looking = """
import os, stat
for name, numbers in (("null", (1, 3)), ("zero", (1, 5)), ("random", (1, 8)), ("urandom", (1, 9))):
    found = os.lstat(f"/dev/{name}")
    assert stat.S_ISCHR(found.st_mode), name
    assert (os.major(found.st_rdev), os.minor(found.st_rdev)) == numbers, name
print(open("/dev/null", "rb").read(), open("/dev/zero", "rb").read(2), len(os.urandom(8)))
"""
    async with trial.unharmed():
        first = await trial.run(replacing)
        assert first.end.outcome == "succeeded", first.stderr
        for _ in range(2):
            second = await trial.run(looking)
            assert second.stdout == b"b'' b'\\x00\\x00' 8\n", second.stderr
