"""What a submission becomes in a sandbox: files, commands, standard input. Pure."""

from collections.abc import Mapping

from cloche_schemas import languages
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.languages import LANGUAGES, LanguageEntry
from cloche_schemas.values import FailureDomain, Limits
from msgspec import Struct

from cloche_executor.handover import FOLDERS
from cloche_executor.sandbox import File

BUILD = FOLDERS["build"]
PAGE = 4096
# What a sandbox needs besides files: folders in scratch space, the bootstrap in memory.
SPARE_INODES = 16
SPARE_BYTES = 8 << 20
NO_BLOBS: Mapping[str, bytes] = {}


class Command(Struct, frozen=True, kw_only=True):
    """What to run in which image. `words` begin with the program."""

    image: str
    words: tuple[str, ...]
    environment: Mapping[str, str] = {}


class Compilation(Struct, frozen=True, kw_only=True):
    """How a program is compiled before it runs."""

    command: Command
    files: tuple[File, ...]
    limits: Limits


class Program(Struct, frozen=True, kw_only=True):
    """A submission as sandboxes take it. `base` lacks the arguments."""

    base: Command
    files: tuple[File, ...]
    stdin: bytes
    compilation: Compilation | None = None

    def command(self, arguments: tuple[str, ...]) -> Command:
        base = self.base
        words = (*base.words, *arguments)
        return Command(image=base.image, words=words, environment=base.environment)


class Unrunnable(Struct, frozen=True):
    """A submission that no sandbox can run, ever: the client's fault, final."""

    domain: FailureDomain
    detail: str
    limit: str | None = None


def plan(
    spec: EvaluationSpec, limits: Limits, blobs: Mapping[str, bytes] = NO_BLOBS
) -> Program | Unrunnable:
    """The program of a submission, or why there is none. `blobs` has every one that it refers to."""
    language = LANGUAGES.get(spec.language)
    if language is None:
        return Unrunnable("program", f"this executor does not know the language {spec.language}")
    texts = [*spec.argv, *(word for case in spec.cases or () for word in case.argv or ())]
    if any("\0" in text for text in (*texts, *spec.env, *spec.env.values())):
        return Unrunnable("program", "an argument holds a NUL character, which no process can take")
    try:
        files = _files(spec, language, blobs)
        stdin = spec.stdin.encode() if spec.stdin_blob is None else blobs[spec.stdin_blob]
        for text in (*texts, *spec.env, *spec.env.values()):
            text.encode()
    except UnicodeEncodeError as error:
        return Unrunnable("program", f"text that is not Unicode: {error.reason}")
    if not files:
        return Unrunnable("program", "there is nothing to run")
    coded = spec.code or spec.code_blob is not None
    entry = spec.name if not coded and spec.name else files[0].name
    return (
        misfit(files, stdin, limits)
        or _compiled_misfit(language, files)
        or _program(spec, language, entry, files, stdin, limits)
    )


def _program(
    spec: EvaluationSpec,
    language: LanguageEntry,
    entry: str,
    files: tuple[File, ...],
    stdin: bytes,
    limits: Limits,
) -> Program:
    names = [file.name for file in files]
    image = spec.image or language.image
    run = languages.run_command(
        language, entry=entry, files=names, build=BUILD, memory_bytes=limits.memory_bytes
    )
    compilation = None
    if language.compiled:
        within = language.limits_of_compiling(Limits())
        words = languages.compile_command(
            language, entry=entry, files=names, build=BUILD, memory_bytes=within.memory_bytes
        )
        command = Command(image=image, words=words, environment=language.compile_environment)
        compilation = Compilation(command=command, files=files, limits=within)
    base = Command(image=image, words=run, environment={**language.environment, **spec.env})
    return Program(base=base, files=files, stdin=stdin, compilation=compilation)


def _files(
    spec: EvaluationSpec, language: LanguageEntry, blobs: Mapping[str, bytes]
) -> tuple[File, ...]:
    """The program's file first, where it came as one text."""
    beside = tuple(
        File(name=file.name, content=file.raw if file.blob is None else blobs[file.blob])
        for file in spec.files
    )
    code = spec.code.encode() if spec.code_blob is None else blobs[spec.code_blob]
    if not code:
        return beside
    name = spec.name or language.file_name(code.decode(errors="replace"))
    return (File(name=name, content=code), *beside)


def misfit(files: tuple[File, ...], stdin: bytes, limits: Limits) -> Unrunnable | None:
    """Why a program with these files cannot even begin within its limits, if it cannot."""
    sizes = [len(file.content) for file in files] + [len(stdin)]
    space = sum(-(-size // PAGE) * PAGE for size in sizes)
    if space > limits.scratch_bytes:
        held = f"the scratch space has {limits.scratch_bytes}"
        return Unrunnable("limit", f"files and stdin take {space} bytes, {held}", "scratch_bytes")
    if max(sizes) > limits.file_bytes:
        held = f"a file may have {limits.file_bytes}"
        return Unrunnable("limit", f"a file or stdin is {max(sizes)} bytes, {held}", "file_bytes")
    folders = {file.name.rpartition("/")[0] for file in files}
    if len(files) + len(folders) + SPARE_INODES > limits.scratch_inodes:
        held = f"the scratch space may have {limits.scratch_inodes}, folders included"
        return Unrunnable("limit", f"there are {len(files)} files, {held}", "scratch_inodes")
    if space + SPARE_BYTES > limits.memory_bytes:
        held = f"which leaves nothing of {limits.memory_bytes} bytes of memory"
        return Unrunnable("limit", f"files and stdin take {space} bytes, {held}", "memory_bytes")
    return None


def _compiled_misfit(language: LanguageEntry, files: tuple[File, ...]) -> Unrunnable | None:
    if not language.compiled:
        return None
    return misfit(files, b"", language.limits_of_compiling(Limits()))
