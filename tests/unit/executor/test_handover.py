"""How a program gets in, and how the bootstrap's words are told from the program's."""

import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from cloche_executor import handover as protocol
from cloche_executor.handover import (
    Handover,
    Over,
    Secrets,
    bootstrap_command,
    frame,
    reached,
    ulimits_of,
)
from cloche_executor.sandbox import Collect, File, HandoverFailed, Job, Stream
from cloche_schemas.values import Limits
from hypothesis import given
from hypothesis import strategies as st
from support.sandboxes import job_of

SECRETS = Secrets("0123456789abcdef", "fedcba9876543210")
STREAM = f"{SECRETS.nonce} ready\n{SECRETS.nonce} go\n".encode()
OVER = f"\036{SECRETS.mark} over 3 10 20 400\n".encode()
# Bytes that look like the beginning of the mark, too.
OUTPUT = st.one_of(
    st.binary(max_size=50), st.lists(st.sampled_from([OVER[:1], OVER[:9], b"x"])).map(b"".join)
)


def fed(handover: Handover, data: bytes, cuts: list[int]) -> dict[Stream, bytes]:
    """What came out, stdout fed in pieces."""
    said: dict[Stream, bytes] = {"stdout": b"", "stderr": b"", "collected": b""}
    for cut in [*cuts, len(data)]:
        piece, data = data[:cut], data[cut:]
        for name, part in handover.feed("stdout", piece) if piece else []:
            said[name] += part
    for name, part in handover.finish():
        said[name] += part
    return said


@given(OUTPUT, st.binary(max_size=50), st.lists(st.integers(1, 30)))
def test_the_marks_are_taken_out_however_the_bytes_are_cut(
    stdout: bytes, stderr: bytes, cuts: list[int]
) -> None:
    handover = Handover(SECRETS)
    # stderr may overtake the marks.
    assert handover.feed("stderr", stderr) == []
    said = fed(handover, STREAM + stdout, cuts)
    assert said == {"stdout": stdout, "stderr": stderr, "collected": b""}
    assert handover.gone
    assert handover.over is None


@given(OUTPUT, st.binary(max_size=50), st.lists(st.integers(1, 30)))
def test_what_follows_the_end_is_what_was_collected(
    stdout: bytes, collected: bytes, cuts: list[int]
) -> None:
    handover = Handover(SECRETS)
    said = fed(handover, STREAM + stdout + OVER + collected, cuts)
    assert said == {"stdout": stdout, "stderr": b"", "collected": collected}
    assert handover.over == Over(3)


@pytest.mark.parametrize(
    ("line", "over"),
    [
        (b"0 10 20 400", Over(0)),
        (b"1 0 20 400", Over(1, ("scratch_bytes",))),
        (b"1 0 0 400", Over(1, ("scratch_bytes", "scratch_inodes"))),
        # A file system that counts no inodes has none free.
        (b"1 5 0 0", Over(1)),
        (b"7 ", Over(7)),
        (b"", Over(0)),
        (b"x" * 300, Over(0)),
        # Nobody but a program that lies about its end writes these.
        (b"9" * 60_000, Over(0)),
        (b"5 0 0 " + b"9" * 5000, Over(5)),
        (b"5 0 0 400 1", Over(5)),
        (b"-1 0 0 400", Over(0)),
    ],
)
def test_the_last_line_tells_what_was_used_up(line: bytes, over: Over) -> None:
    handover = Handover(SECRETS)
    handover.feed("stdout", STREAM + f"\036{SECRETS.mark} over ".encode() + line + b"\n")
    assert handover.over == over


def test_a_single_byte_is_not_held_back() -> None:
    handover = Handover(SECRETS)
    handover.feed("stdout", STREAM)
    assert handover.feed("stdout", b"f") == [("stdout", b"f")]


@pytest.mark.parametrize(
    "data",
    [b"sh: not found\n", f"{SECRETS.nonce} go\n".encode(), f"{SECRETS.nonce} ready\nno".encode()],
)
def test_anything_where_a_mark_is_due_is_our_failure(data: bytes) -> None:
    handover = Handover(SECRETS)
    handover.feed("stderr", b"tmpfs is full")
    with pytest.raises(HandoverFailed, match="tmpfs is full"):
        handover.feed("stdout", data)


def test_a_failure_tells_what_the_bootstrap_said() -> None:
    handover = Handover(SECRETS)
    handover.feed("stderr", b"\xff broken")
    assert "broken" in str(handover.failure("no go"))
    assert str(Handover(SECRETS).failure("no go")) == "no go"


def run_here(
    job: Job, folder: Path, monkeypatch: pytest.MonkeyPatch, ulimits: dict[str, int]
) -> "subprocess.CompletedProcess[bytes]":
    """The bootstrap in a plain shell, its folders below `folder`."""
    folders = {name: str(folder / name) for name in ("work", "build", "output")}
    boot = protocol.BOOTSTRAP
    for name, path in folders.items():
        boot = boot.replace(f"{protocol.SCRATCH}/{name}", path)
    monkeypatch.setattr(protocol, "BOOTSTRAP", boot)
    monkeypatch.setattr(protocol, "SCRATCH", str(folder))
    monkeypatch.setattr(protocol, "FOLDERS", folders)
    monkeypatch.setattr(protocol, "STDIN_FILE", str(folder / ".stdin"))
    return subprocess.run(
        bootstrap_command(SECRETS.nonce),
        input=frame(job, SECRETS, ulimits) + b"\n",
        capture_output=True,
        check=False,
        timeout=20,
    )


def parts(done: "subprocess.CompletedProcess[bytes]") -> tuple[bytes, bytes]:
    """The program's stdout and what was collected."""
    assert done.stdout.startswith(STREAM)
    own, _, rest = done.stdout.removeprefix(STREAM).partition(f"\036{SECRETS.mark} over ".encode())
    return own, rest.partition(b"\n")[2]


def test_the_frame_runs_in_any_posix_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_of(
        'echo "$1"; cat; ulimit -n; exit 3', language="bash", argv=("it's",), stdin=b"\0in\n"
    )
    done = run_here(job, tmp_path, monkeypatch, {"n": 64, "u": 5000, "t": 5})
    assert parts(done) == (b"it's\n\0in\n64\n", b"")
    assert (done.returncode, done.stderr) == (3, b"")


def test_a_program_that_a_signal_ends_leaves_nothing_of_the_shell_s_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of("echo >&2 mine; kill -SEGV $$", language="bash")
    done = run_here(job, tmp_path, monkeypatch, {"c": 0})
    assert (done.returncode, done.stderr) == (139, b"mine\n")


@pytest.mark.parametrize("count", [2, 20])
def test_files_and_folders_arrive_and_a_folder_comes_back(
    count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [File(name=f"a b/'{n}'", content=b"%d\0" % n) for n in range(count)]
    files.append(File(name="run", content=b"#!/bin/sh\necho ran", executable=True, folder="build"))
    source = f'cat "a b"/*; {tmp_path}/build/run; echo -n left > {tmp_path}/output/file'
    job = job_of(
        source,
        language="bash",
        files=tuple(files),
        collect=Collect(folder="output", most_bytes=1 << 20),
    )
    own, packed = parts(run_here(job, tmp_path, monkeypatch, {}))
    wanted = sorted(b"%d\0" % n for n in range(count))
    assert sorted(piece + b"\0" for piece in own.removesuffix(b"ran\n").split(b"\0")[:-1]) == wanted
    assert own.endswith(b"ran\n")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        assert archive.getnames() == [".", "./file"]


def test_ulimits_are_in_the_units_of_the_shell() -> None:
    limits = Limits(open_files=100, file_bytes=1025, cpu_seconds=1.2)
    assert ulimits_of(limits) == {"c": 0, "n": 100, "f": 3, "t": 2}
    assert b"ulimit -S -t 2 && ulimit -H -t 3" in frame(job_of("x"), SECRETS, {"t": 2})


def test_what_was_reached_is_named_by_evidence_in_the_order_of_the_limits() -> None:
    assert reached(0, {}, None) == ()
    assert reached(153, {"pids": 3, "memory_bytes": 0}, Over(153, ("scratch_bytes",))) == (
        "pids",
        "scratch_bytes",
        "file_bytes",
    )
    assert reached(152, {}, None) == ("cpu_seconds",)
