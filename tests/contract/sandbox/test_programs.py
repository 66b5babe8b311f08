"""What every engine promises about a program: what goes in, what comes out, how it ends."""

import asyncio
import hashlib
import json
import random
import uuid

from cloche_executor.sandbox import Engine, start
from support.docker import containers
from support.holding import held
from support.sandboxes import job_of, run, watch
from support.waiting import wait_until


async def test_the_exit_code_is_the_program_s(engine: Engine) -> None:
    for status in (0, 1, 42, 255):
        assert (await run(engine, job_of(f"raise SystemExit({status})"))).status == status


async def test_a_program_that_a_signal_ends_has_128_and_its_number(engine: Engine) -> None:
    source = "import os, signal; os.kill(os.getpid(), signal.{})"
    assert (await run(engine, job_of(source.format("SIGSEGV")))).status == 128 + 11
    killed = await run(engine, job_of(source.format("SIGKILL")))
    assert killed.status == 128 + 9
    assert not killed.exit.out_of_memory


async def test_both_streams_come_byte_exact(engine: Engine) -> None:
    source = (
        "import os, sys\n"
        "os.write(1, bytes(range(256)) + b'no newline')\n"
        "os.write(2, b'\\xff\\x00\\r\\n' + bytes(reversed(range(256))))"
    )
    ran = await run(engine, job_of(source))
    assert ran.stdout == bytes(range(256)) + b"no newline"
    assert ran.stderr == b"\xff\x00\r\n" + bytes(reversed(range(256)))


async def test_a_mebibyte_on_both_streams_at_once_arrives_whole(engine: Engine) -> None:
    source = (
        "import sys, random\n"
        "for name, seed in (('stdout', 1), ('stderr', 2)):\n"
        "    getattr(sys, name).buffer.write(random.Random(seed).randbytes(1 << 20))"
    )
    ran = await run(engine, job_of(source))
    for said, seed in ((ran.stdout, 1), (ran.stderr, 2)):
        wanted = random.Random(seed).randbytes(1 << 20)  # noqa: S311
        assert hashlib.sha256(said).digest() == hashlib.sha256(wanted).digest()


async def test_a_program_s_output_comes_while_it_runs(engine: Engine) -> None:
    sandbox = await start(engine, job_of("import time\nprint('first')\ntime.sleep(60)"))
    try:
        async with asyncio.timeout(10):
            output = sandbox.output()
            said = b""
            while b"first\n" not in said:
                said += (await anext(output))[1]
            await output.aclose()
    finally:
        await sandbox.close()


async def test_arguments_and_standard_input_arrive_unchanged(engine: Engine) -> None:
    argv = ("plain", "two words", 'it\'s "quoted" $HOME `id` \\n', "", "zwölf\nlines", "-c", "*")
    source = "import json, sys\nprint(json.dumps([sys.argv[1:], sys.stdin.buffer.read().hex()]))"
    stdin = bytes(range(256)) * 1000
    ran = await run(engine, job_of(source, argv=argv, stdin=stdin))
    assert json.loads(ran.text) == [list(argv), stdin.hex()]


async def test_without_standard_input_a_program_reads_the_end_of_file(engine: Engine) -> None:
    assert (await run(engine, job_of("cat; echo over", language="bash"))).text == "over\n"


async def test_a_program_that_never_reads_its_input_ends(engine: Engine) -> None:
    assert (await run(engine, job_of("print(1)", stdin=b"x" * 900_000))).text == "1\n"


async def test_the_program_s_words_are_not_taken_for_the_bootstrap_s(engine: Engine) -> None:
    source = "print('ready')\nprint('0123456789abcdef go')"
    assert (await run(engine, job_of(source))).text == "ready\n0123456789abcdef go\n"


async def test_bash_runs_too(engine: Engine) -> None:
    ran = await run(
        engine, job_of('for i in 1 2; do echo "$i $1"; done; exit 7', language="bash", argv=("a",))
    )
    assert (ran.text, ran.status) == ("1 a\n2 a\n", 7)


async def test_a_kill_ends_the_program_and_all_it_started(engine: Engine) -> None:
    source = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "print('up', flush=True)\n"
        "time.sleep(120)"
    )
    ran = await run(engine, job_of(source), kill_after=0.5)
    assert ran.status == 137
    assert not ran.exit.out_of_memory


async def test_closing_ends_what_runs_and_may_be_repeated(engine: Engine) -> None:
    sandbox = await start(engine, job_of("import time; time.sleep(120)"))
    async with asyncio.timeout(15):
        await sandbox.close()
        await sandbox.close()
        await sandbox.kill()


async def test_a_kill_after_the_end_changes_nothing(engine: Engine) -> None:
    sandbox = await start(engine, job_of("raise SystemExit(5)"))
    try:
        ran = await watch(sandbox)
        await sandbox.kill()
    finally:
        await sandbox.close()
    assert ran.status == 5


async def test_the_last_byte_before_an_instant_exit_is_kept(engine: Engine) -> None:
    source = "import os; os.write(1, b'x' * 5000 + b'!'); os._exit(0)"
    for _ in range(5):
        ran = await asyncio.gather(*(run(engine, job_of(source)) for slot in range(4)))
        assert [one.stdout for one in ran] == [b"x" * 5000 + b"!"] * 4


async def test_a_child_that_holds_the_output_open_does_not_hold_up_the_end(engine: Engine) -> None:
    source = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    if os.fork() == 0:\n"
        "        time.sleep(120)\n"
        "    os._exit(0)\n"
        "print('parent is done')"
    )
    async with asyncio.timeout(15):
        ran = await run(engine, job_of(source))
    assert (ran.text, ran.status) == ("parent is done\n", 0)


async def test_a_reader_that_waits_blocks_the_program_and_loses_nothing(engine: Engine) -> None:
    source = "import os\nfor n in range(200):\n    os.write(1, bytes([n]) * 65536)"
    sandbox = await start(engine, job_of(source))
    try:
        await asyncio.sleep(0.5)
        ran = await watch(sandbox)
    finally:
        await sandbox.close()
    assert ran.stdout == b"".join(bytes([n]) * 65536 for n in range(200))


async def test_a_start_that_is_given_up_leaves_nothing_behind(
    engine: Engine, installation: str
) -> None:
    before = held(engine, installation)
    job = job_of("import time; time.sleep(120)", installation=installation)
    given_up = 0
    for after in (0.0, 0.005, 0.02, 0.1):
        starting = asyncio.create_task(start(engine, job))
        await asyncio.sleep(after)
        starting.cancel()
        try:
            sandbox = await starting
        except asyncio.CancelledError:
            given_up += 1
        else:
            # It was quicker, and what it made is ours.
            await sandbox.close()
    assert given_up
    # The sandbox is made by then or will be: either way it goes.
    await wait_until(lambda: len(asyncio.all_tasks()) == 1)
    await wait_until(lambda: held(engine, installation) == before)


async def test_a_sandbox_that_is_closed_leaves_nothing_behind(engine: Engine) -> None:
    evaluation = str(uuid.uuid4())
    await run(engine, job_of("print(1)", evaluation=evaluation))
    if engine.facts.name != "bubblewrap":
        assert containers("evaluation", evaluation) == []
