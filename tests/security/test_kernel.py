"""Ways to the host's kernel that programs do not need (reliability.md 6: 36)."""

import ast
from pathlib import Path

import pytest
from support.host_state import HostState
from support.hostile import Attack, Story, attacks, entry, limits
from support.lab import Trial

# Each in a process of its own, with arguments with which it succeeds where it is allowed.
CALLS = (Path(__file__).parent / "programs/system_calls.py").read_text()
# gVisor answers these itself, for the sandbox alone: its kernel is a process without privileges. What they change is
# in that process's memory and goes with it.
EMULATED = {
    *(
        "unshare user",
        "unshare mount",
        "unshare groups",
        "unshare time",
        "clone user",
        "clone mount",
    ),
    *("ptrace own child", "ptrace process 1", "ptrace parent", "read memory of parent", "kcmp"),
    *("keyctl", "add_key", "syslog", "io_uring_setup", "setpriority"),
    *("get_mempolicy", "set_mempolicy", "mbind", "personality"),
}
# Devices that gVisor makes itself: opened, they lead to its own network and file systems, of which there are none.
DEVICES = {"gvisor": {"/dev/fuse"}}


def _opened_none_of_the_host_s(story: Story) -> None:
    opened, made = (set(ast.literal_eval(line)) for line in story.lines)
    assert opened <= DEVICES.get(story.started.engine, set())
    assert made == set()


@entry(36)
async def test_calls_into_the_kernel_are_refused(trial: Trial) -> None:
    before = HostState.now()
    async with trial.unharmed():
        story = await trial.run(CALLS, limits(wall_seconds=40, cpu_seconds=40))
        assert story.end.outcome == "succeeded", story.stderr
        *succeeded, last = story.lines
        tried = int(last)
        assert tried > 60
        assert set(succeeded) <= (EMULATED if trial.engine == "gvisor" else set()), (
            story.stderr.decode()
        )
    assert HostState.now().changed(before) == []


@attacks(
    Attack(
        name="opens devices of the host",
        entries=(36,),
        program="""
            import ctypes, os, stat
            opened = []
            for path in ("/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/dev/sda", "/dev/vda", "/dev/nvme0n1",
                         "/dev/fuse", "/dev/kvm", "/dev/loop-control", "/dev/loop0", "/dev/mapper/control",
                         "/dev/console", "/dev/tty0", "/dev/vhost-net", "/dev/dri/card0", "/dev/input/event0",
                         "/dev/snapshot", "/dev/watchdog", "/dev/userfaultfd", "/dev/hpet", "/dev/rtc0", "/dev/cuse",
                         "/proc/kcore", "/proc/kmsg", "/proc/kpagecount", "/proc/kpageflags"):
                for flags in (os.O_RDONLY | os.O_NONBLOCK, os.O_WRONLY | os.O_NONBLOCK):
                    try:
                        file = os.open(path, flags)
                    except OSError:
                        continue
                    # A runtime may put the empty device in such a place.
                    if os.fstat(file).st_rdev != os.makedev(1, 3):
                        opened.append(path)
            for folder, _, names in os.walk("/dev"):
                for name in names:
                    found = os.lstat(os.path.join(folder, name))
                    if stat.S_ISBLK(found.st_mode):
                        opened.append(name)
            made = []
            for kind, device in ((stat.S_IFCHR, (1, 1)), (stat.S_IFCHR, (10, 229)), (stat.S_IFBLK, (8, 0)), (stat.S_IFBLK, (254, 0))):
                try:
                    os.mknod("/tmp/device", kind | 0o666, os.makedev(*device))
                    os.close(os.open("/tmp/device", os.O_RDWR))
                    made.append(device)
                except OSError:
                    pass
            # A file system of its own making would answer for every file.
            libc = ctypes.CDLL(None, use_errno=True)
            for path in opened:
                if path == "/dev/fuse":
                    file = os.open(path, os.O_RDWR)
                    words = f"fd={file},rootmode=40000,user_id=65534,group_id=65534".encode()
                    if libc.mount(b"fuse", b"/tmp/work", b"fuse", 0, words) == 0:
                        made.append("file system")
            print(opened)
            print(made)
        """,
        check=_opened_none_of_the_host_s,
    ),
    Attack(
        # Only opened, never written: one of them restarts the machine.
        name="opens settings of the kernel for writing",
        entries=(36,),
        program="""
            import os
            opened = []

            def write(path):
                try:
                    file = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
                except OSError:
                    return
                # A runtime may put the empty device in such a place.
                if os.fstat(file).st_rdev != os.makedev(1, 3):
                    opened.append(path)
                os.close(file)

            for path in ("/proc/sysrq-trigger", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe",
                         "/proc/sys/vm/drop_caches", "/proc/sys/fs/binfmt_misc/register", "/proc/irq/default_smp_affinity",
                         "/proc/acpi/wakeup", "/proc/scsi/scsi", "/proc/timer_list", "/proc/bus/pci/00/00.0"):
                write(path)
            for root in ("/proc/sys", "/sys"):
                for folder, folders, names in os.walk(root):
                    for name in names:
                        path = os.path.join(folder, name)
                        if not os.path.islink(path):
                            write(path)
                    for name in list(folders):
                        try:
                            os.mkdir(os.path.join(folder, name, "planted"))
                            opened.append(os.path.join(folder, name, "planted"))
                        except OSError:
                            pass
            print(opened)
        """,
        said="[]",
        limits=limits(wall_seconds=60, cpu_seconds=60),
    ),
    Attack(
        name="asks for the kernel's words and addresses",
        entries=(36,),
        program="""
            import os
            told = []
            for line in list(open("/proc/kallsyms"))[:50] if os.path.exists("/proc/kallsyms") else []:
                if int(line.split()[0], 16):
                    told.append(line)
            for path in ("/proc/keys", "/proc/timer_list", "/proc/sched_debug", "/proc/slabinfo", "/proc/iomem"):
                try:
                    with open(path) as file:
                        text = file.read()
                except OSError:
                    continue
                if path == "/proc/iomem":
                    text = "".join(line for line in text.splitlines() if not line.strip().startswith("00000000-00000000"))
                if text.strip():
                    told.append((path, text[:200]))
            print(told)
        """,
        said="[]",
    ),
)
async def test_kernel(trial: Trial, attack: Attack) -> None:
    before = HostState.now()
    await trial.withstand(attack)
    assert HostState.now().changed(before) == []


@entry(36)
@pytest.mark.parametrize("call", ["forty-two", "x32"])
async def test_calls_that_no_list_knows_do_nothing(trial: Trial, call: str) -> None:
    """Numbers beyond the newest call, and those of another architecture, which a list of numbers may forget."""
    program = f"""
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
numbers = range(600, 700) if {call!r} == "forty-two" else [0x40000000 + n for n in (39, 57, 101, 165, 272, 512, 520, 521, 538)]
answers = set()
for number in numbers:
    child = os.fork()
    if child == 0:
        ctypes.set_errno(0)
        os._exit(0 if libc.syscall(number, 0, 0, 0, 0, 0, 0) >= 0 else ctypes.get_errno())
    answers.add(os.waitpid(child, 0)[1])
print(0 in answers)
"""
    async with trial.unharmed():
        story = await trial.run(program)
        assert story.stdout == b"False\n", story.stderr
