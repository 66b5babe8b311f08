"""What a program can see and do of the host: next to nothing."""

import asyncio
import json
import os
from pathlib import Path

import pytest
from cloche_executor.sandbox import Engine
from support.sandboxes import job_of, run


async def test_the_program_is_nobody_without_a_single_capability(engine: Engine) -> None:
    source = (
        "import os\n"
        "print(os.getuid(), os.getgid(), os.getgroups() in ([], [65534]))\n"
        "for line in open('/proc/self/status'):\n"
        "    if line.startswith(('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb', 'NoNewPrivs')):\n"
        "        print(line.split()[1])"
    )
    ran = await run(engine, job_of(source))
    assert ran.text.splitlines() == ["65534 65534 True", *["0" * 16] * 5, "1"]


async def test_the_environment_holds_nothing_of_ours(engine: Engine) -> None:
    os.environ["CLOCHE_TEST_SECRET"] = "leak"
    try:
        source = "import json, os; print(json.dumps(dict(os.environ)))"
        environment = json.loads((await run(engine, job_of(source))).text)
    finally:
        del os.environ["CLOCHE_TEST_SECRET"]
    assert set(environment) <= {
        "PATH",
        "HOME",
        "TMPDIR",
        "LANG",
        "LC_CTYPE",
        "PYTHONUNBUFFERED",
        "PYTHONDONTWRITEBYTECODE",
    }


async def test_no_environment_of_any_process_in_sight_holds_a_secret(engine: Engine) -> None:
    source = (
        "import glob\n"
        "for path in glob.glob('/proc/[0-9]*/environ'):\n"
        "    try: print(open(path, 'rb').read())\n"
        "    except OSError: pass"
    )
    ran = await run(engine, job_of(source))
    assert "CLOCHE" not in ran.text
    assert "SECRET" not in ran.text


async def test_only_the_sandbox_s_own_processes_are_in_sight(engine: Engine) -> None:
    source = (
        "import os\nprint(len([p for p in os.listdir('/proc') if p.isdigit()]), os.getpid() < 20)"
    )
    count, small = (await run(engine, job_of(source))).text.split()
    assert int(count) <= 3
    assert small == "True"


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
        "print('unshare user', libc.unshare(0x10000000))\n"
        "print('unshare mount', libc.unshare(0x00020000))\n"
        "for path in ('/proc/sys/kernel/hostname', '/proc/sysrq-trigger', '/dev/mem', '/proc/sys/vm/drop_caches'):\n"
        "    try: open(path, 'w').write('x'); print('wrote', path)\n"
        "    except OSError: pass"
    )
    ran = await run(engine, job_of(source))
    assert [line.split()[-1] for line in ran.text.splitlines()] == ["-1"] * 6


async def test_two_sandboxes_do_not_see_each_other(engine: Engine) -> None:
    source = (
        "import os, time\n"
        "open('/tmp/mark', 'w').write('x'); open('/dev/shm/mark', 'w').write('x')\n"
        "import socket\n"
        "s = socket.socket(socket.AF_UNIX); s.bind('\\0cloche-test'); s.listen()\n"
        "time.sleep(0.5); print(len(os.listdir('/dev/shm')))"
    )
    ran = await asyncio.gather(*(run(engine, job_of(source, slot=slot)) for slot in range(2)))
    assert [one.text for one in ran] == ["1\n", "1\n"]
