"""How a program gets into a sandbox that is already there: through its stdin, and no other way.

The sandbox's first process is a small POSIX shell script, the bootstrap. It prints ``<nonce> ready``, reads one frame
(a decimal length on a line, then a script of that length, then the files that the script takes from stdin), and the
script turns into the program: it writes the files, lowers its ulimits, prints ``<nonce> go`` and execs the program with
stdin from a file. Both lines are taken out of the output. Without ``go`` the program never ran: our trouble, not its.
"""

import shlex

from cloche_schemas.values import Limits, StreamName

from cloche_executor.languages import TOOLCHAINS
from cloche_executor.sandbox import HandoverFailed, Job

SCRATCH = "/tmp"  # noqa: S108 - a path inside the sandbox, where it is the only place to write to
WORK = f"{SCRATCH}/work"
ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "HOME": WORK,
    "TMPDIR": SCRATCH,
    "LANG": "C.UTF-8",
    # A pipe is no terminal: without this, output would come in blocks of 8 KiB instead of as it is printed.
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
# `head -c` of coreutils reads no further than it has to, so one frame can hold several files.
BOOTSTRAP = (
    'printf "%s ready\\n" "$1" && IFS= read -r size && script=$(head -c "$size") && eval "$script"'
)
STDIN_FILE = ".stdin"
_DIAGNOSTIC_BYTES = 4096


def bootstrap_command(nonce: str) -> list[str]:
    """The first process of a sandbox."""
    return ["/bin/sh", "-c", BOOTSTRAP, "sh", nonce]


def frame(job: Job, nonce: str, ulimits: dict[str, int]) -> bytes:
    """The bytes for the bootstrap's stdin. `ulimits`: options of the shell's ulimit and their values."""
    toolchain = TOOLCHAINS[job.language]
    command = [*toolchain.command, job.name, *job.argv]
    lines = [
        "set -e",
        f"mkdir -p {WORK}",
        f"cd {WORK}",
        f"head -c {len(job.source)} > {shlex.quote(job.name)}",
        f"head -c {len(job.stdin)} > {STDIN_FILE}",
        f"exec 0< {STDIN_FILE}",
        f"rm {STDIN_FILE}",
        *(_lower(option, value) for option, value in ulimits.items()),
        f'printf "%s go\\n" {shlex.quote(nonce)}',
        f"exec env -i {shlex.join(f'{k}={v}' for k, v in ENVIRONMENT.items())} {shlex.join(command)}",
    ]
    script = "\n".join(lines).encode()
    return b"%d\n%s%s%s" % (len(script), script, job.source, job.stdin)


def _lower(option: str, value: int) -> str:
    if option == "t":
        # Reaching the first number sends SIGXCPU, which tells the end by this limit from any other.
        return f"ulimit -S -t {value}; ulimit -H -t {value + 1}"
    if option == "u":
        # dash calls the number of processes -p; bash calls it -u and has another -p.
        return f"ulimit -u {value} 2>/dev/null || ulimit -p {value}"
    return f"ulimit -{option} {value}"


def ulimits_of(limits: Limits) -> dict[str, int]:
    """What every engine lowers by ulimit, in the units of POSIX sh (files in blocks of 512 bytes)."""
    return {
        "c": 0,
        "n": limits.open_files,
        "f": -(-limits.file_bytes // 512),
        "t": max(1, -(-int(limits.cpu_seconds * 1000) // 1000)),
    }


class Handover:
    """Takes the bootstrap's lines out of a sandbox's output. Pure: feed it what comes, in order per stream.

    The program's stderr may overtake the ``go`` line of stdout, so what comes before is held until it is known whose
    it is.
    """

    def __init__(self, nonce: str) -> None:
        self._marks = {"ready": f"{nonce} ready\n".encode(), "go": f"{nonce} go\n".encode()}
        self._stdout = b""
        self._stderr = b""
        self.ready = False
        self.gone = False

    def feed(self, stream: StreamName, data: bytes) -> list[tuple[StreamName, bytes]]:
        """The program's own output in `data`. `HandoverFailed` for anything where a mark is due."""
        if self.gone:
            return [(stream, data)]
        if stream == "stderr":
            self._stderr += data
            return []
        self._stdout += data
        if not self.ready:
            self.ready = self._take("ready")
        if self.ready and not self.gone:
            self.gone = self._take("go")
        if not self.gone:
            return []
        held: list[tuple[StreamName, bytes]] = [("stderr", self._stderr), ("stdout", self._stdout)]
        return [(name, piece) for name, piece in held if piece]

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
