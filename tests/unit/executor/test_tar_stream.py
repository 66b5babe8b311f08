"""A tar from a sandbox, read as it comes: what tar programs write, and what no tar program would."""

import io
import tarfile

import pytest
from cloche_executor.tar_stream import Damaged, Member, TarReader
from hypothesis import given
from hypothesis import strategies as st

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=120)
FORMATS = [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT]


def packed(files: dict[str, bytes], format_: int = tarfile.GNU_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format_) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def one(kind: bytes, **fields: object) -> bytes:
    member = tarfile.TarInfo("odd")
    member.type = kind
    for name, value in fields.items():
        setattr(member, name, value)
    return member.tobuf(tarfile.GNU_FORMAT)


def read(data: bytes, piece: int = 100) -> dict[str, bytes]:
    """Every file, fed in pieces."""
    reader, files, current = TarReader(), dict[str, bytes](), ""
    for at in range(0, len(data), piece):
        for item in reader.feed(data[at : at + piece]):
            if isinstance(item, Member):
                current = item.name
                files[current] = b""
            else:
                files[current] += item
    assert not reader.within
    return files


@given(st.dictionaries(NAMES, st.binary(max_size=1500), max_size=5), st.integers(1, 2000))
def test_files_come_out_as_they_went_in_however_the_bytes_are_cut(
    files: dict[str, bytes], piece: int
) -> None:
    for format_ in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        assert read(packed(files, format_), piece) == files


def test_names_beyond_a_header_come_whole() -> None:
    name = "/".join(["d" * 100] * 8)
    for format_ in FORMATS[:2]:
        assert list(read(packed({name: b"x", "short": b"y"}, format_))) == [name, "short"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (tarfile.SYMTYPE, "link"),
        (tarfile.LNKTYPE, "link"),
        (tarfile.DIRTYPE, "folder"),
        (tarfile.FIFOTYPE, "special"),
        (tarfile.CHRTYPE, "special"),
    ],
)
def test_what_is_no_file_is_told_and_has_no_content(kind: bytes, expected: str) -> None:
    (member,) = TarReader().feed(one(kind, linkname="/etc/passwd"))
    assert isinstance(member, Member)
    assert (member.kind, member.size) == (expected, 0)


def test_the_mark_of_an_executable_file_is_kept() -> None:
    (member,) = TarReader().feed(one(tarfile.REGTYPE, mode=0o755))
    assert isinstance(member, Member)
    assert member.executable


def test_nothing_is_read_behind_the_end() -> None:
    reader = TarReader()
    reader.feed(packed({"a": b"1"}))
    assert reader.ended
    assert reader.feed(packed({"b": b"2"})) == []


@pytest.mark.parametrize(
    "data",
    [
        b"x" * 512,
        one(tarfile.GNUTYPE_LONGNAME, size=1 << 30),
        one(tarfile.XHDTYPE, size=0),
        one(b"S", size=100),
        one(tarfile.XHDTYPE, size=9) + b"99 path=x".ljust(512, b"\0"),
        one(tarfile.XHDTYPE, size=20) + b"20 size=99999999999\n".ljust(512, b"\0"),
        # Python takes no number of so many digits.
        one(tarfile.XHDTYPE, size=5008) + (b"9" * 5000 + b" path=x\n").ljust(5120, b"\0"),
    ],
)
def test_what_no_tar_program_writes_is_damage(data: bytes) -> None:
    with pytest.raises(Damaged):
        TarReader().feed(data)


def test_an_end_in_the_middle_is_seen() -> None:
    reader = TarReader()
    reader.feed(packed({"a": b"1" * 600})[:1000])
    assert reader.within
