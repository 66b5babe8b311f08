"""Files that somebody hostile may submit: refused with the place and the reason, before anything is on the log."""

import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import AsyncIterator

import msgspec
import pytest
from cloche_gateway.problems import KINDS, ClientError
from cloche_gateway.programs import MAGIC
from cloche_gateway.submission import prepared
from cloche_schemas import paths
from cloche_schemas.commands import SubmitEvaluation
from hypothesis import given
from hypothesis import strategies as st
from support.gateway import HELLO, Stage, assert_problem, settings_with, stage_with
from support.hostile import entry
from support.submitting import PATH, Body, accepted, coded, files, refused


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with stage_with() as stage:
        yield stage


UNFIT = {
    "empty": "",
    "up": "../x",
    "up in the middle": "a/../../x",
    "up at the end": "a/..",
    "here": ".",
    "here in the middle": "a/./b",
    "absolute": "/etc/passwd",
    "two slashes": "a//b",
    "a folder": "a/",
    "backslash": "a\\b",
    "up for Windows": "..\\x",
    "NUL": "a\0.py",
    "newline": "a\nb",
    "escape": "a\x1b[2J",
    "delete": "a\x7f",
    "C1 control": "a\x9bb",
    "right to left": "a\u202egnp.py",
    "line separator": "a\u2028b",
    "4 KiB": "x" * 4096,
    "4 KiB of parts": "/".join(["x" * 100] * 40),
    "1,025 bytes": "/".join(["x" * 204] * 5) + "x",
    "a part of 256 bytes": "a/" + "x" * 256,
    "a part of 256 bytes in UTF-8": "ä" * 128,
    "17 parts": "/".join("x" * 17),
}


@entry(42)
@pytest.mark.parametrize("name", UNFIT.values(), ids=UNFIT)
async def test_a_file_name_that_leads_or_reads_elsewhere_is_refused(
    stage: Stage, name: str
) -> None:
    await refused(stage, files("main.py", name), "invalid_file_name", "/files/1/name")
    if len(name) > 1024:
        # Even the schema knows that.
        await refused(stage, HELLO | {"name": name}, "invalid_body", "/name")
    else:
        await refused(stage, HELLO | {"name": name}, "invalid_file_name", "/name")


@pytest.mark.parametrize(
    "name",
    [
        "a.py",
        ".hidden",
        "-x.py",
        "a b.py",
        "ä/ö.py",
        "日本.py",
        "...",
        "~/a",
        "$(id).py",
        "a;b.py",
        "x" * 255,
        "/".join("x" * 16),
    ],
)
async def test_a_plain_relative_name_is_taken_whatever_a_shell_would_make_of_it(
    stage: Stage, name: str
) -> None:
    event = await accepted(stage, files(name))
    assert event.spec is not None
    assert (event.spec.name, event.spec.files[0].name) == (name, name)


@entry(42)
@pytest.mark.parametrize(
    "names",
    [
        ("a.py", "a.py"),
        ("a.py", "A.PY"),
        ("straße", "STRASSE"),
        ("\u00e4", "a\u0308"),
        ("\u00c4", "a\u0308"),
        ("lib/a.py", "LIB/A.py"),
    ],
)
async def test_two_names_for_one_file_are_refused(stage: Stage, names: tuple[str, str]) -> None:
    await refused(stage, files("main.py", *names), "invalid_file_name", "/files/2/name")
    body = {"code": "1", "name": names[0], **files(names[1])}
    await refused(stage, body, "invalid_file_name", "/files/0/name")


@pytest.mark.parametrize("names", [("a", "a/b"), ("a/b", "a"), ("a/b/c/d", "A/b")])
async def test_a_file_that_is_the_folder_of_another_is_refused(
    stage: Stage, names: tuple[str, str]
) -> None:
    place = 1 + names.index(max(names, key=len))
    await refused(stage, files("main.py", *names), "invalid_file_name", f"/files/{place}/name")


async def test_the_name_that_a_source_gets_without_one_is_no_other_files(stage: Stage) -> None:
    await refused(stage, HELLO | files("main.py"), "invalid_file_name", "/files/0/name")
    java = {"code": "public class A {}", "language": "java", **files("A.java")}
    await refused(stage, java, "invalid_file_name", "/files/0/name")
    long = {"code": f"public class {'A' * 300} {{}}", "language": "java"}
    await refused(stage, long, "invalid_file_name", "/code")


async def test_what_is_to_run_is_one_of_the_files(stage: Stage) -> None:
    await refused(stage, files("a.py") | {"name": "b.py"}, "invalid_file_name", "/name")
    await refused(stage, files("a.py") | {"name": "A.py"}, "invalid_file_name", "/name")
    event = await accepted(stage, files("a.py", "b.py") | {"name": "b.py"})
    assert event.spec is not None
    assert event.spec.name == "b.py"


@entry(42)
@pytest.mark.parametrize(
    "field",
    ["link", "symlink", "hardlink", "target", "mode", "type", "uid", "path", "linkname", "device"],
)
async def test_there_are_no_links_modes_or_devices(stage: Stage, field: str) -> None:
    body = {"files": [{"name": "a.py", "content": "1", field: "/etc/passwd"}]}
    await refused(stage, body, "invalid_body", f"/files/0/{field}")


@pytest.mark.parametrize(
    ("file", "pointer"),
    [
        ({"name": "a"}, "/files/0"),
        ({"name": "a", "content": "x", "data": "eA=="}, "/files/0"),
        ({"name": "a", "data": "%%%"}, "/files/0/data"),
        ({"name": "a", "data": "eA="}, "/files/0/data"),
        ({"name": "a", "data": "eA==\n"}, "/files/0/data"),
        ({"name": "a", "content": 1}, "/files/0/content"),
        ({"content": "x"}, "/files/0/name"),
        ({"name": None, "content": "x"}, "/files/0/name"),
    ],
)
async def test_a_file_has_one_content(stage: Stage, file: Body, pointer: str) -> None:
    await refused(stage, {"files": [file]}, "invalid_body", pointer)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/code"),
        ({"code": "", "files": []}, "/code"),
        (files(), "/code"),
        ({"files": [{"name": "a.py", "content": ""}]}, "/files/0/content"),
        ({"files": [{"name": "a.py", "data": ""}]}, "/files/0/data"),
    ],
)
async def test_there_is_something_to_run(stage: Stage, body: Body, pointer: str) -> None:
    await refused(stage, body, "invalid_body", pointer)


def zipped() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("__main__.py", "print(1)")
    return held.getvalue()


def tarred(mode: str) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=mode) as archive:  # type: ignore[call-overload]
        archive.addfile(tarfile.TarInfo("../x"), io.BytesIO())
    data: bytes = held.getvalue()
    return data


ARCHIVES = {
    "zip": zipped(),
    "zip bomb": zipped() * 2,
    "tar": tarred("w"),
    "tar.gz": tarred("w:gz"),
    "tar.bz2": tarred("w:bz2"),
    "tar.xz": tarred("w:xz"),
    "gzip": gzip.compress(b"print(1)"),
    "xz": lzma.compress(b"print(1)"),
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04",
    "ELF": b"\x7fELF\x02\x01\x01",
    "class": b"\xca\xfe\xba\xbe\x00\x00\x00\x41",
    **{what: b"\0" * at + mark for at, mark, what in MAGIC},
}


@entry(43)
@pytest.mark.parametrize("data", ARCHIVES.values(), ids=ARCHIVES)
@pytest.mark.parametrize("language", ["auto", "python"])
async def test_an_archive_is_not_unpacked_but_refused(
    stage: Stage, data: bytes, language: str
) -> None:
    body = {"files": [{"name": "main.py", "data": coded(data)}], "language": language}
    detail = await refused(stage, body, "not_source", "/files/0/data")
    assert "files" in detail


async def test_an_archive_beside_the_program_is_a_file_like_any_other(stage: Stage) -> None:
    body = HELLO | {"files": [{"name": "in.zip", "data": coded(zipped())}]}
    event = await accepted(stage, body)
    assert event.spec is not None
    assert event.spec.files[0].raw == zipped()


@pytest.mark.parametrize(
    "kind",
    ["application/zip", "application/x-tar", "application/gzip", "multipart/form-data; boundary=x"],
)
async def test_an_archive_as_the_body_is_refused_unread(stage: Stage, kind: str) -> None:
    answer = await stage.client.post(PATH, content=zipped(), headers={"Content-Type": kind})
    assert_problem(answer, 415, "unsupported_media_type", "/header/Content-Type")
    assert await stage.length() == 0


@entry(43)
async def test_a_million_entries_are_refused_by_their_number(stage: Stage) -> None:
    body = {"files": [{"name": f"f{n}", "content": ""} for n in range(1001)]}
    await refused(stage, body, "invalid_body", "/files")


SETTINGS = settings_with()
TEXT = st.text(max_size=20)
NAMES = st.one_of(
    TEXT, st.sampled_from(list(UNFIT.values())), st.sampled_from(["a", "A", "a/b", "main.py"])
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "code": TEXT,
            "language": st.sampled_from(["auto", "python", "c", "java", "none"]),
            "name": NAMES,
            "files": st.lists(
                st.fixed_dictionaries(
                    {"name": NAMES}, optional={"content": TEXT, "data": st.binary(max_size=9)}
                ),
                max_size=4,
            ),
            "env": st.dictionaries(TEXT, TEXT, max_size=2),
            "cases": st.lists(
                st.fixed_dictionaries({}, optional={"stdin": TEXT, "argv": st.lists(TEXT)}),
                min_size=1,
                max_size=3,
            ),
        },
    )
)
def test_whatever_is_submitted_is_fit_or_refused_with_a_known_problem(body: Body) -> None:
    try:
        spec = msgspec.convert(body, SubmitEvaluation).spec()
    except msgspec.ValidationError:
        return
    try:
        submitted = prepared(spec, SETTINGS).spec
    except ClientError as error:
        problem = error
    else:
        names = [file.name for file in submitted.files]
        assert [paths.flaw(name) for name in (*names, submitted.name or "main")] == [None] * (
            len(names) + 1
        )
        assert len({paths.key(name) for name in names}) == len(names)
        assert submitted.language != "auto"
        return
    assert KINDS[problem.slug].status == 422
    assert problem.errors
