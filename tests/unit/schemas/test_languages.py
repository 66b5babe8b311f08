"""The registry of languages: what it recognises, the commands it gives, and the mistakes it refuses."""

import time
from dataclasses import dataclass
from functools import partial

import pytest
from cloche_schemas import languages
from cloche_schemas.languages import (
    IMAGES,
    LANGUAGES,
    BadRegistry,
    LanguageEntry,
    compile_command,
    detect,
    interpreter_of,
    load,
    run_command,
)
from cloche_schemas.values import Limits
from support.snippets import AMBIGUOUS, SNIPPETS

MIB = 1 << 20
running = partial(run_command, build="/tmp/build", memory_bytes=256 * MIB)
compiling = partial(compile_command, build="/tmp/build", memory_bytes=256 * MIB)


def test_there_are_the_ten_languages_and_each_has_an_image() -> None:
    assert set(LANGUAGES) == {
        "python", "javascript", "typescript", "bash", "c", "c++", "go", "rust", "java", "ruby",
    }  # fmt: skip
    assert {entry.image for entry in LANGUAGES.values()} == set(IMAGES)
    assert {name for name, entry in LANGUAGES.items() if entry.compiled} == {
        "typescript", "c", "c++", "go", "rust", "java",
    }  # fmt: skip


@pytest.mark.parametrize(("language", "entry"), LANGUAGES.items())
def test_a_language_is_recognised_by_its_own_file_name(language: str, entry: LanguageEntry) -> None:
    assert detect(entry.file, "") == language
    for suffix in entry.suffixes:
        assert detect(f"some/where/x{suffix.upper()}", "#!/bin/false") == language


@pytest.mark.parametrize(("language", "source"), SNIPPETS)
def test_a_source_is_recognised_by_its_text(language: str, source: str) -> None:
    assert detect(None, source) == language
    assert detect("source.txt", source.replace("\n", "\r\n")) == language


@pytest.mark.parametrize("source", AMBIGUOUS)
def test_what_could_be_several_languages_or_none_is_none(source: str) -> None:
    assert detect(None, source) is None


@pytest.mark.parametrize(
    ("line", "interpreter", "language"),
    [
        ("#!/usr/bin/python3", "python", "python"),
        ("#!/usr/bin/env python3.11", "python", "python"),
        ("#!/usr/bin/env -S python3 -u", "python", "python"),
        ("#!/usr/bin/env -i LANG=C python3", "python", "python"),
        ("#! /bin/sh -eu", "sh", "bash"),
        ("#!/bin/bash\r", "bash", "bash"),
        ("#!/usr/bin/env node", "node", "javascript"),
        ("#!/usr/bin/env -S ts-node --esm", "ts-node", "typescript"),
        ("#!/usr/bin/ruby3.1", "ruby", "ruby"),
        ("#!/usr/bin/perl", "perl", None),
        ("#!", "", None),
        ("#!/usr/bin/env", "", None),
        ("#!/usr/bin/env -S", "", None),
    ],
)
def test_the_first_line_names_the_interpreter(
    line: str, interpreter: str, language: str | None
) -> None:
    assert interpreter_of(line) == interpreter
    assert detect(None, line) == language
    assert detect("script", f"\ufeff{line}\n") == language


def test_the_name_wins_over_the_first_line_and_that_over_the_text() -> None:
    assert detect("x.rb", "#!/usr/bin/env python3\nconsole.log(1)") == "ruby"
    assert detect("x", "#!/usr/bin/env python3\nconsole.log(1)") == "python"
    assert detect("x.unknown", "console.log(1)") == "javascript"
    assert detect("x", "#!/usr/bin/awk\nconsole.log(1)") == "javascript"


def test_no_source_takes_long_to_look_at() -> None:
    starts = [
        "import ",
        "function ",
        "type x",
        "from ",
        "(",
        "=(",
        "def ",
        "{ |",
        "package a;",
        "a" * 9,
        "interface a{",
    ]
    fillings = [" ", "a", "a ", "\n", " \t(", "="]
    hostile = [(start + filling * languages.LOOKED_AT) for start in starts for filling in fillings]
    hostile += [start * languages.LOOKED_AT for start in starts]
    for source in hostile:
        begun = time.process_time()
        detect(None, source)
        for entry in LANGUAGES.values():
            entry.file_name(source)
        # With lines of any length, the worst of them take seconds.
        assert time.process_time() - begun < 0.5, source[:20]


@pytest.mark.parametrize(
    ("language", "source", "name"),
    [
        ("python", "print(1)", "main.py"),
        ("javascript", "console.log(1)", "main.js"),
        ("javascript", "import fs from 'fs'\nconsole.log(fs)", "main.mjs"),
        ("javascript", "export const a = 1", "main.mjs"),
        ("javascript", "const x = import('fs')", "main.js"),
        ("java", "class Main { }", "Main.java"),
        ("java", "/* public class No */\npublic final class Solution {}", "Solution.java"),
        ("java", "package a.b.c;\n\nimport x.y;\n\npublic class Deep {}", "a/b/c/Deep.java"),
        ("java", "package a.b.c;\nclass Hidden {}", "Main.java"),
    ],
)
def test_a_source_without_a_name_gets_one_that_its_tools_take(
    language: str, source: str, name: str
) -> None:
    assert LANGUAGES[language].file_name(source) == name


def test_commands_get_their_files_and_folders() -> None:
    files = ["main.c", "lib/more.c", "data.txt", "more.h"]
    c = LANGUAGES["c"]
    words = compiling(c, entry="main.c", files=files)
    assert words[0] == "gcc"
    assert "/tmp/build/program" in words
    assert [word for word in words if word.endswith(".c")] == ["main.c", "lib/more.c"]
    assert "data.txt" not in words
    assert running(c, entry="main.c", files=files) == ("/tmp/build/program",)


def test_go_compiles_the_files_of_one_folder_only() -> None:
    files = ["cmd/main.go", "cmd/more.go", "lib/lib.go"]
    words = compiling(LANGUAGES["go"], entry="cmd/main.go", files=files)
    assert [word for word in words if word.endswith(".go")] == ["cmd/main.go", "cmd/more.go"]


def test_what_was_compiled_is_run_by_its_stem_with_a_share_of_the_memory() -> None:
    words = running(LANGUAGES["java"], entry="a/b/Main.java")
    assert words[-3:] == ("-cp", "/tmp/build", "a/b/Main")
    assert f"-Xmx{256 * 65 // 100}m" in words
    words = running(LANGUAGES["typescript"], entry="src/main.ts")
    assert words[-1] == "/tmp/build/src/main.js"


def test_interpreted_languages_have_nothing_to_compile() -> None:
    assert compiling(LANGUAGES["python"], entry="main.py") == ()
    assert running(LANGUAGES["python"], entry="main.py") == ("python3", "main.py")


@pytest.mark.parametrize("name", ["-c.py", "@list.py", "+x.py"])
def test_a_file_is_never_taken_for_an_option(name: str) -> None:
    assert running(LANGUAGES["python"], entry=name)[-1] == f"./{name}"


def test_an_entry_of_another_suffix_is_compiled_all_the_same() -> None:
    words = compiling(LANGUAGES["c"], entry="program.txt", files=["program.txt"])
    assert "program.txt" in words


def test_compiling_has_limits_of_its_own_and_else_the_defaults() -> None:
    within = LANGUAGES["go"].limits_of_compiling(Limits())
    assert within.scratch_bytes == 256 * MIB
    assert within.memory_bytes > Limits().memory_bytes
    assert within.open_files == Limits().open_files


@dataclass
class Mistake:
    table: str
    said: str


GOOD = '[x]\nimage = "x"\nfile = "main.x"\nrun = ["x", "{entry}"]\n'
MISTAKES = [
    Mistake("[x", "languages.toml"),
    Mistake('[x]\nimage = "x"\nfile = "x"\n', "missing required field `run`"),
    Mistake(GOOD + "speed = 3\n", "unknown field `speed`"),
    Mistake(GOOD + "compile_limits = { memory = 3 }\n", "unknown field `memory`"),
    Mistake(GOOD + "compile_limits = { pids = 0 }\n", "pids"),
    Mistake(GOOD + 'compile = ["cc", "{program}"]\n', "unknown placeholder {program}"),
    Mistake(
        GOOD + 'compile = ["cc", "-x={sources}"]\n', "{sources} must be an argument of its own"
    ),
    Mistake(GOOD + 'compile = ["cc", "{"]\n', "compile: '{'"),
    Mistake(GOOD.replace("{entry}", "{sources}") + 'compile = ["cc"]\n', "placeholder {sources}"),
    Mistake(GOOD + 'content = ["("]\n', "no regular expression"),
    Mistake(GOOD + 'names = [{ match = "(", file = "x" }]\n', "no regular expression"),
    Mistake(GOOD + 'names = [{ match = "(a)", file = "{2}.x" }]\n', "does not fit the groups"),
    Mistake(GOOD + 'suffixes = ["x"]\n', "no suffix"),
    Mistake(GOOD + 'suffixes = [".X"]\n', "no suffix"),
    Mistake(GOOD + 'supersedes = ["y"]\n', "no other language"),
    Mistake(GOOD + "heap_percent = 0\n", "heap_percent"),
    Mistake(GOOD.replace('image = "x"', 'image = "X:1"'), "no name for an image"),
    Mistake(GOOD.replace("[x]", '["X y"]'), "no name for a language"),
    Mistake(GOOD.replace('"x", "{entry}"', ""), "run is empty"),
    Mistake(
        GOOD + 'suffixes = [".x"]\n' + GOOD.replace("[x]", "[y]") + 'suffixes = [".x"]\n',
        ".x means x and y",
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.said)
def test_a_table_with_a_mistake_is_refused_with_its_place(mistake: Mistake) -> None:
    assert load(GOOD)["x"].run == ("x", "{entry}")
    with pytest.raises(BadRegistry) as refused:
        load(mistake.table)
    assert mistake.said in str(refused.value)
    assert str(refused.value).startswith("languages.toml")
