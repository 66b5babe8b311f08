"""Programs that find out their parent's secrets and speak in its name (docs/sandboxing.md).

So what the secrets protect must be worth nothing: how a program ended, how long it lasted, and what it used. It may cut
off its own output and make up its own files, which it could write anyway.
"""

from cloche_executor.running import COLLECT_CPU_SECONDS, COLLECT_SECONDS
from cloche_schemas import paths
from cloche_schemas.commands import EvaluationSpec
from support.hostile import SLACK_SECONDS, Attack, Story, attacks, limits
from support.lab import Trial

# Every word in the parent's memory that looks like one of its secrets.
SPY = r"""
import io, os, re, signal, sys, tarfile, time
PARENT = os.getppid()

def memory(process):
    try:
        maps = open(f"/proc/{process}/maps").read().splitlines()
        file = open(f"/proc/{process}/mem", "rb", buffering=0)
    except OSError:
        return
    for line in maps:
        begin, end = (int(word, 16) for word in line.split()[0].split("-"))
        try:
            file.seek(begin)
            yield file.read(min(end - begin, 8 << 20))
        except (OSError, ValueError, OverflowError):
            pass

def secrets():
    found = set()
    for data in memory(PARENT):
        found |= set(re.findall(rb"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", data))
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            found |= set(re.findall(rb"[0-9a-f]{32}", open(f"/proc/{process}/cmdline", "rb").read()))
        except OSError:
            pass
    return found

def forge(words=b"0 9 9 9"):
    for secret in secrets():
        os.write(1, b"\x1e%s over %s\n" % (secret, words))

"""
# Each is what some reader of archives has stumbled over. One run makes up one of them.
BAD_ARCHIVES = (
    SPY
    + r"""
def header(name=b"x", kind=b"0", size=b"00000000004\0", link=b""):
    block = name.ljust(100, b"\0") + b"0000644\0" + b"0000000\0" * 2 + size + b"00000000000\0" + b" " * 8
    block += kind + link.ljust(100, b"\0") + b"ustar  \0" + bytes(247)
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]

def padded(data):
    return data + bytes(-len(data) % 512)

digits = b"9" * 5000
choices = [
    header(kind=b"x", size=b"%011o\0" % (len(digits) + 10)) + padded(digits + b" path=x\n "),
    header(kind=b"x", size=b"%011o\0" % 40) + padded(b"30 path=" + b"\xff" * 30),
    header(kind=b"g", size=b"%011o\0" % 40) + padded(b"11 size=-5\n" * 3),
    header(kind=b"L", size=b"77777777777\0"),
    header(kind=b"L", size=b"00000000000\0"),
    header(size=b"\xff" * 12), header(size=b"\x80" + b"\xff" * 11), header(size=b"zzzzzzzzzzz\0"),
    header(kind=b"S"), header(kind=b"\xff"), header(name=b"\xff\xfe"), header()[:300], b"\0" * 512 + header(), os.urandom(5000),
]
forge()
os.write(1, choices[int(sys.argv[1])])
os._exit(5)
"""
)


def _not_for_free(story: Story) -> None:
    """Saying that it is over gains it no more time than collecting its files may take."""
    assert story.seconds <= 2 + COLLECT_SECONDS + SLACK_SECONDS
    assert story.end.usage is not None


def _burnt_no_more_than_collecting_takes(story: Story) -> None:
    assert story.end.limit == "cpu_seconds"
    usage = story.end.usage
    assert usage is not None
    if "cpu_seconds" in story.started.enforced:
        assert usage.cpu_seconds is not None
        most = story.started.limits.cpu_seconds + COLLECT_CPU_SECONDS + SLACK_SECONDS
        assert usage.cpu_seconds <= most


def _nothing_but_plain_files(story: Story) -> None:
    """Whatever it makes up: what comes back has a plain name, and what is listed is what is there."""
    for file in story.end.artifacts:
        assert paths.flaw(file.name) is None, file
        assert len(story.artifact(file.name)) == file.size
    assert story.end.artifact_bytes.total_bytes <= story.started.limits.artifact_bytes


@attacks(
    Attack(
        name="says that it is over and ends in another way",
        program=SPY + "forge(b'0 9 9 9')\nos._exit(5)\n",
        outcome="failed",
        domain="program",
        exit_code=5,
    ),
    Attack(
        # What is not a number, and numbers that no machine can hold, are the program's words and nobody's trouble.
        name="says that it is over in words too large",
        program=SPY
        + "forge(b'9' * 60_000)\nforge(b'-1 x ' + b'8' * 5000)\nforge(b'0' * 100_000)\nos._exit(5)\n",
        outcome="failed",
        domain="program",
        exit_code=5,
    ),
    Attack(
        name="says half of a last word and no more",
        program=SPY
        + "for secret in secrets():\n"
        + "    for end in (b'', b' ', b' ov', b' over', b' over ', b' over 0 1 1 1'):\n"
        + "        os.write(1, b'\\x1e' + secret + end)\n"
        + "os._exit(5)\n",
        outcome="failed",
        domain="program",
        exit_code=5,
    ),
    Attack(
        name="says that it is over and goes on",
        program=SPY + "forge()\nwhile True: pass\n",
        outcome="timed_out",
        limits=limits(wall_seconds=2, cpu_seconds=60),
        check=_not_for_free,
        neighbour=True,
    ),
    Attack(
        name="says that it is over and burns the CPU",
        program=SPY + "forge()\nfor _ in range(3): os.fork()\nwhile True: pass\n",
        outcome="timed_out",
        limits=limits(wall_seconds=30, cpu_seconds=1),
        check=_burnt_no_more_than_collecting_takes,
    ),
    Attack(
        name="says that it is over and takes all memory",
        program=SPY
        + "forge(b'137 9 9 9')\nheld = []\nwhile True: held.append(bytearray(b'x' * (1 << 20)))\n",
        outcome="out_of_memory",
        limits=limits(memory_bytes=64 << 20, wall_seconds=20, cpu_seconds=20),
    ),
    Attack(
        name="says that it is over and floods",
        program=SPY + "forge()\nblock = b'x' * 65536\nwhile True: os.write(1, block)\n",
        outcome="timed_out",
        limits=limits(wall_seconds=2),
        check=_not_for_free,
        neighbour=True,
    ),
    Attack(
        name="makes up an archive of its files",
        program=SPY
        + r"""
packed = io.BytesIO()
with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
    for name, kind, link in (("../../etc/passwd", b"0", ""), ("/etc/passwd", b"0", ""), ("a/../../b", b"0", ""), ("good", b"0", ""),
                             ("link", b"2", "/etc/passwd"), ("hard", b"1", "/etc/shadow"), ("device", b"3", ""), ("disk", b"4", ""),
                             ("pipe", b"6", ""), ("new\nline", b"0", ""), ("x" * 5000, b"0", ""), ("", b"0", ""), (".", b"0", "")):
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, link
        member.size = 4 if kind == b"0" else 0
        archive.addfile(member, io.BytesIO(b"text"))
forge()
os.write(1, packed.getvalue())
os._exit(5)
""",
        outcome="failed",
        domain="program",
        exit_code=5,
        check=_nothing_but_plain_files,
    ),
)
async def test_last_words(trial: Trial, attack: Attack) -> None:
    await trial.withstand(attack)


async def test_archives_that_are_none_are_nobody_s_trouble(trial: Trial) -> None:
    async with trial.unharmed():
        addresses = [
            await trial.submit(EvaluationSpec(code=BAD_ARCHIVES, argv=(str(number),)))
            for number in range(14)
        ]
        for address in addresses:
            story = await trial.story(address)
            assert (story.end.outcome, story.end.exit_code) == ("failed", 5), story.end
            _nothing_but_plain_files(story)
