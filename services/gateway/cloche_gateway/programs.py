"""The program of a submission: its files, its source, its language, its image; refused before it is on the log.

Names are checked as text only. Nothing here touches a file system, and nothing is ever unpacked.
"""

from cloche_schemas import paths
from cloche_schemas.commands import EvaluationSpec
from cloche_schemas.languages import IMAGES, LANGUAGES, detect
from cloche_schemas.values import ENGINES_BY_STRENGTH
from cloche_schemas.views import FieldError
from msgspec.structs import replace

from cloche_gateway.inputs import NO_INPUTS, Inputs
from cloche_gateway.problems import ClientError, at

AUTO = "auto"
#: Where in a file what marks it as something else than source, and what it is then.
MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"PK\x03\x04", "a zip archive"),
    (0, b"PK\x05\x06", "an empty zip archive"),
    (0, b"PK\x07\x08", "a split zip archive"),
    (0, b"\x1f\x8b", "gzip data"),
    (0, b"\x1f\x9d", "compress data"),
    (4, b"1AY&SY", "bzip2 data"),
    (0, b"\xfd7zXZ\x00", "xz data"),
    (0, b"]\x00\x00", "lzma data"),
    (0, b"\x28\xb5\x2f\xfd", "zstd data"),
    (0, b"\x04\x22\x4d\x18", "lz4 data"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!\x1a\x07", "a rar archive"),
    (0, b"!<arch>\n", "an ar archive"),
    (257, b"ustar", "a tar archive"),
    (0, b"\x7fELF", "an ELF binary"),
    (0, b"MZ\x90\x00", "a Windows binary"),
    (0, b"\xca\xfe\xba\xbe", "a Java class or Mach-O binary"),
    (0, b"\xfe\xed\xfa\xce", "a Mach-O binary"),
    (0, b"\xfe\xed\xfa\xcf", "a Mach-O binary"),
    (0, b"\xce\xfa\xed\xfe", "a Mach-O binary"),
    (0, b"\xcf\xfa\xed\xfe", "a Mach-O binary"),
    (0, b"\x00asm", "a WebAssembly binary"),
)


def resolved(
    spec: EvaluationSpec, extra_images: tuple[str, ...], inputs: Inputs = NO_INPUTS
) -> EvaluationSpec:
    """The submission with what runs and in which language, found out where it leaves that open. `ClientError`."""
    _check_contents(spec)
    coded = bool(spec.code or spec.code_blob)
    names = [(f"/files/{n}/name", file.name) for n, file in enumerate(spec.files)]
    if spec.name is not None:
        _check_name("/name", spec.name)
    for pointer, name in names:
        _check_name(pointer, name)
    if coded and spec.name is not None:
        names.insert(0, ("/name", spec.name))
    _check_distinct(names)
    pointer, entry, source = _entry(spec, inputs)
    _check_source(pointer, source)
    language = _language(spec, entry, source)
    if entry is None:
        # What executors will call it; of a source that decides on that itself it may be anything.
        default = LANGUAGES[language].file_name(source.decode(errors="replace"))
        _check_name("/code", default)
        _check_distinct([("/code", default), *names])
    if spec.image is not None and spec.image not in {*IMAGES, *extra_images}:
        known = ", ".join(sorted({*IMAGES, *extra_images}))
        detail = f"there are the images {known}"
        raise ClientError("unknown_image", detail, errors=at("/image", detail))
    _check_engine(spec)
    return replace(spec, language=language, name=entry)


def _check_contents(spec: EvaluationSpec) -> None:
    """Something to run, and each thing with one content."""
    if not (spec.code or spec.code_blob or spec.files):
        detail = "there is nothing to run: give code or files"
        raise ClientError("invalid_body", detail, errors=at("/code", detail))
    wrong = [
        FieldError(pointer=f"/files/{n}", detail="give one of content, data and blob")
        for n, file in enumerate(spec.files)
        if sum(one is not None for one in (file.content, file.data, file.blob)) != 1
    ]
    twice = [
        ("/code_blob", spec.code, spec.code_blob),
        ("/stdin_blob", spec.stdin, spec.stdin_blob),
    ]
    for n, case in enumerate(spec.cases or ()):
        twice.append((f"/cases/{n}/stdin_blob", case.stdin or "", case.stdin_blob))
    wrong += [
        FieldError(pointer=pointer, detail="give the text or a blob, not both")
        for pointer, text, blob in twice
        if text and blob is not None
    ]
    if wrong:
        raise ClientError("invalid_body", wrong[0].detail, errors=tuple(wrong))


def _check_name(pointer: str, name: str) -> None:
    flaw = paths.flaw(name)
    if flaw is not None:
        detail = f"the name {flaw}"
        raise ClientError("invalid_file_name", detail, errors=at(pointer, detail))


def _check_distinct(names: list[tuple[str, str]]) -> None:
    """No two names for one file, and none for a file and a folder: also where case or composition does not count."""
    taken: dict[str, tuple[str, str]] = {}
    for pointer, name in names:
        other, same = taken.setdefault(paths.key(name), (pointer, name))
        if other != pointer:
            but = "" if same == name else " but for case or Unicode composition"
            detail = f"the name is that of {other}{but}"
            raise ClientError("invalid_file_name", detail, errors=at(pointer, detail))
    for pointer, name in names:
        parts = paths.key(name).split("/")
        for n in range(1, len(parts)):
            file = taken.get("/".join(parts[:n]))
            if file is not None:
                detail = f"the name needs a folder where {file[0]} is a file"
                raise ClientError("invalid_file_name", detail, errors=at(pointer, detail))


def _entry(spec: EvaluationSpec, inputs: Inputs) -> tuple[str, str | None, bytes]:
    """What runs: where it stands in the body, its name if it has one, its bytes, or those that a blob begins with."""
    if spec.code_blob is not None:
        return "/code_blob", spec.name, inputs.beginnings.get(spec.code_blob, b"")
    if spec.code:
        return "/code", spec.name, spec.code.encode()
    for number, file in enumerate(spec.files):
        if spec.name in (None, file.name):
            if file.blob is not None:
                begin = inputs.beginnings.get(file.blob, b"")
                return f"/files/{number}/blob", file.name, begin
            place = "content" if file.data is None else "data"
            return f"/files/{number}/{place}", file.name, file.raw
    detail = "the name is not among files"
    raise ClientError("invalid_file_name", detail, errors=at("/name", detail))


def _check_source(pointer: str, source: bytes) -> None:
    if not source:
        detail = "there is nothing to run: the file is empty"
        raise ClientError("invalid_body", detail, errors=at(pointer, detail))
    for offset, mark, what in MAGIC:
        if source[offset : offset + len(mark)] == mark:
            detail = f"it is {what}: send source, each file of it as an entry of files"
            raise ClientError("not_source", detail, errors=at(pointer, detail))


def _language(spec: EvaluationSpec, name: str | None, source: bytes) -> str:
    known = f"say one of {', '.join(sorted(LANGUAGES))}"
    if spec.language == AUTO:
        found = detect(name, source.decode(errors="replace"))
        if found is None:
            detail = f"neither the name nor the text tells the language: {known}"
            raise ClientError("language_not_detected", detail, errors=at("/language", detail))
        return found
    if spec.language not in LANGUAGES:
        raise ClientError("unknown_language", known, errors=at("/language", known))
    return spec.language


def _check_engine(spec: EvaluationSpec) -> None:
    """What runs it must be as strong as is required; the strongest come first."""
    if spec.require is None or spec.engine == AUTO:
        return
    strength = ENGINES_BY_STRENGTH.index
    if strength(spec.engine) > strength(spec.require):
        detail = f"the engine {spec.engine} is weaker than {spec.require}, which is required"
        raise ClientError("contradiction", detail, errors=at("/require", detail))
