"""Folders that a program leaves to be collected, full of traps."""

import hashlib
import os

from cloche_schemas import paths
from support.hostile import MIB, Attack, Check, Story, attacks, limits
from support.lab import Trial

FULL = bool(os.environ.get("CLOCHE_TEST_FULL"))
MANY = 100_000 if FULL else 20_000
PATIENT = limits(wall_seconds=60, cpu_seconds=60)


def _only(*names: str) -> Check:
    """Exactly these files came back, and what is said of them is true."""

    def check(story: Story) -> None:
        assert {file.name for file in story.end.artifacts} == set(names), story.end
        _honest(story)

    return check


def _honest(story: Story) -> None:
    end, granted = story.end, story.started.limits
    assert len(end.artifacts) <= granted.artifact_files
    assert sum(file.size for file in end.artifacts) <= granted.artifact_bytes
    assert len(story.stream("artifacts")) <= granted.artifact_bytes
    for file in end.artifacts:
        assert paths.flaw(file.name) is None, file
        data = story.artifact(file.name)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.size, file.sha256)
    # Nothing of the host, by whatever way.
    assert b"root:" not in story.stream("artifacts")


def _reasons(**wanted: str) -> Check:
    def check(story: Story) -> None:
        reasons = {skipped.name: skipped.reason for skipped in story.end.skipped_artifacts}
        assert {name: reasons.get(name) for name in wanted} == wanted, reasons
        _only("good")(story)

    return check


def _as_many_as_are_granted(story: Story) -> None:
    _honest(story)
    assert len(story.end.artifacts) == story.started.limits.artifact_files
    counted = story.end.skipped_artifacts[-1]
    assert counted.reason == "too_many", counted
    assert "more" in counted.name


@attacks(
    Attack(
        name="links",
        program="""
            import os
            os.chdir("/tmp/output")
            open("good", "w").write("good")
            os.symlink("/etc/passwd", "absolute")
            os.symlink("../../etc/passwd", "relative")
            os.symlink("/proc/self/environ", "environ")
            os.symlink("/proc/1/root", "host")
            os.symlink("loop", "loop")
            os.symlink("/", "everything")
            os.link("good", "hard")
            try:
                os.link("/etc/passwd", "stolen")
            except OSError:
                pass
        """,
        check=lambda story: _linked(story),
    ),
    Attack(
        name="pipes and sockets",
        program="""
            import os, socket
            os.chdir("/tmp/output")
            open("good", "w").write("good")
            os.mkfifo("pipe")
            socket.socket(socket.AF_UNIX).bind("socket")
            socket.socket(socket.AF_UNIX).bind("/tmp/output/other")
        """,
        check=_reasons(pipe="special"),
        seconds=(0, 5),
    ),
    Attack(
        name="names that are no names",
        program=r"""
            import os
            os.chdir(b"/tmp/output")
            for name in (b"new\nline", b"tab\there", b"\x1b[31mred", b"\xff\xfe", b"back\\slash", b"right\xe2\x80\xaeleft", b"\xc2\x85next",
                         b"...", b"-rf", b" ", b"*", b"$(id)", b"x" * 255, b"\xe2\x80\xa8sep", b"con", b"a:b", b"%2e%2e", b"good"):
                open(name, "wb").write(b"text")
            os.makedirs(b"a/" * 20)
            open(b"a/" * 20 + b"deep", "wb").write(b"text")
        """,
        check=_only("...", "-rf", " ", "*", "$(id)", "x" * 255, "con", "a:b", "%2e%2e", "good"),
    ),
    Attack(
        name="more files than may come back",
        program=f"""
            import os
            os.chdir("/tmp/output")
            for number in range({MANY}):
                open(f"{{number}}", "w").close()
        """,
        limits=limits(
            scratch_inodes=MANY + 100, memory_bytes=512 * MIB, wall_seconds=240, cpu_seconds=240
        ),
        check=_as_many_as_are_granted,
        neighbour=True,
    ),
    Attack(
        name="a sparse file of a terabyte",
        program="""
            import os
            os.chdir("/tmp/output")
            open("a", "w").write("first")
            with open("sparse", "w") as file:
                os.truncate("sparse", 1 << 40)
        """,
        limits=limits(file_bytes=1 << 41, wall_seconds=30, cpu_seconds=30),
        check=lambda story: _honest(story),
        neighbour=True,
    ),
    Attack(
        name="more bytes than may come back",
        program="""
            import os
            os.chdir("/tmp/output")
            for number in range(40):
                with open(f"{number:02}", "wb") as file:
                    file.write(bytes([number]) * (1 << 20))
        """,
        check=lambda story: _full(story),
    ),
    Attack(
        # Their paths are longer than a path may be.
        name="folders four thousand deep",
        program="""
            import os
            os.chdir("/tmp/output")
            open("good", "w").write("good")
            try:
                while True:
                    os.mkdir("d")
                    os.chdir("d")
                    open("f", "w").close()
            except OSError:
                pass
        """,
        check=lambda story: _honest(story),
        limits=PATIENT,
    ),
    Attack(
        name="the folder is a link to everything",
        program="""
            import os, shutil
            shutil.rmtree("/tmp/output")
            os.symlink("/", "/tmp/output")
        """,
        check=lambda story: _of_the_sandbox(story),
        limits=PATIENT,
    ),
    Attack(
        name="the folder is a link to all processes",
        program="""
            import os
            os.rmdir("/tmp/output")
            os.symlink("/proc", "/tmp/output")
        """,
        outcome=("succeeded", "timed_out"),
        check=lambda story: _of_the_sandbox(story),
        limits=PATIENT,
    ),
    Attack(
        name="the folder is gone",
        program="import os\nos.rmdir('/tmp/output')",
        check=_only(),
    ),
    Attack(
        name="the folder is a pipe",
        program="import os\nos.rmdir('/tmp/output')\nos.mkfifo('/tmp/output')",
        check=_only(),
        seconds=(0, 5),
    ),
    Attack(
        name="nobody may read the folder",
        program="import os\nopen('/tmp/output/x', 'w').write('x')\nos.chmod('/tmp/output', 0)",
        check=_only(),
    ),
    Attack(
        # Its parent's own commands are not found by way of its folders.
        name="programs called tar and stat",
        program="""
            import os
            for folder in ("/tmp", "/tmp/work", "/tmp/output"):
                for name in ("tar", "stat", "head", "kill", "printf", "env", "sh"):
                    path = f"{folder}/{name}"
                    open(path, "w").write("#!/bin/sh\\necho planted\\nexit 0\\n")
                    os.chmod(path, 0o755)
            os.environ["PATH"] = "/tmp:/tmp/work"
            open("/tmp/.profile", "w").write("echo planted")
        """,
        said="",
        check=_only("tar", "stat", "head", "kill", "printf", "env", "sh"),
    ),
    Attack(
        # A name that some programs take for an option (tar --checkpoint-action=exec).
        name="names that look like options",
        program="""
            import os
            os.chdir("/tmp/output")
            for name in ("--checkpoint=1", "--checkpoint-action=exec=sh x", "-cf", "--use-compress-program=sh", "--to-command=id"):
                open(name, "w").write("x")
        """,
        said="",
        check=_only(
            *("--checkpoint=1", "--checkpoint-action=exec=sh x", "-cf"),
            *("--use-compress-program=sh", "--to-command=id"),
        ),
    ),
)
async def test_artifacts(trial: Trial, attack: Attack) -> None:
    await trial.withstand(attack)


def _linked(story: Story) -> None:
    names = ("absolute", "relative", "environ", "host", "loop", "everything")
    reasons = {skipped.name: skipped.reason for skipped in story.end.skipped_artifacts}
    assert {reasons.get(name) for name in names} == {"link"}, reasons
    # Of two names for one file one comes as a link to the other.
    assert {file.name for file in story.end.artifacts} in ({"good"}, {"hard"})
    _honest(story)


def _full(story: Story) -> None:
    _honest(story)
    assert len(story.end.artifacts) == 16
    reasons = [skipped.reason for skipped in story.end.skipped_artifacts]
    # Beyond what is collected at most nobody looks, which is said.
    assert set(reasons) in ({"too_large"}, {"too_large", "incomplete"})


def _of_the_sandbox(story: Story) -> None:
    """What it could have copied itself: only the rules about names, number and size hold."""
    for file in story.end.artifacts:
        assert paths.flaw(file.name) is None, file
    assert len(story.end.artifacts) <= story.started.limits.artifact_files
    assert len(story.stream("artifacts")) <= story.started.limits.artifact_bytes
