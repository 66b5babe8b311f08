"""More files than there is room for, and files where none may be (reliability.md 6: 14-20, 22)."""

import shutil

from support.hostile import MIB, Attack, Story, attacks, entry, limits
from support.lab import Trial

ROOMY = limits(memory_bytes=512 * MIB, scratch_bytes=128 * MIB, file_bytes=1 << 42, wall_seconds=20)


def _charged_for_its_files(story: Story) -> None:
    """What lies in the scratch space is the sandbox's own memory, not the host's."""
    usage = story.end.usage
    assert usage is not None
    if "memory_bytes" in story.started.enforced:
        assert usage.peak_memory_bytes is not None
        assert usage.peak_memory_bytes > 100 * MIB


def _killed_by_the_file_limit(story: Story) -> None:
    assert story.end.signal == 25


@attacks(
    Attack(
        name="fills the scratch space",
        entries=(14,),
        program="""
            import errno
            try:
                with open("/tmp/big", "wb") as file:
                    while True:
                        file.write(b"x" * (1 << 20))
            except OSError as error:
                print(errno.errorcode[error.errno])
        """,
        said="ENOSPC",
        limits=ROOMY,
        reached=("scratch_bytes",),
        check=_charged_for_its_files,
        neighbour=True,
    ),
    Attack(
        name="fills the scratch space with files that have no name",
        entries=(14,),
        program="""
            import errno, os
            held = []
            try:
                while True:
                    held.append(os.open("nameless", os.O_RDWR | os.O_CREAT))
                    os.unlink("nameless")
                    os.write(held[-1], b"x" * (1 << 20))
            except OSError as error:
                print(errno.errorcode[error.errno])
        """,
        said="ENOSPC",
        limits=ROOMY,
    ),
    Attack(
        name="makes a million empty files",
        entries=(15,),
        program="""
            import errno
            try:
                for number in range(1_000_000):
                    open(f"{number}", "w").close()
            except OSError as error:
                print(errno.errorcode[error.errno], number < 4096)
        """,
        said="ENOSPC True",
        reached=("scratch_inodes",),
        limits=limits(wall_seconds=20, cpu_seconds=20),
    ),
    Attack(
        name="writes outside of the scratch space",
        entries=(16,),
        program="""
            import os
            wrote = []
            for folder in ("/", "/etc", "/usr", "/usr/bin", "/bin", "/lib", "/var", "/var/tmp", "/root", "/home",
                           "/opt", "/run", "/dev", "/proc", "/sys", "/boot", "/srv", "/mnt"):
                try:
                    open(f"{folder}/planted", "w").write("x")
                    wrote.append(folder)
                except OSError:
                    pass
            for file in ("/bin/sh", "/usr/bin/env", "/etc/passwd", "/etc/hosts", "/etc/resolv.conf", "/etc/hostname",
                         "/etc/ld.so.cache", "/usr/bin/python3"):
                for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC, os.O_WRONLY | os.O_APPEND):
                    try:
                        os.close(os.open(file, flags))
                        wrote.append(file)
                    except OSError:
                        pass
                for change in (os.unlink, lambda p: os.chmod(p, 0o777), lambda p: os.rename(p, "/tmp/x"),
                               lambda p: os.chown(p, 65534, 65534), lambda p: os.utime(p)):
                    try:
                        change(file)
                        wrote.append(file)
                    except OSError:
                        pass
            print(wrote)
        """,
        said="[]",
    ),
    Attack(
        name="makes a sparse file of a terabyte",
        entries=(17,),
        program="""
            import errno, os, signal
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            file = os.open("sparse", os.O_RDWR | os.O_CREAT)
            tries = (
                lambda: os.ftruncate(file, 1 << 40),
                lambda: os.posix_fallocate(file, 0, 1 << 40),
                lambda: os.pwrite(file, b"x", 1 << 40),
            )
            for attempt in tries:
                try:
                    attempt()
                    print("made it")
                except OSError as error:
                    print(errno.errorcode[error.errno])
            print(os.fstat(file).st_size)
        """,
        said="EFBIG\nEFBIG\nEFBIG\n0",
    ),
    Attack(
        name="writes a file beyond its limit",
        entries=(17,),
        program="""
            import signal
            # Python ignores it, and would only be told that the file is too large.
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
            with open("big", "wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 65536)
        """,
        limits=limits(file_bytes=MIB),
        outcome="failed",
        domain="limit",
        limit="file_bytes",
        reached=("file_bytes",),
        check=_killed_by_the_file_limit,
    ),
    Attack(
        name="fills the shared memory",
        entries=(18,),
        program="""
            import errno, os
            size = os.statvfs("/dev/shm").f_frsize * os.statvfs("/dev/shm").f_blocks
            written = 0
            try:
                with open("/dev/shm/big", "wb", buffering=0) as file:
                    while True:
                        written += file.write(b"x" * 65536)
            except OSError as error:
                print(errno.errorcode[error.errno], written <= 16 << 20, size <= 16 << 20)
        """,
        said="ENOSPC True True",
        limits=limits(memory_bytes=512 * MIB),
    ),
    Attack(
        # Whoever cleans up by path falls over names that are longer than a path may be.
        name="nests folders ten thousand deep",
        entries=(19,),
        program="""
            import os
            depth = 0
            for _ in range(10_000):
                os.mkdir("d")
                os.chdir("d")
                depth += 1
            print(depth)
        """,
        said="10000",
        limits=limits(scratch_inodes=20_000, wall_seconds=30, cpu_seconds=30),
    ),
    Attack(
        name="wants to leave a core",
        entries=(20,),
        program="""
            import os, resource
            try:
                resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
            except (ValueError, OSError):
                pass
            print(resource.getrlimit(resource.RLIMIT_CORE), flush=True)
            if os.fork() == 0:
                os.abort()
            os.wait()
            print(sorted(os.listdir(".")), sorted(set(os.listdir("/tmp")) - {"work", "build", "output"}), flush=True)
            os.abort()
        """,
        outcome="failed",
        domain="program",
        said="(0, 0)\n['main.py'] []",
    ),
    Attack(
        name="opens files until none is left",
        program="""
            import errno, os
            held = []
            try:
                while True:
                    held.append(os.open("/dev/null", os.O_RDONLY))
            except OSError as error:
                print(errno.errorcode[error.errno], len(held) <= 64)
        """,
        said="EMFILE True",
        limits=limits(open_files=64),
    ),
    Attack(
        name="reads and writes as fast as it can",
        entries=(22,),
        program="""
            import os, time
            until = time.monotonic() + 2
            names = []
            for folder, _, files in os.walk("/usr"):
                names += [os.path.join(folder, file) for file in files]
                if len(names) > 3000:
                    break
            while time.monotonic() < until:
                for name in names:
                    try:
                        with open(name, "rb") as file:
                            file.read(1 << 20)
                    except OSError:
                        pass
                    with open("churn", "wb") as file:
                        file.write(b"x" * (1 << 20))
                        os.fsync(file.fileno())
                    if time.monotonic() > until:
                        break
            print("tired")
        """,
        said="tired",
        limits=limits(wall_seconds=20),
        neighbour=True,
    ),
)
async def test_files(trial: Trial, attack: Attack) -> None:
    await trial.withstand(attack)


@entry(14)
async def test_a_full_scratch_space_takes_nothing_of_the_host_s_disk(trial: Trial) -> None:
    program = """
import os
with open("/tmp/big", "wb", buffering=0) as file:
    try:
        while True:
            file.write(b"x" * (1 << 20))
    except OSError:
        pass
print("full", flush=True)
import time
time.sleep(60)
"""
    large = limits(
        memory_bytes=1 << 30, scratch_bytes=800 * MIB, file_bytes=1 << 30, wall_seconds=60
    )
    # Others write to these disks too: what the program takes is there each time, what they take is not.
    taken: list[int] = []
    async with trial.unharmed():
        while (
            len(taken) < 3 and min(taken, default=large.scratch_bytes) >= large.scratch_bytes // 2
        ):
            before = _used()
            address = await trial.submit(program, large)
            await trial.begun(address)
            taken.append(max(now - was for was, now in zip(before, _used(), strict=True)))
            await trial.client.cancel(address)
            assert (await trial.story(address)).end.outcome == "cancelled"
    assert min(taken) < large.scratch_bytes // 2, taken


def _used() -> list[int]:
    """Bytes of the host's disks."""
    return [shutil.disk_usage(place).used for place in ("/", "/tmp", "/var")]
