"""The program of `cloche run`, from disk or standard input: one source, a source with files beside it, or a folder."""

import sys
from pathlib import Path

from cloche_schemas import paths
from cloche_schemas.commands import FileBody, SubmitEvaluation
from cloche_schemas.languages import LANGUAGES
from msgspec.structs import replace

from cloche.commands.quantities import BadWord

STDIN = "-"
#: Not the program's: what tools keep there for themselves, beside everything that begins with a dot.
LEFT_OUT = frozenset({"__pycache__", "node_modules"})
#: More than the server takes; to read on would be of no use.
MOST_FILES = 1000


def read_program(program: str, files: list[Path], entry: str | None) -> SubmitEvaluation:
    """The program as it is to be submitted. `BadWord` or `OSError` where that cannot be made of it."""
    # The parser lets a dash through for the sake of "-" alone.
    if program.startswith("-") and program != STDIN:
        raise BadWord(f"unknown option {program}; a file of that name is ./{program}")
    path = Path(program)
    if program != STDIN and path.is_dir():
        return _of_folder(path, files, entry)
    if entry is not None:
        raise BadWord("--entry says which file of a folder runs; this program is no folder")
    source = sys.stdin.buffer.read() if program == STDIN else path.read_bytes()
    if program == STDIN and not source:
        raise BadWord("standard input is empty: name a program, or pipe one in")
    beside = _beside(Path.cwd() if program == STDIN else path.parent, files)
    name = None if program == STDIN else name_of(program)
    try:
        return SubmitEvaluation(code=source.decode(), name=name, files=beside)
    except UnicodeDecodeError:
        # What it is, the server finds out and says.
        main = FileBody(name=name or "program", data=source)
        return SubmitEvaluation(name=main.name, files=(main, *beside))


def named_or_piped(program: str | None) -> str:
    """The program's word; standard input where there is none and something is piped in. `BadWord` if neither."""
    if program is not None:
        return program
    if sys.stdin is None or sys.stdin.isatty():
        raise BadWord("name a program: a file, a folder, or - for standard input")
    return STDIN


def name_of(path: str) -> str | None:
    """The file's name, where the API would take it as one."""
    name = Path(path).name
    return None if paths.flaw(name) else name


def _of_folder(folder: Path, files: list[Path], entry: str | None) -> SubmitEvaluation:
    inside = _inside(folder)
    if not inside:
        raise BadWord(f"{folder} has no files")
    name = entry or _entry([file.name for file in inside], folder)
    if name not in {file.name for file in inside}:
        raise BadWord(f"{folder} has no file {name}")
    return SubmitEvaluation(name=name, files=(*inside, *_beside(folder, files)))


def _entry(names: list[str], folder: Path) -> str:
    """The only file, or the only source called main."""
    suffixes = {suffix for language in LANGUAGES.values() for suffix in language.suffixes}
    mains = [
        name
        for name in names
        if Path(name).stem.lower() == "main" and Path(name).suffix.lower() in suffixes
    ]
    found = names if len(names) == 1 else mains
    if len(found) != 1:
        raise BadWord(
            f"say which file of {folder} runs: --entry {' or '.join(found[:5]) or 'NAME'}"
        )
    return found[0]


def _beside(base: Path, files: list[Path]) -> tuple[FileBody, ...]:
    """Files by their path from the program's folder, if they lie there, else by their own name; folders whole."""
    found: list[FileBody] = []
    for path in files:
        placed = path.absolute()
        below = placed.is_relative_to(base.absolute()) and ".." not in placed.parts
        name = placed.relative_to(base.absolute()).as_posix() if below else path.resolve().name
        if path.is_dir():
            found += (replace(file, name=f"{name}/{file.name}") for file in _inside(path))
        else:
            found.append(_file(path, name))
    return tuple(found)


def _inside(folder: Path) -> tuple[FileBody, ...]:
    """Every file of a folder by its path there, but hidden ones and `LEFT_OUT`. Links are not followed."""
    found: list[FileBody] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in LEFT_OUT or path.is_symlink():
            continue
        if path.is_dir():
            found += (replace(file, name=f"{path.name}/{file.name}") for file in _inside(path))
        elif path.is_file():
            found.append(_file(path, path.name))
        if len(found) > MOST_FILES:
            raise BadWord(f"{folder} has more than {MOST_FILES} files")
    return tuple(found)


def _file(path: Path, name: str) -> FileBody:
    data = path.read_bytes()
    try:
        return FileBody(name=name, content=data.decode())
    except UnicodeDecodeError:
        return FileBody(name=name, data=data)
