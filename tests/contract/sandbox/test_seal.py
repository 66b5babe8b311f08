"""What a program can see and do of the host: next to nothing."""

import asyncio
import json
from pathlib import Path

import pytest
from cloche_executor.sandbox import Engine
from support.sandboxes import job_of, run

# gVisor takes these for its own kernel alone, and the program owns no more than before.
DEVIATIONS = {"gvisor": {"unshare mount", "unshare user"}}


async def test_the_program_is_nobody_without_a_single_capability(engine: Engine) -> None:
    source = (
        "import ctypes, os\n"
        "print(os.getuid(), os.getgid(), os.getgroups() in ([], [65534]))\n"
        "prctl = ctypes.CDLL(None).prctl\n"
        "print(prctl(39, 0, 0, 0, 0), max(prctl(23, n, 0, 0, 0) for n in range(64)))\n"
        "for line in open('/proc/self/status'):\n"
        "    if line.startswith('Cap'):\n"
        "        print(*line.split())"
    )
    said = (await run(engine, job_of(source))).text.splitlines()
    # No new privileges, and nothing in the bounding set, as the kernel itself answers: gVisor's lists less of it.
    assert said[:2] == ["65534 65534 True", "1 0"]
    held = dict(line.split() for line in said[2:])
    assert {"CapInh:", "CapPrm:", "CapEff:", "CapBnd:"} <= set(held)
    assert set(held.values()) == {"0" * 16}


@pytest.fixture
def leak(monkeypatch: pytest.MonkeyPatch) -> str:
    """A secret in the environment of the executor."""
    monkeypatch.setenv("CLOCHE_TEST_SECRET", "5up3r")
    return "5up3r"


async def test_the_environment_is_what_was_asked_for_and_the_folders(
    engine: Engine, leak: str
) -> None:
    source = "import json, os; print(json.dumps(dict(os.environ)))"
    asked = {"GREETING": "two words, 'quotes'\nand $HOME", "EMPTY": ""}
    environment = json.loads((await run(engine, job_of(source, environment=asked))).text)
    # Python sets this itself.
    environment.pop("LC_CTYPE", None)
    assert environment == {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp/work",
        "TMPDIR": "/tmp",
        "LANG": "C.UTF-8",
        "CLOCHE_OUTPUT": "/tmp/output",
        **asked,
    }


async def test_no_environment_of_any_process_in_sight_holds_a_secret(
    engine: Engine, leak: str
) -> None:
    source = (
        "import glob\n"
        "for path in glob.glob('/proc/[0-9]*/environ'):\n"
        "    try: print(open(path, 'rb').read())\n"
        "    except OSError: pass"
    )
    said = (await run(engine, job_of(source))).text.replace("CLOCHE_OUTPUT=", "")
    assert "TMPDIR" in said
    assert "CLOCHE" not in said
    assert leak not in said


async def test_only_the_sandbox_s_own_processes_are_in_sight(engine: Engine) -> None:
    source = (
        "import os\n"
        "for pid in filter(str.isdigit, os.listdir('/proc')):\n"
        "    words = open(f'/proc/{pid}/cmdline').read().split('\\0')\n"
        "    print(pid, os.path.basename(words[0]))"
    )
    seen = [line.split() for line in (await run(engine, job_of(source))).text.splitlines()]
    # The first process, the bootstrap (in gVisor with the two that carry its output), and the program.
    assert {name for _, name in seen} <= {"docker-init", "bwrap", "sh", "cat", "python3"}
    assert len(seen) <= 5
    assert max(int(pid) for pid, _ in seen) < 20


@pytest.fixture
def secret(tmp_path: Path) -> str:
    """A file of the host that any user may read."""
    path = tmp_path / "secret"
    path.write_text("host secret")
    tmp_path.chmod(0o755)
    return str(path)


async def test_secrets_and_sockets_of_the_host_are_not_there(engine: Engine, secret: str) -> None:
    paths = [
        secret,
        "/root/.ssh",
        "/root/.cache",
        "/home",
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/run/containerd/containerd.sock",
        "/run/secrets",
        str(Path.cwd()),
    ]
    source = (
        "import json, os, sys\n"
        "def seen(path):\n"
        "    try: return bool(os.listdir(path)) if os.path.isdir(path) else os.path.exists(path)\n"
        "    except OSError: return False\n"
        "print(json.dumps([path for path in sys.argv[1:] if seen(path)]))"
    )
    assert json.loads((await run(engine, job_of(source, argv=tuple(paths)))).text) == []


async def test_no_password_hash_can_be_read(engine: Engine) -> None:
    source = "try: print(any(':$' in line for line in open('/etc/shadow')))\nexcept OSError: print(False)"
    assert (await run(engine, job_of(source))).text == "False\n"


async def test_what_needs_privileges_is_refused(engine: Engine) -> None:
    source = (
        "import ctypes, os\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "print('mount', libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))\n"
        "print('chroot', libc.chroot(b'/tmp'))\n"
        "print('sethostname', libc.sethostname(b'x', 1))\n"
        "print('setuid', libc.setuid(0))\n"
        "print('unshare mount', libc.unshare(0x00020000))\n"
        "print('unshare user', libc.unshare(0x10000000))\n"
        "for path in ('/proc/sys/kernel/hostname', '/proc/sysrq-trigger', '/dev/mem', '/proc/sys/vm/drop_caches'):\n"
        "    try: open(path, 'w').write('x'); print('wrote', path)\n"
        "    except OSError: pass\n"
        "print('mount after', libc.mount(b'none', b'/', None, 32, None))\n"
        "try: open('/etc/x', 'w').close(); print('wrote /etc/x')\n"
        "except OSError: pass"
    )
    ran = await run(engine, job_of(source))
    said = dict(line.rsplit(maxsplit=1) for line in ran.text.splitlines())
    granted = {asked for asked, answer in said.items() if answer != "-1"}
    assert granted == DEVIATIONS.get(engine.facts.name, set())
    assert len(said) == 7


async def test_two_sandboxes_do_not_see_each_other(engine: Engine) -> None:
    source = (
        "import os, time\n"
        "open('/tmp/mark', 'w').write('x'); open('/dev/shm/mark', 'w').write('x')\n"
        "import socket\n"
        "s = socket.socket(socket.AF_UNIX); s.bind('\\0cloche-test'); s.listen()\n"
        "time.sleep(0.5); print(len(os.listdir('/dev/shm')))"
    )
    ran = await asyncio.gather(*(run(engine, job_of(source)) for slot in range(2)))
    assert [one.text for one in ran] == ["1\n", "1\n"]


async def test_no_descriptor_of_ours_is_inside(engine: Engine) -> None:
    source = (
        "import os\n"
        "for name in sorted(os.listdir('/proc/self/fd'), key=int):\n"
        "    try: print(name, os.path.exists(os.readlink(f'/proc/self/fd/{name}')))\n"
        "    except OSError: pass"
    )
    said = (await run(engine, job_of(source))).text
    assert [line.split()[0] for line in said.splitlines()] == ["0", "1", "2"]


async def test_signals_do_what_they_do_elsewhere(engine: Engine) -> None:
    source = "yes | head -1; echo ${PIPESTATUS[0]}; trap"
    assert (await run(engine, job_of(source, language="bash"))).text == "y\n141\n"


async def test_shared_memory_is_bounded(engine: Engine) -> None:
    source = (
        "try:\n"
        "    with open('/dev/shm/big', 'wb') as file:\n"
        "        for _ in range(64): file.write(bytes(1 << 20))\n"
        "except OSError as error:\n"
        "    print(error.errno)"
    )
    assert (await run(engine, job_of(source))).text == "28\n"
