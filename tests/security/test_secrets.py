"""What a program can find out about the executor and its host (reliability.md 6: 34, 35, 37, 38)."""

import os

from cloche_schemas.commands import EvaluationSpec
from support.hostile import Attack, attacks, entry, limits
from support.lab import Trial

# Looks for words that it is told backwards, lest it finds its own arguments.
SEARCH = """
import os, re, sys
wanted = [word[::-1].encode() for word in sys.argv[1:]]
found, looked = [], 0

def look(path, data):
    global looked
    looked += 1
    for number, word in enumerate(wanted):
        if word in data:
            found.append((path, number))

def read(path, most=1 << 20):
    try:
        with open(path, "rb") as file:
            return file.read(most)
    except OSError:
        return b""

for process in filter(str.isdigit, os.listdir("/proc")):
    for name in ("environ", "cmdline", "mountinfo", "mounts", "status", "cgroup", "comm", "stack", "wchan", "limits"):
        look(f"/proc/{process}/{name}", read(f"/proc/{process}/{name}"))
    if int(process) == os.getpid():
        continue
    try:
        with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
            for line in read(f"/proc/{process}/maps").decode().splitlines():
                if place := re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line):
                    begin, end = (int(word, 16) for word in place.groups())
                    try:
                        memory.seek(begin)
                        look(f"memory of {process}", memory.read(min(end - begin, 8 << 20)))
                    except (OSError, ValueError, OverflowError):
                        pass
    except OSError:
        pass
look("environ", repr(dict(os.environ)).encode())
for root in ("/etc", "/run", "/var", "/tmp", "/home", "/root", "/opt", "/srv", "/mnt", "/media", "/dev", "/sys/fs"):
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                look(path, read(path))
for path in ("/.dockerenv", "/run/.containerenv", "/proc/cmdline", "/proc/keys", "/proc/net/unix", "/proc/kallsyms"):
    look(path, read(path))
print(found, looked > 20)
"""


@entry(34)
async def test_nothing_of_the_executor_s_is_to_be_found(trial: Trial) -> None:
    lab = trial.lab
    # A word, where its log is, whose sandboxes they are, and where it keeps its files.
    wanted = [lab.secret, lab.nats.url, lab.installation, str(lab.folder)]
    argv = tuple(word[::-1] for word in wanted)
    # It has been planted.
    assert lab.secret.encode() in lab.environ()
    async with trial.unharmed():
        spec = EvaluationSpec(code=SEARCH, argv=argv)
        story = await trial.run(spec, limits(wall_seconds=40, cpu_seconds=40))
        assert story.end.outcome == "succeeded", story.stderr
        assert story.stdout == b"[] True\n"


@entry(34)
async def test_the_environment_is_ours_and_nothing_else(trial: Trial) -> None:
    async with trial.unharmed():
        story = await trial.run("import os; print(sorted(os.environ))")
        assert set(eval(story.stdout)) <= {  # noqa: S307 - a list of strings that our program wrote
            *("PATH", "HOME", "TMPDIR", "LANG", "LC_CTYPE", "CLOCHE_OUTPUT", "PWD"),
            *("PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE"),
        }


@attacks(
    Attack(
        # Whoever reaches a daemon's socket is root on the host.
        name="looks for sockets of daemons",
        entries=(35,),
        program="""
            import os, stat
            found = []
            for folder, _, names in os.walk("/"):
                if folder.startswith(("/proc", "/sys")):
                    continue
                for name in names:
                    path = os.path.join(folder, name)
                    try:
                        if stat.S_ISSOCK(os.lstat(path).st_mode):
                            found.append(path)
                    except OSError:
                        pass
            for path in ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock",
                         "/run/docker/containerd/containerd.sock", "/run/crio/crio.sock", "/run/podman/podman.sock",
                         "/run/secrets", "/var/run/secrets", "/run/dbus/system_bus_socket", "/run/systemd/private"):
                if os.path.lexists(path):
                    found.append(path)
            print(found)
        """,
        said="[]",
        limits=limits(wall_seconds=30, cpu_seconds=30),
    ),
    Attack(
        # CVE-2024-21626 (runc) was one descriptor of a folder of the host, left open.
        name="walks out along descriptors and links of processes",
        entries=(37,),
        program="""
            import os, stat
            out = []
            here = (os.stat("/").st_dev, os.stat("/").st_ino)
            own = sorted(os.listdir("/proc/self/fd"))
            if own != ["0", "1", "2", "3"]:
                out.append(own)
            for process in ["self", *filter(str.isdigit, os.listdir("/proc"))]:
                for name in ("root", "cwd"):
                    try:
                        place = os.stat(f"/proc/{process}/{name}/" + "../" * 40)
                    except OSError:
                        continue
                    if (place.st_dev, place.st_ino) != here:
                        out.append((process, name))
                try:
                    descriptors = os.listdir(f"/proc/{process}/fd")
                except OSError:
                    continue
                for number in descriptors:
                    path = f"/proc/{process}/fd/{number}"
                    try:
                        kind = os.stat(path).st_mode
                        target = os.readlink(path)
                    except OSError:
                        continue
                    if stat.S_ISDIR(kind) and not target.startswith("/proc"):
                        out.append((path, target))
                    if stat.S_ISREG(kind) and not target.startswith(("/tmp/", "/usr/", "/bin/", "/memfd:")):
                        out.append((path, target))
            print(out)
        """,
        said="[]",
    ),
    Attack(
        # CVE-2019-5736 (runc): the binary of the runtime, opened by way of a process that runs it.
        name="writes over the programs that run it",
        entries=(37,),
        program="""
            import os, subprocess, time
            wrote = []

            def write(path):
                for flags in (os.O_WRONLY, os.O_RDWR, os.O_WRONLY | os.O_TRUNC):
                    try:
                        os.close(os.open(path, flags))
                        wrote.append((path, os.readlink(path)))
                    except OSError:
                        pass

            for process in ["self", *filter(str.isdigit, os.listdir("/proc"))]:
                write(f"/proc/{process}/exe")
            child = subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE)
            held = os.open(f"/proc/{child.pid}/exe", os.O_PATH)
            child.communicate()
            # Nobody executes it any more, so that is no reason to refuse it.
            for _ in range(200):
                write(f"/proc/self/fd/{held}")
            print(wrote)
        """,
        said="[]",
    ),
    Attack(
        name="becomes another user",
        entries=(38,),
        program="""
            import ctypes, os, shutil, stat, subprocess
            libc = ctypes.CDLL(None, use_errno=True)
            became = []
            for change in (lambda: os.setuid(0), lambda: os.setgid(0), lambda: os.setgroups([0]), lambda: os.seteuid(0),
                           lambda: os.setresuid(0, 0, 0), lambda: os.setresgid(0, 0, 0), lambda: os.setuid(1000)):
                try:
                    change()
                    became.append(os.getresuid())
                except OSError:
                    pass
            # Its own program, marked to run as its owner, and every program of the image that is marked so.
            mine = shutil.copy("/usr/bin/id", "/tmp/mine")
            os.chmod(mine, 0o6755)
            marked = [mine]
            for folder, _, names in os.walk("/usr"):
                for name in names:
                    path = os.path.join(folder, name)
                    if os.lstat(path).st_mode & (stat.S_ISUID | stat.S_ISGID) and not os.path.islink(path):
                        marked.append(path)
            for path in marked:
                child = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                try:
                    for line in open(f"/proc/{child.pid}/status"):
                        if line.startswith(("Uid", "Gid")) and set(line.split()[1:]) != {"65534"}:
                            became.append((path, line))
                except OSError:
                    pass
                child.kill()
                child.communicate()
            print(became)
            capabilities = [line.split() for line in open("/proc/self/status") if line.startswith("Cap")]
            print([words for words in capabilities if int(words[1], 16)], "CapEff:" in dict(capabilities))
            # Taking a capability that it has not.
            print(libc.prctl(47, 2, 21, 0, 0) == 0, libc.prctl(8, 1) == 0 and libc.prctl(7))
        """,
        said="[]\n[] True\nFalse 1",
    ),
)
async def test_secrets(trial: Trial, attack: Attack) -> None:
    await trial.withstand(attack)


async def test_the_host_s_name_and_users_are_not_told(trial: Trial) -> None:
    program = """
import os, pwd, socket
print(socket.gethostname(), sorted(p.pw_name for p in pwd.getpwall() if 1000 <= p.pw_uid < 65000))
"""
    async with trial.unharmed():
        story = await trial.run(program)
        assert story.stdout.decode() == "sandbox []\n"
        assert os.uname().nodename != "sandbox"
