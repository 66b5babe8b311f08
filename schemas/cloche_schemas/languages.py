"""The registry of languages: how each is recognised, which image runs it, and by which commands.

The table is `languages.toml`, checked whole when it is first asked for. The wire format names languages and images
by pattern only (values.py), so a new one changes no schema.

Commands hold placeholders, which whoever runs them fills in:
``{entry}`` the source to run, ``{stem}`` the same without its suffix, ``{sources}`` every source of the language,
``{siblings}`` those in the entry's folder, ``{build}`` the folder for what the compiler makes, ``{heap}`` the share of
the memory limit that a runtime should let its heap grow to, in MiB (`heap_percent`).
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from importlib.resources import files
from pathlib import PurePosixPath
from string import Formatter
from types import MappingProxyType
from typing import Any

import msgspec
from msgspec import Struct

from cloche_schemas.commands import LimitsBody, grant
from cloche_schemas.values import IMAGE, LANGUAGE, Limits

#: So much of a source is looked at to recognise its language and to name its file.
LOOKED_AT = 16_384
#: And so much of each line: a pattern may need time with the square of it.
LINE_LOOKED_AT = 400
#: Placeholders that stand for several arguments; each must be an argument of its own.
_LISTS = frozenset({"sources", "siblings"})
_SINGLES = frozenset({"entry", "stem", "build", "heap"})
_MIB = 1 << 20


class BadRegistry(ValueError):  # noqa: N818
    """The table does not say what it must; the message tells where."""


class Naming(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A source that matches is called `file`; ``{1}`` is the pattern's first group, its dots made slashes."""

    match: str
    file: str


class LanguageEntry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """How one language is recognised and run.

    file: what a source without a name is called, unless one of `names` fits.
    suffixes: of file names, lower case. shebangs: interpreters, without version.
    content: patterns, any of which makes a source look like this language.
    supersedes: languages that a source of this one looks like as well.
    """

    image: str
    file: str
    run: tuple[str, ...]
    names: tuple[Naming, ...] = ()
    suffixes: tuple[str, ...] = ()
    shebangs: tuple[str, ...] = ()
    content: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    compile: tuple[str, ...] = ()
    compile_environment: dict[str, str] = {}
    compile_limits: LimitsBody = LimitsBody()
    heap_percent: int = 75

    @property
    def compiled(self) -> bool:
        return bool(self.compile)

    @cached_property
    def looks(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern, re.MULTILINE) for pattern in self.content)

    @cached_property
    def namings(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        return tuple((re.compile(n.match, re.MULTILINE), n.file) for n in self.names)

    def file_name(self, text: str) -> str:
        """What to call a source that came without a name."""
        beginning = _beginning(text)
        for pattern, name in self.namings:
            if found := pattern.search(beginning):
                return name.format("", *(group.replace(".", "/") for group in found.groups()))
        return self.file

    def limits_of_compiling(self, defaults: Limits) -> Limits:
        """The compiler's limits: the table's, and for what it leaves out `defaults`."""
        return grant(self.compile_limits, defaults)


def run_command(
    language: LanguageEntry, *, entry: str, files: Sequence[str] = (), build: str, memory_bytes: int
) -> tuple[str, ...]:
    """The command that runs the program `entry`, of which `files` are all files; its arguments go after it."""
    return _expand(language, language.run, entry, files, (build, memory_bytes))


def compile_command(
    language: LanguageEntry, *, entry: str, files: Sequence[str] = (), build: str, memory_bytes: int
) -> tuple[str, ...]:
    """The command that compiles `files` into the folder `build`; empty for a language that is not compiled."""
    return _expand(language, language.compile, entry, files, (build, memory_bytes))


def detect(name: str | None, text: str) -> str | None:
    """The language of a source by its file name, else its first line, else its text; None if that is not one."""
    table = _table()
    suffix = PurePosixPath(name or "").suffix.lower()
    for language, entry in table.items():
        if suffix in entry.suffixes:
            return language
    beginning = _beginning(text)
    if beginning.startswith("#!"):
        interpreter = interpreter_of(beginning.partition("\n")[0])
        for language, entry in table.items():
            if interpreter in entry.shebangs:
                return language
    alike = {k for k, e in table.items() if any(p.search(beginning) for p in e.looks)}
    for language in tuple(alike):
        alike.difference_update(table[language].supersedes)
    return alike.pop() if len(alike) == 1 else None


def interpreter_of(line: str) -> str:
    """The interpreter that a line with ``#!`` names, without folder and version; empty if none."""
    words = line.removeprefix("#!").split()
    if words and PurePosixPath(words[0]).name == "env":
        # Options of env and variables that it sets, as in `env -S -i A=1 python3 -u`.
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    return PurePosixPath(words[0]).name.rstrip("0123456789.") if words else ""


def load(text: str) -> dict[str, LanguageEntry]:
    """The registry from the text of its table. `BadRegistry` says what is wrong with it."""
    try:
        table = msgspec.convert(tomllib.loads(text), dict[str, LanguageEntry])
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadRegistry(f"languages.toml: {error}") from error
    taken: dict[str, str] = {}
    for name, entry in table.items():
        for problem in _problems(name, entry, table):
            raise BadRegistry(f"languages.toml: {name}: {problem}")
        for mark in (*entry.suffixes, *entry.shebangs):
            if (other := taken.setdefault(mark, name)) != name:
                raise BadRegistry(f"languages.toml: {mark} means {other} and {name}")
    return table


def _problems(name: str, entry: LanguageEntry, table: Mapping[str, Any]) -> Iterator[str]:
    if not re.search(LANGUAGE, name):
        yield "is no name for a language"
    if not re.search(IMAGE, entry.image):
        yield f"{entry.image} is no name for an image"
    if not entry.run:
        yield "run is empty"
    if not 0 < entry.heap_percent <= 100:
        yield "heap_percent must be from 1 to 100"
    for other in entry.supersedes:
        if other not in table or other == name:
            yield f"supersedes {other}, which is no other language"
    for suffix in entry.suffixes:
        if suffix != suffix.lower() or PurePosixPath(f"a{suffix}").suffix != suffix:
            yield f"{suffix!r} is no suffix in lower case"
    yield from _wrong_patterns(entry)
    yield from _wrong_words("compile", entry.compile, _SINGLES | _LISTS)
    yield from _wrong_words("run", entry.run, _SINGLES if entry.compile else _SINGLES | _LISTS)


def _wrong_patterns(entry: LanguageEntry) -> Iterator[str]:
    for pattern in entry.content:
        try:
            re.compile(pattern)
        except re.error as error:
            yield f"{pattern!r} is no regular expression: {error}"
    for naming in entry.names:
        try:
            naming.file.format(*"_" * (re.compile(naming.match).groups + 1))
        except re.error as error:
            yield f"{naming.match!r} is no regular expression: {error}"
        except (IndexError, KeyError, ValueError) as error:
            yield f"{naming.file!r} does not fit the groups of its pattern: {error!r}"


def _wrong_words(field: str, command: Sequence[str], known: frozenset[str]) -> Iterator[str]:
    for word in command:
        try:
            fields = [name for _, name, _, _ in Formatter().parse(word) if name is not None]
        except ValueError as error:
            yield f"{field}: {word!r}: {error}"
            continue
        for name in fields:
            if name not in known:
                yield f"{field}: {word!r} has the unknown placeholder {{{name}}}"
            elif name in _LISTS and word != f"{{{name}}}":
                yield f"{field}: {{{name}}} must be an argument of its own"


def _expand(
    language: LanguageEntry,
    command: Sequence[str],
    entry: str,
    names: Sequence[str],
    place: tuple[str, int],
) -> tuple[str, ...]:
    build, memory_bytes = place
    sources = [n for n in names if PurePosixPath(n).suffix.lower() in language.suffixes]
    if entry not in sources:
        sources.insert(0, entry)
    folder = PurePosixPath(entry).parent
    lists = {
        "{sources}": sources,
        "{siblings}": [n for n in sources if PurePosixPath(n).parent == folder],
    }
    singles = {
        "entry": _safe(entry),
        "stem": _safe(str(PurePosixPath(entry).with_suffix(""))),
        "build": build,
        "heap": str(max(1, memory_bytes * language.heap_percent // 100 // _MIB)),
    }
    words: list[str] = []
    for word in command:
        if word in lists:
            words += map(_safe, lists[word])
        else:
            words.append(word.format(**singles))
    return tuple(words)


def _beginning(text: str) -> str:
    lines = text[:LOOKED_AT].removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").splitlines()
    return "\n".join(line[:LINE_LOOKED_AT] for line in lines)


def _safe(name: str) -> str:
    """A path that no program takes for an option or a list of arguments."""
    return f"./{name}" if name.startswith(("-", "@", "+")) else name


@lru_cache(maxsize=1)
def _table() -> Mapping[str, LanguageEntry]:
    text = files("cloche_schemas").joinpath("languages.toml").read_text(encoding="utf-8")
    return MappingProxyType(load(text))


#: The registry, by name.
LANGUAGES: Mapping[str, LanguageEntry] = _table()
#: The images that its languages run in.
IMAGES: tuple[str, ...] = tuple(sorted({entry.image for entry in LANGUAGES.values()}))
