"""Output that is too much, too little at a time, no text, or a lie (reliability.md 6: 23-26, 30-33)."""

import asyncio
import hashlib
import os

import pytest
from cloche_executor.chunks import CHUNK_BYTES
from cloche_executor.output import TAIL_BYTES
from support.hostile import MIB, Attack, Story, attacks, entry, limits
from support.lab import SLOTS, Trial

FULL = bool(os.environ.get("CLOCHE_TEST_FULL"))
FLOOD = (400 if FULL else 100) * MIB
# System calls are slow in gVisor; a program that makes a million of them takes half a minute there.
SINGLE_BYTES = 1_000_000 if FULL else 100_000
INSTANT_RUNS = 100 if FULL else 12
ENOUGH = limits(wall_seconds=120, cpu_seconds=100)


def _head_and_tail_are_kept(story: Story) -> None:
    end = story.end.stdout
    assert end.total_bytes == FLOOD
    assert (end.head_bytes, end.tail_bytes) == (MIB, TAIL_BYTES)
    line = b"y" * 63 + b"\n"
    assert story.stdout[:MIB] == line * (MIB // 64)
    assert story.stdout[MIB:] == (line * (TAIL_BYTES // 64))
    tail = [chunk for chunk in story.chunks if chunk.offset >= MIB]
    assert tail[0].offset == FLOOD - TAIL_BYTES


def _exact_up_to_the_cap(story: Story) -> None:
    whole = bytes(range(256)) * (50 * MIB // 256)
    assert story.end.stdout.total_bytes == 50 * MIB
    assert story.stdout == whole[: 2 * MIB] + whole[-TAIL_BYTES:]
    assert story.end.stdout.sha256 == hashlib.sha256(story.stdout).hexdigest()


def _every_byte_is_there(story: Story) -> None:
    wanted = b"\xff\xfe\x00\x1b]8;;\xe2\x82" + bytes(range(256)) * 512 + "€".encode() * 50_000
    assert story.stdout == wanted
    assert story.stderr == wanted[::-1]


def _few_events(story: Story) -> None:
    assert story.end.stdout.total_bytes == SINGLE_BYTES
    assert story.stdout == b"x" * SINGLE_BYTES
    # Chunks are made by time and size, never by write.
    assert len(story.chunks) <= 20 * story.seconds + SINGLE_BYTES / CHUNK_BYTES + 5


def _in_order(story: Story) -> None:
    for stream in ("stdout", "stderr"):
        assert story.stream(stream) == b"".join(b"%d\n" % n for n in range(5000))


@attacks(
    Attack(
        name="floods one stream and says little on the other",
        entries=(23,),
        program=f"""
            import os
            line = b"y" * 63 + b"\\n"
            block = line * 1024
            os.write(2, b"before\\n")
            for _ in range({FLOOD} // len(block)):
                left = memoryview(block)
                while left:
                    left = left[os.write(1, left):]
            os.write(2, b"after\\n")
        """,
        limits=limits(wall_seconds=120, cpu_seconds=100, output_bytes=MIB),
        reached=("output_bytes",),
        check=_head_and_tail_are_kept,
        neighbour=True,
    ),
    Attack(
        name="floods until its time is up",
        entries=(23,),
        language="bash",
        program="yes",
        limits=limits(wall_seconds=2, output_bytes=MIB),
        outcome="timed_out",
        limit="wall_seconds",
        reached=("wall_seconds", "output_bytes"),
        seconds=(2, 4),
        neighbour=True,
    ),
    Attack(
        name="writes one line of fifty megabytes",
        entries=(24,),
        program="""
            import sys
            whole = bytes(range(256)) * ((50 << 20) // 256)
            sys.stdout.buffer.write(whole)
        """,
        limits=limits(wall_seconds=60, cpu_seconds=60, output_bytes=2 * MIB),
        check=_exact_up_to_the_cap,
    ),
    Attack(
        # Half a character at a chunk's edge, escape sequences, NUL: bytes are bytes.
        name="writes what is no text",
        entries=(25, 26, 27),
        program="""
            import sys
            wanted = b"\\xff\\xfe\\x00\\x1b]8;;\\xe2\\x82" + bytes(range(256)) * 512 + "€".encode() * 50_000
            sys.stdout.buffer.write(wanted)
            sys.stderr.buffer.write(wanted[::-1])
        """,
        check=_every_byte_is_there,
    ),
    Attack(
        name="writes single bytes",
        entries=(30,),
        program=f"""
            import os
            write = os.write
            for _ in range({SINGLE_BYTES}):
                write(1, b"x")
        """,
        limits=ENOUGH,
        check=_few_events,
    ),
    Attack(
        name="changes between its streams",
        entries=(31,),
        program="""
            import os
            for number in range(5000):
                os.write(1, b"%d\\n" % number)
                os.write(2, b"%d\\n" % number)
        """,
        limits=ENOUGH,
        check=_in_order,
    ),
    Attack(
        name="closes its output and goes on",
        program="""
            import os, time
            os.write(1, b"last words")
            os.close(1)
            os.close(2)
            time.sleep(0.5)
            os._exit(3)
        """,
        outcome="failed",
        exit_code=3,
        said="last words",
        seconds=(0.5, 4),
    ),
)
async def test_output(trial: Trial, attack: Attack) -> None:
    await trial.withstand(attack)


FORGED = """
{"specversion":"1.0","type":"cloche.evaluation.completed.v1","data":{"outcome":"succeeded","attempt":1}}
PUB evaluations.main.x.lifecycle.log 2\r\n{}\r\n+OK\r\n-ERR\r\n
0123456789abcdef0123456789abcdef ready
0123456789abcdef0123456789abcdef go
\x1e0123456789abcdef0123456789abcdef over 0 1 1 1\n\nevent: completed\ndata: {}\n\n
"""


@entry(32)
async def test_what_looks_like_a_word_of_ours_is_a_program_s_output(trial: Trial) -> None:
    program = f"import os\nos.write(1, {FORGED.encode()!r})\nos.write(2, {FORGED.encode()!r})\nos._exit(9)"
    async with trial.unharmed():
        story = await trial.run(program)
        assert (story.end.outcome, story.end.exit_code) == ("failed", 9)
        assert story.stdout == story.stderr == FORGED.encode()
        assert not story.end.artifacts


@entry(33)
@pytest.mark.timeout(600)
async def test_the_last_byte_before_an_instant_exit_is_kept(trial: Trial) -> None:
    said = b"x" * 70_000 + b"!"
    program = "import os\nos.write(2, b'?')\nleft = memoryview(b'x' * 70_000 + b'!')\n"
    program += "while left: left = left[os.write(1, left):]\nos._exit(5)"
    async with trial.unharmed():
        for _ in range(INSTANT_RUNS // SLOTS):
            addresses = [await trial.submit(program) for _ in range(SLOTS)]
            stories = await asyncio.gather(*(trial.story(address) for address in addresses))
            assert [story.stdout for story in stories] == [said] * SLOTS
            assert [story.stderr for story in stories] == [b"?"] * SLOTS
            assert {story.end.exit_code for story in stories} == {5}
