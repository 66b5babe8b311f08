"""What every engine keeps a program from. What an engine does not enforce it names itself: `enforced`."""

import errno
import socket

import pytest
from cloche_executor.sandbox import Engine
from cloche_schemas.values import Limits
from support.sandboxes import job_of, run

MIB = 1 << 20


async def test_a_program_that_takes_too_much_memory_ends_and_it_is_known_why(
    engine: Engine,
) -> None:
    source = "x = [bytearray(b'x' * (1 << 20)) for _ in range(400)]"
    ran = await run(engine, job_of(source, limits=Limits(memory_bytes=64 * MIB)))
    assert ran.status != 0
    if "memory_bytes" in engine.facts.enforced:
        assert ran.exit.out_of_memory
    else:
        # The named deviation: a limit of each process, which Python hears of as an error.
        assert b"MemoryError" in ran.stderr


async def test_a_child_that_runs_out_of_memory_beside_an_exit_of_zero_is_no_verdict(
    engine: Engine,
) -> None:
    source = (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', \"x = 'x' * (400 << 20)\"], stderr=subprocess.DEVNULL)\n"
        "print('goes on')"
    )
    ran = await run(engine, job_of(source, limits=Limits(memory_bytes=64 * MIB)))
    if ran.status == 0:
        assert not ran.exit.out_of_memory


async def test_a_fork_bomb_does_not_get_far(engine: Engine) -> None:
    source = (
        "import os, time\n"
        "made = 0\n"
        "try:\n"
        "    while made < 500:\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(60); os._exit(0)\n"
        "        made += 1\n"
        "except OSError as error:\n"
        "    print(made, error.errno)"
    )
    ran = await run(engine, job_of(source, limits=Limits(pids=20)))
    made, errno = ran.text.split()
    assert "pids" in engine.facts.enforced
    assert 10 <= int(made) <= 20
    assert int(errno) == 11


async def test_there_is_no_network_but_the_loopback(engine: Engine) -> None:
    source = (
        "import os, socket\n"
        "print(sorted(os.listdir('/sys/class/net')) if os.path.isdir('/sys/class/net') else ['lo'])\n"
        "for where in (('1.1.1.1', 53), ('169.254.169.254', 80), ('172.17.0.1', 4222)):\n"
        "    try:\n"
        "        socket.create_connection(where, 2); print('connected', where)\n"
        "    except OSError as error:\n"
        "        print(error.errno)\n"
        "try:\n"
        "    socket.gethostbyname('example.com'); print('resolved')\n"
        "except OSError:\n"
        "    print('no names')"
    )
    ran = await run(engine, job_of(source))
    network, *errors, names = ran.text.splitlines()
    assert (network, names) == ("['lo']", "no names")
    # gVisor's own network stack says that the host is unreachable where Linux says that the network is.
    assert (
        errors
        == [str(errno.EHOSTUNREACH if engine.facts.name == "gvisor" else errno.ENETUNREACH)] * 3
    )


async def test_a_port_of_the_host_s_loopback_is_not_there(engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        source = f"import socket\nsocket.create_connection(('127.0.0.1', {port}), 2)"
        assert b"ConnectionRefusedError" in (await run(engine, job_of(source))).stderr


async def test_nothing_can_be_written_outside_the_scratch_space(engine: Engine) -> None:
    source = (
        "import os\n"
        "for path in ('/x', '/usr/x', '/usr/bin/python3', '/etc/passwd', '/etc/x', '/dev/x', '/lib/x'):\n"
        "    try:\n"
        "        open(path, 'r+' if os.path.exists(path) else 'w').close(); print('wrote', path)\n"
        "    except OSError as error:\n"
        "        assert error.errno in (1, 13, 30), error\n"
        "for path in ('file', '/tmp/file', '/tmp/work/file'):\n"
        "    open(path, 'w').write('ok')\n"
        "print('done')"
    )
    assert (await run(engine, job_of(source))).text == "done\n"


async def test_the_scratch_space_is_bounded_and_starts_empty(engine: Engine) -> None:
    source = (
        "import os\n"
        "print(sorted(os.listdir('.')), sorted(os.listdir('/tmp')))\n"
        "try:\n"
        "    with open('/tmp/big', 'wb') as file:\n"
        "        for _ in range(64): file.write(bytes(1 << 20))\n"
        "except OSError as error:\n"
        "    print(error.errno)"
    )
    limits = Limits(scratch_bytes=8 * MIB)
    for _ in range(2):
        ran = await run(engine, job_of(source, limits=limits))
        assert ran.text.splitlines() == ["['main'] ['build', 'output', 'work']", "28"]


async def test_files_are_bounded_in_number_where_that_is_enforced(engine: Engine) -> None:
    if "scratch_inodes" not in engine.facts.enforced:
        pytest.skip(f"{engine.facts.name} says that it does not limit the number of files")
    source = (
        "try:\n"
        "    for n in range(1000): open(f'{n}', 'w').close()\n"
        "except OSError as error:\n"
        "    print(error.errno)"
    )
    assert (await run(engine, job_of(source, limits=Limits(scratch_inodes=64)))).text == "28\n"


async def test_a_file_is_bounded_in_size(engine: Engine) -> None:
    source = (
        "import signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "try:\n"
        "    open('big', 'wb').truncate(1 << 40)\n"
        "except OSError as error:\n"
        "    print(error.errno)"
    )
    assert (await run(engine, job_of(source, limits=Limits(file_bytes=MIB)))).text == "27\n"


async def test_open_files_are_bounded(engine: Engine) -> None:
    source = (
        "held = []\n"
        "try:\n"
        "    for _ in range(1000): held.append(open('/dev/null'))\n"
        "except OSError as error:\n"
        "    print(len(held) < 32, error.errno)"
    )
    assert (await run(engine, job_of(source, limits=Limits(open_files=32)))).text == "True 24\n"


async def test_a_process_that_uses_up_its_cpu_time_gets_sigxcpu(engine: Engine) -> None:
    if engine.facts.name == "gvisor":
        # The named deviation: its clock counts waiting for a processor as well, so its limit is a backstop far beyond
        # that of the control group, which is watched.
        source = "import resource\nprint(*resource.getrlimit(resource.RLIMIT_CPU))"
        assert (await run(engine, job_of(source, limits=Limits(cpu_seconds=1)))).text == "64 65\n"
        return
    ran = await run(engine, job_of("while True: pass", limits=Limits(cpu_seconds=1)))
    assert ran.status == 128 + 24


async def test_no_core_is_left_and_a_crash_says_so(engine: Engine) -> None:
    source = (
        "import os, signal, subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import os; os.abort()'], stderr=subprocess.DEVNULL)\n"
        "print(sorted(os.listdir('.')))"
    )
    assert (await run(engine, job_of(source))).text == "['main']\n"
