"""The program of `cloche run` as it is on disk: one source, files beside it, a folder, bytes that are no text."""

import io
import sys
from pathlib import Path

import pytest
from cloche.commands.program import MOST_FILES, name_of, read_program
from cloche.commands.quantities import BadWord
from cloche_schemas.commands import FileBody, SubmitEvaluation


def laid_out(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def given(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def names(submission: SubmitEvaluation) -> list[str]:
    return [file.name for file in submission.files]


def test_a_source_is_code_with_its_name(tmp_path: Path) -> None:
    laid_out(tmp_path, {"ä b.py": "print('ä')\r\n".encode()})
    submission = read_program(str(tmp_path / "ä b.py"), [], None)
    assert submission == SubmitEvaluation(code="print('ä')\r\n", name="ä b.py")


def test_standard_input_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, b"x")
    assert read_program("-", [], None) == SubmitEvaluation(code="x")


def test_what_is_no_text_goes_as_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    latin = b"# coding: latin-1\nprint('\xe4')\n"
    laid_out(tmp_path, {"a.py": latin})
    main = FileBody(name="a.py", data=latin)
    assert read_program(str(tmp_path / "a.py"), [], None) == SubmitEvaluation(
        name="a.py", files=(main,)
    )
    given(monkeypatch, b"\xff")
    assert read_program("-", [], None).files == (FileBody(name="program", data=b"\xff"),)


def test_files_keep_their_place_beside_the_program(tmp_path: Path) -> None:
    folder = laid_out(
        tmp_path / "p", {"main.c": b"1", "lib/a.h": b"2", "lib/deep/b.h": b"3", "data": b"\xff"}
    )
    elsewhere = laid_out(tmp_path / "q", {"c.h": b"4"})
    asked = [folder / "lib", folder / "data", elsewhere / "c.h", folder / "../q/c.h"]
    submission = read_program(str(folder / "main.c"), asked, None)
    assert (submission.code, submission.name) == ("1", "main.c")
    # Whether a name may come twice is for the server to say.
    assert names(submission) == ["lib/a.h", "lib/deep/b.h", "data", "c.h", "c.h"]
    assert submission.files[2].data == b"\xff"


def test_files_beside_standard_input_are_named_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    laid_out(tmp_path, {"lib/a.py": b"1"})
    monkeypatch.chdir(tmp_path)
    given(monkeypatch, b"import lib.a")
    assert names(read_program("-", [Path("lib/a.py")], None)) == ["lib/a.py"]


def test_a_folder_is_all_its_files_but_hidden_ones_and_links(tmp_path: Path) -> None:
    folder = laid_out(
        tmp_path / "p",
        {
            "Main.java": b"1",
            "main.txt": b"no source",
            "pkg/A.java": b"2",
            ".git/config": b"x",
            ".env": b"SECRET=1",
            "__pycache__/a.pyc": b"x",
            "node_modules/x/index.js": b"x",
        },
    )
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "around").symlink_to(folder)
    submission = read_program(str(folder), [], None)
    assert names(submission) == ["Main.java", "main.txt", "pkg/A.java"]
    assert (submission.code, submission.name) == ("", "Main.java")


def test_which_file_of_a_folder_runs_is_said_or_plain(tmp_path: Path) -> None:
    alone = laid_out(tmp_path / "a", {"tool": b"#!/bin/sh"})
    assert read_program(str(alone), [], None).name == "tool"
    two = laid_out(tmp_path / "b", {"a.py": b"1", "lib/b.py": b"2"})
    assert read_program(str(two), [], "lib/b.py").name == "lib/b.py"
    with pytest.raises(BadWord, match="--entry"):
        read_program(str(two), [], None)
    with pytest.raises(BadWord, match=r"no file c\.py"):
        read_program(str(two), [], "c.py")
    mains = laid_out(tmp_path / "c", {"main.c": b"1", "main.py": b"2"})
    with pytest.raises(BadWord, match=r"main\.c or main\.py"):
        read_program(str(mains), [], None)


def test_what_makes_no_program_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadWord, match="has no files"):
        read_program(str(tmp_path / "empty"), [], None)
    many = laid_out(tmp_path / "many", {f"f{n}": b"" for n in range(MOST_FILES + 1)})
    with pytest.raises(BadWord, match="more than"):
        read_program(str(many), [], None)
    source = laid_out(tmp_path, {"a.py": b"1"}) / "a.py"
    with pytest.raises(BadWord, match="no folder"):
        read_program(str(source), [], "a.py")
    with pytest.raises(BadWord, match="unknown option"):
        read_program("--fast", [], None)
    with pytest.raises(FileNotFoundError):
        read_program(str(source), [tmp_path / "missing"], None)


def test_only_a_name_that_the_api_takes_is_given() -> None:
    assert name_of("a/b.py") == "b.py"
    assert name_of("ä.py") == "ä.py"
    assert name_of("a\nb") is None
    assert name_of("x" * 256) is None
