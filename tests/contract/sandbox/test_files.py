"""Files that go in beside the program, and the folder that comes back."""

import hashlib
import json
import random
import tarfile
from io import BytesIO

from cloche_executor.sandbox import Collect, Engine, File
from cloche_schemas.values import Limits
from support.sandboxes import job_of, run

OUTPUT = Collect(folder="output", most_bytes=8 << 20)
BUILD = Collect(folder="build", most_bytes=8 << 20)
# Names that a shell, tar or an option parser would take for something else. Whether they are allowed, others decide.
NAMES = (
    "a b",
    "-rf",
    "it's",
    '"$(id)`id`"',
    "new\nline",
    "zwölf",
    "deep/er/-x/*",
    "\\back",
    "=",
    "~",
)
READ = (
    "import hashlib, json, os, sys\n"
    "seen = {}\n"
    "for folder, _, names in os.walk(sys.argv[1]):\n"
    "    for name in names:\n"
    "        path = os.path.join(folder, name)\n"
    "        digest = hashlib.sha256(open(path, 'rb').read()).hexdigest()\n"
    "        seen[os.path.relpath(path, sys.argv[1])] = [digest, os.access(path, os.X_OK)]\n"
    "print(json.dumps(seen))"
)


async def seen_inside(
    engine: Engine, files: tuple[File, ...], folder: str = "/tmp/work"
) -> dict[str, tuple[str, bool]]:
    ran = await run(engine, job_of(READ, files=files, argv=(folder,)))
    assert ran.status == 0, ran.stderr
    seen = {
        name: (digest, executable) for name, (digest, executable) in json.loads(ran.text).items()
    }
    seen.pop("main", None)
    return seen


def wanted(files: tuple[File, ...]) -> dict[str, tuple[str, bool]]:
    return {f.name: (hashlib.sha256(f.content).hexdigest(), f.executable) for f in files}


async def test_a_few_files_lie_beside_the_program(engine: Engine) -> None:
    files = (
        File(name="package/inner/data.bin", content=bytes(range(256)) * 400),
        # Every byte that a word of a shell can hold, and what it would take for something else.
        File(name="bytes", content=bytes(range(1, 256)) + b"'\\n%s $(id)`id`\n\n", executable=True),
    )
    assert await seen_inside(engine, files) == wanted(files)


async def test_a_short_stdin_arrives_as_it_is(engine: Engine) -> None:
    for stdin in (bytes(range(1, 256)) + b"\n\n", b"\0", b"-n\\n"):
        source = "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"
        assert (await run(engine, job_of(source, stdin=stdin))).stdout == stdin


async def test_many_files_arrive_whole_as_well(engine: Engine) -> None:
    # More than go in one by one.
    made = random.Random(3)  # noqa: S311 - the same files every time
    files = tuple(
        File(
            name=f"folder{n % 5}/sub/file{n}",
            content=made.randbytes(made.choice((0, 1, 511, 512, 10_000))),
            executable=n % 3 == 0,
        )
        for n in range(60)
    )
    assert await seen_inside(engine, files) == wanted(files)


async def test_names_mean_nothing_but_themselves(engine: Engine) -> None:
    for names in (NAMES, NAMES[:2], NAMES[2:4], NAMES[4:6], NAMES[6:8], NAMES[8:]):
        files = tuple(File(name=name, content=name.encode()) for name in names)
        assert await seen_inside(engine, files) == wanted(files)


async def test_what_a_compiler_made_lies_in_a_folder_of_its_own(engine: Engine) -> None:
    files = (
        File(name="program", content=b"#!/bin/sh\necho built", executable=True, folder="build"),
        File(name="classes/A.class", content=b"\xca\xfe", folder="build"),
    )
    assert await seen_inside(engine, files, "/tmp/build") == wanted(files)
    ran = await run(engine, job_of("exec /tmp/build/program", language="bash", files=files))
    assert ran.text == "built\n"


async def test_the_output_folder_comes_back_and_the_streams_stay_exact(engine: Engine) -> None:
    source = (
        "import os, sys\n"
        "out = os.environ['CLOCHE_OUTPUT']\n"
        "os.makedirs(f'{out}/deep/er')\n"
        "open(f'{out}/deep/er/data', 'wb').write(bytes(range(256)) * 1000)\n"
        "open(f'{out}/empty', 'w').close()\n"
        "os.symlink('/etc/passwd', f'{out}/link')\n"
        "os.mkfifo(f'{out}/pipe')\n"
        "os.write(1, b'\\x1e over 0\\n' + bytes(range(256)) + b'no newline')\n"
        "os.write(2, b'\\x1e')\n"
        "sys.exit(3)"
    )
    ran = await run(engine, job_of(source, collect=OUTPUT))
    assert ran.status == 3
    assert ran.stdout == b"\x1e over 0\n" + bytes(range(256)) + b"no newline"
    assert ran.stderr == b"\x1e"
    assert ran.members == {
        "deep": None,
        "deep/er": None,
        "deep/er/data": bytes(range(256)) * 1000,
        "empty": b"",
        "link": None,
        "pipe": None,
    }


async def test_an_empty_folder_comes_back_empty_and_an_unwanted_one_not_at_all(
    engine: Engine,
) -> None:
    ran = await run(engine, job_of("print(1)", collect=OUTPUT))
    assert ran.members == {}
    source = "import os; open(os.environ['CLOCHE_OUTPUT'] + '/x', 'w').write('x'); print(1)"
    ran = await run(engine, job_of(source))
    assert (ran.text, ran.collected) == ("1\n", b"")


async def test_the_build_folder_can_come_back_instead(engine: Engine) -> None:
    source = (
        "printf '#!/bin/sh\\necho me' > /tmp/build/program; chmod 755 /tmp/build/program; exit 0"
    )
    ran = await run(engine, job_of(source, language="bash", collect=BUILD))
    with tarfile.open(fileobj=BytesIO(ran.collected)) as archive:
        assert archive.getmember("./program").mode & 0o111
    assert ran.members == {"program": b"#!/bin/sh\necho me"}


async def test_no_more_comes_back_than_was_asked_for(engine: Engine) -> None:
    source = "import os; open(os.environ['CLOCHE_OUTPUT'] + '/x', 'wb').write(bytes(4 << 20))"
    collect = Collect(folder="output", most_bytes=1 << 20)
    ran = await run(engine, job_of(source, collect=collect, limits=Limits(scratch_bytes=16 << 20)))
    assert len(ran.collected) == 1 << 20
    assert ran.status == 0


async def test_what_a_program_leaves_running_cannot_write_while_its_files_are_collected(
    engine: Engine,
) -> None:
    source = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    while True:\n"
        "        open(os.environ['CLOCHE_OUTPUT'] + '/late', 'a').write('x')\n"
        "        os.write(1, b'late\\n'); time.sleep(0.01)\n"
        "open(os.environ['CLOCHE_OUTPUT'] + '/x', 'w').write('mine')"
    )
    ran = await run(engine, job_of(source, collect=OUTPUT))
    assert ran.members["x"] == b"mine"
    assert ran.stdout.replace(b"late\n", b"") == b""
