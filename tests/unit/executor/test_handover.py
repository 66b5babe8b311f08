"""How a program gets in, and how the bootstrap's words are told from the program's."""

import subprocess

import pytest
from cloche_executor.handover import Handover, bootstrap_command, frame, ulimits_of
from cloche_executor.sandbox import HandoverFailed
from cloche_schemas.values import Limits, StreamName
from hypothesis import given
from hypothesis import strategies as st
from support.sandboxes import job_of

NONCE = "0123456789abcdef"
STREAM = f"{NONCE} ready\n{NONCE} go\n".encode()


@given(st.binary(max_size=50), st.binary(max_size=50), st.lists(st.integers(1, 30)))
def test_the_marks_are_taken_out_however_the_bytes_are_cut(
    stdout: bytes, stderr: bytes, cuts: list[int]
) -> None:
    handover = Handover(NONCE)
    said: dict[StreamName, bytes] = {"stdout": b"", "stderr": b""}
    # stderr may overtake the marks.
    for name, piece in handover.feed("stderr", stderr):
        said[name] += piece
    data = STREAM + stdout
    for cut in [*cuts, len(data)]:
        piece, data = data[:cut], data[cut:]
        for name, part in handover.feed("stdout", piece) if piece else []:
            said[name] += part
    assert said == {"stdout": stdout, "stderr": stderr}
    assert handover.gone


@pytest.mark.parametrize(
    "data", [b"sh: not found\n", f"{NONCE} go\n".encode(), f"{NONCE} ready\nno".encode()]
)
def test_anything_where_a_mark_is_due_is_our_failure(data: bytes) -> None:
    handover = Handover(NONCE)
    handover.feed("stderr", b"tmpfs is full")
    with pytest.raises(HandoverFailed, match="tmpfs is full"):
        handover.feed("stdout", data)


def test_a_failure_tells_what_the_bootstrap_said() -> None:
    handover = Handover(NONCE)
    handover.feed("stderr", b"\xff broken")
    assert "broken" in str(handover.failure("no go"))
    assert str(Handover(NONCE).failure("no go")) == "no go"


def test_the_frame_runs_in_any_posix_shell(tmp_path: object) -> None:
    job = job_of('echo "$1"; cat; ulimit -n', language="bash", argv=("it's",), stdin=b"\0in\n")
    sent = frame(job, NONCE, {"n": 64, "u": 5000})
    sent = sent.replace(b"/tmp/work", str(tmp_path).encode() + b"/w")
    # The path has another length, so the script's length is another one.
    _, rest = sent.split(b"\n", 1)
    script = len(rest) - len(job.source) - len(job.stdin)
    done = subprocess.run(
        bootstrap_command(NONCE), input=b"%d\n%s" % (script, rest), capture_output=True, check=False
    )
    assert done.stdout == STREAM + b"it's\n\0in\n64\n"
    assert done.returncode == 0


def test_ulimits_are_in_the_units_of_the_shell() -> None:
    limits = Limits(open_files=100, file_bytes=1025, cpu_seconds=1.2)
    assert ulimits_of(limits) == {"c": 0, "n": 100, "f": 3, "t": 2}
    assert b"ulimit -S -t 2; ulimit -H -t 3" in frame(job_of("x"), NONCE, {"t": 2})
