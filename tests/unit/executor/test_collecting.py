"""What comes back from a sandbox: listed, checked, capped."""

import hashlib
import io
import tarfile

import pytest
from cloche_executor.collecting import MOST_SKIPPED, UNSEEN, Artifacts, Products, tar_bytes
from cloche_schemas.values import Artifact, Limits, SkippedArtifact

CUT = SkippedArtifact(name=UNSEEN, reason="incomplete")


def tar_of(*members: tuple[str, bytes | str | None], mode: int = 0o644) -> bytes:
    """Files with bytes, links with text, folders with None."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.mode = mode
            if content is None:
                member.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                member.type, member.linkname = tarfile.SYMTYPE, content
            else:
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content) if isinstance(content, bytes) else None)
    return buffer.getvalue()


class Taken:
    """Artifacts fed in pieces, and the bytes that were written."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.written = b""
        self.artifacts = Artifacts(limits or Limits(), self.write)

    async def write(self, data: bytes) -> None:
        self.written += data

    async def feed(self, data: bytes, piece: int = 700) -> None:
        for at in range(0, len(data), piece):
            await self.artifacts.take(data[at : at + piece])


async def test_files_are_written_one_after_another_and_listed() -> None:
    taken = Taken()
    await taken.feed(
        tar_of((".", None), ("./b", b"one"), ("./d", None), ("./d/é", b""), ("./c", b"2" * 2000))
    )
    files, skipped = taken.artifacts.result()
    assert [(file.name, file.size, file.offset) for file in files] == [
        ("b", 3, 0),
        ("d/é", 0, 3),
        ("c", 2000, 3),
    ]
    assert files[0].sha256 == hashlib.sha256(b"one").hexdigest()
    assert files[2].sha256 == hashlib.sha256(b"2" * 2000).hexdigest()
    assert taken.written == b"one" + b"2" * 2000
    assert skipped == ()


async def test_links_bad_names_and_what_is_too_much_are_skipped_and_said() -> None:
    taken = Taken(Limits(artifact_files=2, artifact_bytes=10))
    await taken.feed(
        tar_of(
            ("./link", "/etc/passwd"),
            ("../out", b"x"),
            ("/abs", b"x"),
            ("./a\nb", b"x"),
            ("./one", b"12345"),
            ("./big", b"123456"),
            ("./two", b"12345"),
            ("./three", b""),
        )
    )
    files, skipped = taken.artifacts.result()
    assert [file.name for file in files] == ["one", "two"]
    assert [(one.name, one.reason) for one in skipped] == [
        ("link", "link"),
        ("../out", "bad_name"),
        ("/abs", "bad_name"),
        ("a\nb", "bad_name"),
        ("big", "too_large"),
        ("three", "too_many"),
    ]
    assert taken.written == b"1234512345"


async def test_more_than_a_list_of_skipped_names_is_counted() -> None:
    taken = Taken(Limits(artifact_files=0))
    await taken.feed(tar_of(*((f"./{n}", b"") for n in range(MOST_SKIPPED + 7))))
    _, skipped = taken.artifacts.result()
    assert len(skipped) == MOST_SKIPPED + 1
    assert skipped[-1] == SkippedArtifact(name="7 more", reason="too_many")


async def test_a_file_that_is_cut_is_none() -> None:
    taken = Taken()
    await taken.feed(tar_of(("./a", b"1"), ("./b", b"2" * 600))[:2000])
    files, skipped = taken.artifacts.result()
    assert [file.name for file in files] == ["a"]
    assert skipped == (SkippedArtifact(name="b", reason="incomplete"), CUT)


async def test_what_a_large_file_hides_is_said_to_be_unseen() -> None:
    taken = Taken(Limits(artifact_bytes=100))
    whole = tar_of(("./a", b"1"), ("./large", b"2" * 6000), ("./b", b"3"))
    await taken.feed(whole[:4000])
    files, skipped = taken.artifacts.result()
    assert [file.name for file in files] == ["a"]
    assert skipped == (SkippedArtifact(name="large", reason="too_large"), CUT)


async def test_where_nothing_was_collected_nothing_is_missing() -> None:
    assert Taken().artifacts.result() == ((), ())


async def test_damage_ends_the_list_and_nothing_else() -> None:
    taken = Taken()
    whole = tar_of(("./a", b"1"))[:1024]
    await taken.feed(whole + b"garbage" * 100)
    await taken.feed(whole)
    assert taken.artifacts.result() == (
        (Artifact(name="a", size=1, sha256=hashlib.sha256(b"1").hexdigest(), offset=0),),
        (CUT,),
    )


async def test_a_name_that_is_no_text_is_skipped_in_words_that_are() -> None:
    taken = Taken()
    data = tar_of(("./x", b"1"))
    await taken.feed(data.replace(b"./x", b"./\xff"))
    # The sum over the header is no longer right, so nothing of it is believed.
    assert taken.artifacts.result() == ((), (CUT,))
    taken = Taken()
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, encoding="latin-1"
    ) as archive:
        archive.addfile(tarfile.TarInfo("./\xff"))
    await taken.feed(buffer.getvalue())
    _, skipped = taken.artifacts.result()
    assert [one.reason for one in skipped] == ["bad_name"]


async def test_products_come_as_files_of_the_build_folder() -> None:
    products = Products(1 << 20)
    await products.take(
        tar_of((".", None), ("./program", b"\x7fELF"), ("./l", "program"), mode=0o755)
    )
    (file,) = products.files()
    assert (file.name, file.content, file.executable, file.folder) == (
        "program",
        b"\x7fELF",
        True,
        "build",
    )


@pytest.mark.parametrize("data", [b"no tar" * 200, tar_of(("./x", b"1" * 5000))])
async def test_products_that_are_damaged_or_too_large_are_none(data: bytes) -> None:
    products = Products(4000)
    await products.take(data)
    await products.take(data)
    assert products.files() == ()
    assert products.flaw


def test_enough_of_a_tar_is_read_for_what_is_wanted() -> None:
    files = {f"./{'n' * 200}{n}": b"x" * 1000 for n in range(100)}
    assert len(tar_of(*files.items())) < tar_bytes(100, 100_000)
