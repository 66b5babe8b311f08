"""What a submission becomes inside a sandbox: file name and command of each language."""

from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.values import FailureDomain, Language, Limits
from msgspec import Struct


class Toolchain(Struct, frozen=True):
    """How one language runs: `command` before the file's name, and the name where the submission has none."""

    command: tuple[str, ...]
    file_name: str


TOOLCHAINS: dict[Language, Toolchain] = {
    "python": Toolchain(("python3",), "main.py"),
    "bash": Toolchain(("bash",), "main.sh"),
}


class Program(Struct, frozen=True, kw_only=True):
    """A submission in the bytes that a sandbox takes."""

    language: Language
    name: str
    source: bytes
    argv: tuple[str, ...]
    stdin: bytes


class Unrunnable(Struct, frozen=True):
    """A submission that no sandbox can run, ever: the client's fault, final."""

    domain: FailureDomain
    detail: str


def prepare(spec: EvaluationSpec, limits: Limits) -> Program | Unrunnable:
    """The program of a submission, or why there is none."""
    if any("\0" in argument for argument in spec.argv):
        return Unrunnable("program", "an argument holds a NUL character, which no process can take")
    try:
        program = Program(
            language=spec.language,
            name=spec.name or TOOLCHAINS[spec.language].file_name,
            source=spec.code.encode(),
            argv=tuple(spec.argv),
            stdin=spec.stdin.encode(),
        )
        for argument in spec.argv:
            argument.encode()
    except UnicodeEncodeError as error:
        return Unrunnable("program", f"text that is not Unicode: {error.reason}")
    needed = len(program.source) + len(program.stdin)
    largest = max(len(program.source), len(program.stdin))
    if needed > limits.scratch_bytes:
        return Unrunnable(
            "limit",
            f"code and stdin are {needed} bytes, the scratch space has {limits.scratch_bytes}",
        )
    if largest > limits.file_bytes:
        return Unrunnable(
            "limit", f"code or stdin is {largest} bytes, a file may have {limits.file_bytes}"
        )
    return program
