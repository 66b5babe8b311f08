"""How a program gets into a sandbox that is already there, and how its end is told: through stdin and stdout alone.

The sandbox's first process is a small POSIX shell script, the bootstrap. It prints ``<nonce> ready`` and reads one
frame: a decimal length on a line, then a script of that length, then the files that the script takes from stdin. The
script writes the files, lowers ulimits in a subshell, prints ``<nonce> go`` there and execs the program with stdin from
a file. Without ``go`` the program never ran: our trouble, not its.

When the program is over the script kills what it left behind, so that nobody else writes any more, and prints
``<mark> over <status> …``. It waits for one line, in which time the sandbox is measured, then writes the folder that
is to come back as a tar and exits as the program did. The lines are taken out of the output. The mark is another
secret than the nonce, since a program can read its ancestors' arguments; one that finds it out all the same deceives
only about its own output and files, never about how it ended, which the runtime says.
"""

import io
import shlex
import signal
import tarfile

from cloche_schemas.values import Limits
from msgspec import Struct

from cloche_executor import relays
from cloche_executor.sandbox import Collect, File, HandoverFailed, Job, Stream

SCRATCH = "/tmp"  # noqa: S108 - a path inside the sandbox, where it is the only place to write to
WORK = f"{SCRATCH}/work"
FOLDERS = {"work": WORK, "build": f"{SCRATCH}/build", "output": f"{SCRATCH}/output"}
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": WORK,
    "TMPDIR": SCRATCH,
    "LANG": "C.UTF-8",
    "CLOCHE_OUTPUT": FOLDERS["output"],
}
# `head -c` of coreutils reads no further than it has to, so one frame can hold several files.
BOOTSTRAP = (
    f"mkdir -p {' '.join(FOLDERS.values())} && cd {WORK} && "
    'printf "%s ready\\n" "$1" && IFS= read -r size && script=$(head -c "$size") && eval "$script"'
)
STDIN_FILE = f"{SCRATCH}/.stdin"
# What the bootstrap takes of the sandbox's processes: itself, beside whatever reaps orphans.
BOOTSTRAP_PROCESSES = 1
# Each file costs a process inside; beyond a few of them one tar is quicker.
_SINGLE_FILES = 3
# Text up to this size goes in by a word of the script, which takes no process at all.
_WORD_BYTES = 4096
_DIAGNOSTIC_BYTES = 4096
_OVER_BYTES = 200
# Of a number that any machine counts. Python itself refuses some thousands of them.
_MOST_DIGITS = 20


class Secrets(Struct, frozen=True):
    """What tells the bootstrap's lines from the program's. `mark` is known to nobody before the frame."""

    nonce: str
    mark: str


class Over(Struct, frozen=True):
    """What the bootstrap said at the program's end. `full`: limits of the scratch space that were used up."""

    status: int
    full: tuple[str, ...] = ()


def bootstrap_command(nonce: str, *, relayed: bool = False) -> list[str]:
    """The first process of a sandbox. `relayed`: the program's output goes through relays (relays.py)."""
    return ["/bin/sh", "-c", (relays.BEGIN if relayed else "") + BOOTSTRAP, "sh", nonce]


def frame(job: Job, secrets: Secrets, ulimits: dict[str, int], *, relayed: bool = False) -> bytes:
    """The bytes for the bootstrap's stdin. `ulimits`: options of the shell's ulimit and their values."""
    writing, contents = _files(job.files)
    if job.stdin:
        line, more = _written(job.stdin, STDIN_FILE)
        writing.append(line)
        contents += more
        opening = f"exec 5< {STDIN_FILE} && rm {STDIN_FILE}"
    else:
        opening = "exec 5< /dev/null"
    environment = shlex.join(f"{k}={v}" for k, v in (ENVIRONMENT | dict(job.environment)).items())
    steps = [
        "exec 2>&4 4>&- 0<&5 5<&-",
        *(_lower(option, value) for option, value in ulimits.items()),
        f'printf "%s go\\n" {secrets.nonce}',
        *([relays.USE] if relayed else []),
        f"exec env -i {environment} {shlex.join(job.command)}",
    ]
    lines = [
        "set -e",
        *writing,
        opening,
        # The shell's own words about how the program ended are not the program's.
        "exec 4>&2 2> /dev/null",
        "set +e",
        f"( {' && '.join(steps)} )",
        "status=$?",
        # Never outside a process namespace: there the parent is its first process.
        *(relays.END if relayed else ('[ "$PPID" = 1 ] && kill -9 -1',)),
        f'printf "\\036%s over %s %s\\n" {secrets.mark} "$status" "$(stat -f -c "%a %d %c" {SCRATCH})"',
        "read -r _",
        *_collecting(job.collect),
        'exit "$status"',
    ]
    script = "\n".join(lines).encode(errors="surrogateescape")
    return b"%d\n%s%s" % (len(script), script, contents)


def _files(files: tuple[File, ...]) -> tuple[list[str], bytes]:
    """Lines that write the files, and the bytes that they take from stdin."""
    if len(files) > _SINGLE_FILES:
        packed = _tar(files)
        return [f"head -c {len(packed)} | tar -x -f - -C {SCRATCH}"], packed
    lines: list[str] = []
    contents = b""
    for file in files:
        path = f"{FOLDERS[file.folder]}/{file.name}"
        if "/" in file.name:
            lines.append(f"mkdir -p {shlex.quote(path.rpartition('/')[0])}")
        line, more = _written(file.content, path)
        lines.append(line)
        contents += more
        if file.executable:
            lines.append(f"chmod 755 {shlex.quote(path)}")
    return lines, contents


def _written(content: bytes, path: str) -> tuple[str, bytes]:
    """The line that writes a file, and the bytes that it takes from stdin. No shell can hold a NUL."""
    if len(content) <= _WORD_BYTES and b"\0" not in content:
        word = shlex.quote(content.decode(errors="surrogateescape"))
        return f"printf %s {word} > {shlex.quote(path)}", b""
    return f"head -c {len(content)} > {shlex.quote(path)}", content


def _tar(files: tuple[File, ...]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for file in files:
            member = tarfile.TarInfo(f"{file.folder}/{file.name}")
            member.size = len(file.content)
            member.mode = 0o755 if file.executable else 0o644
            archive.addfile(member, io.BytesIO(file.content))
    return packed.getvalue()


def _collecting(collect: Collect | None) -> list[str]:
    if collect is None:
        return []
    folder = FOLDERS[collect.folder]
    return [f"tar -c -f - -C {folder} . | head -c {collect.most_bytes}"]


def _lower(option: str, value: int) -> str:
    if option == "t":
        # Reaching the first number sends SIGXCPU, which tells the end by this limit from any other.
        return f"ulimit -S -t {value} && ulimit -H -t {value + 1}"
    if option == "u":
        # dash calls the number of processes -p; bash calls it -u and has another -p.
        return f"{{ ulimit -u {value} 2> /dev/null || ulimit -p {value}; }}"
    return f"ulimit -{option} {value}"


def ulimits_of(limits: Limits) -> dict[str, int]:
    """What every engine lowers by ulimit, in the units of POSIX sh (files in blocks of 512 bytes)."""
    return {
        "c": 0,
        "n": limits.open_files,
        "f": -(-limits.file_bytes // 512),
        "t": max(1, -(-int(limits.cpu_seconds * 1000) // 1000)),
    }


def reached(status: int, events: dict[str, int], over: Over | None) -> tuple[str, ...]:
    """The limits that a program ran into, in the order of `Limits`, by evidence."""
    by_signal = {128 + signal.SIGXFSZ: "file_bytes", 128 + signal.SIGXCPU: "cpu_seconds"}
    names = {name for name, count in events.items() if count}
    names |= set(over.full) if over is not None else set()
    names |= {by_signal[status]} if status in by_signal else set()
    return tuple(name for name in Limits.__struct_fields__ if name in names)


class Handover:
    """Takes the bootstrap's lines out of a sandbox's output. Pure: feed it what comes, in order per stream.

    The program's stderr may overtake the ``go`` line of stdout, so what comes before is held until it is known whose
    it is.
    """

    def __init__(self, secrets: Secrets) -> None:
        self._marks = {
            "ready": f"{secrets.nonce} ready\n".encode(),
            "go": f"{secrets.nonce} go\n".encode(),
        }
        self._over_mark = f"\036{secrets.mark} over ".encode()
        self._stdout = b""
        self._stderr = b""
        self.ready = False
        self.gone = False
        self.over: Over | None = None

    def feed(self, stream: Stream, data: bytes) -> list[tuple[Stream, bytes]]:
        """The program's own output in `data`. `HandoverFailed` for anything where a mark is due."""
        if stream == "stderr":
            if self.gone:
                return [(stream, data)]
            self._stderr += data
            return []
        if self.over is not None:
            return [("collected", data)]
        self._stdout += data
        if not self.gone:
            return self._starting()
        return self._until_over()

    def finish(self) -> list[tuple[Stream, bytes]]:
        """What was held back and is the program's own after all: nothing more will come."""
        held, self._stdout = self._stdout, b""
        return [("stdout", held)] if held and self.over is None else []

    def _starting(self) -> list[tuple[Stream, bytes]]:
        if not self.ready:
            self.ready = self._take("ready")
        if self.ready and not self.gone:
            self.gone = self._take("go")
        if not self.gone:
            return []
        held: list[tuple[Stream, bytes]] = [("stderr", self._stderr)] if self._stderr else []
        return held + self._until_over()

    def _until_over(self) -> list[tuple[Stream, bytes]]:
        data, mark = self._stdout, self._over_mark
        at = data.find(mark)
        if at < 0:
            keep = _overlap(data, mark)
            self._stdout = data[len(data) - keep :]
            own = data[: len(data) - keep]
            return [("stdout", own)] if own else []
        line, ended, rest = data[at + len(mark) :].partition(b"\n")
        own = data[:at]
        if not ended and len(line) < _OVER_BYTES:
            self._stdout = data[at:]
        else:
            self._stdout = b""
            self.over = _understood(line)
        pieces: list[tuple[Stream, bytes]] = [("stdout", own), ("collected", rest)]
        return [(name, piece) for name, piece in pieces if piece]

    def _take(self, mark: str) -> bool:
        line = self._marks[mark]
        if self._stdout.startswith(line):
            self._stdout = self._stdout[len(line) :]
            return True
        if not line.startswith(self._stdout):
            raise self.failure(f"no {mark}")
        return False

    def failure(self, what: str) -> HandoverFailed:
        """What to raise when the program was not started, with what the bootstrap said about it."""
        said = (self._stderr or self._stdout)[:_DIAGNOSTIC_BYTES].decode(errors="replace").strip()
        return HandoverFailed(f"{what}: {said}" if said else what)


def _overlap(data: bytes, mark: bytes) -> int:
    """How many bytes at the end of `data` may be the beginning of `mark`."""
    at = data.rfind(mark[:1], max(0, len(data) - len(mark) + 1))
    while at >= 0:
        if mark.startswith(data[at:]):
            return len(data) - at
        at = data.rfind(mark[:1], max(0, len(data) - len(mark) + 1), at)
    return 0


def _understood(line: bytes) -> Over:
    """The numbers after the mark: status, then free blocks, free inodes, all inodes. Anything else tells nothing."""
    words = line.split()
    fits = [word.isdigit() and len(word) <= _MOST_DIGITS for word in words]
    status = int(words[0]) if fits[:1] == [True] else 0
    if len(words) != 4 or not all(fits):
        return Over(status)
    blocks, inodes, all_inodes = map(int, words[1:])
    full: list[str] = []
    if blocks == 0:
        full.append("scratch_bytes")
    # A file system that counts no inodes has none free either.
    if inodes == 0 and all_inodes:
        full.append("scratch_inodes")
    return Over(status, tuple(full))
