"""What a thief of the store's credentials can do to an archive that the real service has made: each is found."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from cloche_kit.archive import index, lines
from cloche_kit.archive.findings import Report
from cloche_kit.archive.heads import SignedHead
from cloche_kit.archive.index import Page, decode_page
from cloche_kit.archive.segment import key_of, pack
from cloche_kit.archive.signing import Signer, Verifier, new_pair
from cloche_kit.archive.verify import verify
from msgspec.structs import replace
from support.archive import World
from support.recorded import address_of, story
from support.tampering import Stolen
from support.waiting import wait_until
from zstandard import compress

EVALUATIONS = 10
Tamper = Callable[[Stolen], Awaitable[object]]


async def made(key: Path) -> tuple[World, index.Manifest]:
    world = World()
    for number in range(EVALUATIONS):
        await world.append(address_of(number), *story(("stdout", b"%d" % number)))

    async def announced() -> bool:
        return all([await world.announced(address_of(number)) for number in range(EVALUATIONS)])

    async with world.storage(
        segment_bytes=1500, signing_key_file=key, sign_seconds=0.0, head_history_seconds=0.001
    ):
        await wait_until(announced)
        await wait_until(world.caught_up())
    manifest = await world.manifest()
    assert (manifest.pages, manifest.segments) > (2, 8)
    assert await world.archived() == await world.everything()
    return world, manifest


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stolen, Signer]]:
    key = tmp_path_factory.mktemp("keys") / "key"
    key.write_bytes(new_pair()[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "PAGE_SEGMENTS", 3)
        world, manifest = asyncio.run(made(key))
        yield Stolen(world.objects, manifest), Signer.read(key)


@pytest.fixture
def stolen(original: tuple[Stolen, Signer]) -> Stolen:
    return Stolen(original[0].objects, original[0].manifest)


@pytest.fixture
def trusted(original: tuple[Stolen, Signer]) -> Verifier:
    return original[1].verifier


@pytest.fixture
def anchor(original: tuple[Stolen, Signer]) -> SignedHead:
    signed = original[0].manifest.signed
    assert signed is not None
    return signed


async def report_on(
    stolen: Stolen, *, anchors: tuple[SignedHead, ...] = (), trusted: tuple[Verifier, ...] = ()
) -> Report:
    manifest = stolen.manifest
    return await verify(
        stolen.objects,
        stream=manifest.stream,
        epoch=manifest.epoch,
        anchors=anchors,
        trusted=trusted,
    )


def kinds(report: Report) -> set[str]:
    return {finding.kind for finding in report.findings}


async def test_untouched_it_is_sound(stolen: Stolen, anchor: SignedHead, trusted: Verifier) -> None:
    report = await report_on(stolen, anchors=(anchor,), trusted=(trusted,))
    manifest = stolen.manifest
    assert report.findings == []
    assert (report.segments, report.events) == (manifest.segments, manifest.archived)
    assert (report.stored_bytes, report.head) == (manifest.stored_bytes, manifest.head)
    # The last head was signed when storage stopped.
    assert (report.signed_by, report.signed_up_to) == (trusted.id, manifest.archived)


async def edit_a_line(stolen: Stolen) -> str:
    rows = stolen.rows(2)
    rows[1] = rows[1].replace(b'"time":"20', b'"time":"19')
    assert rows != stolen.rows(2)
    return await stolen.put(2, rows)


async def edit_a_line_and_the_index(stolen: Stolen) -> None:
    digest = await edit_a_line(stolen)
    refs = list(stolen.refs)
    refs[2] = replace(refs[2], digest=digest)
    await stolen.reindex(refs)


async def edit_the_last_line_and_the_index(stolen: Stolen) -> None:
    rows = stolen.rows(-1)
    rows[-1] = rows[-1].replace(b'"time":"20', b'"time":"19')
    digest = await stolen.put(-1, rows)
    await stolen.reindex(
        [*stolen.refs[:-1], replace(stolen.refs[-1], digest=digest)], head=stolen.manifest.head
    )


async def delete_a_line(stolen: Stolen) -> None:
    await stolen.put(2, stolen.rows(2)[:-1])


async def insert_a_line(stolen: Stolen) -> None:
    rows = stolen.rows(2)
    await stolen.put(2, [*rows, rows[-1]])


async def swap_two_lines(stolen: Stolen) -> None:
    rows = stolen.rows(2)
    await stolen.put(2, [rows[1], rows[0], *rows[2:]])


async def delete_a_segment(stolen: Stolen) -> None:
    await stolen.delete([4])


async def delete_a_segment_and_its_reference(stolen: Stolen) -> None:
    await stolen.delete([4])
    await stolen.reindex([*stolen.refs[:4], *stolen.refs[5:]])


async def delete_the_beginning(stolen: Stolen) -> None:
    await stolen.delete([0, 1])
    await stolen.reindex(stolen.refs[2:])


async def swap_two_segments(stolen: Stolen) -> None:
    data = stolen.data(stolen.key(3))
    await stolen.objects.put(stolen.key(3), stolen.data(stolen.key(4)))
    await stolen.objects.put(stolen.key(4), data)


async def swap_two_segments_and_the_index(stolen: Stolen) -> None:
    refs = list(stolen.refs)
    refs[3], refs[4] = refs[4], refs[3]
    await stolen.reindex(refs)


async def cut_a_segment_short(stolen: Stolen) -> None:
    data = stolen.data(stolen.key(5))
    await stolen.objects.put(stolen.key(5), data[: len(data) // 2])


async def take_a_header_away(stolen: Stolen) -> None:
    rows = stolen.rows(3)
    data_header, rest = rows[0], rows[1:]
    digest = await stolen.put(3, rest, header=data_header)
    refs = list(stolen.refs)
    refs[3] = replace(refs[3], digest=digest)
    await stolen.reindex(refs)


def inserted(stolen: Stolen, first: int, last: int) -> str:
    return key_of(stolen.manifest.stream, stolen.manifest.epoch, first, last)


async def insert_a_segment_with_another_line(stolen: Stolen) -> None:
    ref = stolen.refs[3]
    row = stolen.rows(3)[0].replace(b'"time":"20', b'"time":"19')
    data, _ = pack(stolen.header(3), [row])
    await stolen.objects.put(inserted(stolen, ref.first, ref.first), data)


async def insert_a_segment_beyond_the_end(stolen: Stolen) -> None:
    data, _ = pack(stolen.header(3), stolen.rows(3)[:1])
    end = stolen.manifest.archived
    await stolen.objects.put(inserted(stolen, end + 1, end + 1), data)


async def insert_what_is_no_segment(stolen: Stolen) -> None:
    await stolen.objects.put(inserted(stolen, 2, 5), b"garbage")


async def insert_a_segment_and_its_reference(stolen: Stolen) -> None:
    refs = [*stolen.refs[:4], stolen.refs[3], *stolen.refs[4:]]
    await stolen.reindex(refs)


async def put_an_older_manifest_back(stolen: Stolen) -> None:
    await stolen.reindex(stolen.refs[:-3])


async def put_an_older_manifest_back_and_leave_the_pages(stolen: Stolen) -> None:
    older = replace(
        stolen.manifest,
        pages=0,
        recent=tuple(stolen.refs[:2]),
        segments=2,
        events=stolen.refs[1].last,
        archived=stolen.refs[1].last,
        head=stolen.refs[1].digest,
        signed=None,
    )
    await stolen.put_manifest(older)


async def change_times_in_a_page(stolen: Stolen) -> None:
    page = decode_page(stolen.data(stolen.page(0)))
    first = replace(page.segments[0], begins=page.segments[0].ends)
    await stolen.put_page(Page(0, (first, *page.segments[1:])))


async def change_a_digest_in_a_page(stolen: Stolen) -> None:
    page = decode_page(stolen.data(stolen.page(0)))
    first = replace(page.segments[0], digest="ab" * 32)
    await stolen.put_page(Page(0, (first, *page.segments[1:])))


async def delete_a_page(stolen: Stolen) -> None:
    await stolen.objects.delete(stolen.page(1))


async def cut_a_page_short(stolen: Stolen) -> None:
    await stolen.objects.put(stolen.page(1), stolen.data(stolen.page(1))[:-7])


async def copy_a_page(stolen: Stolen) -> None:
    await stolen.objects.put(stolen.page(1), stolen.data(stolen.page(0)))


async def change_the_head(stolen: Stolen) -> None:
    await stolen.put_manifest(replace(stolen.manifest, head="ab" * 32, signed=None))


async def change_the_counts(stolen: Stolen) -> None:
    await stolen.put_manifest(replace(stolen.manifest, events=5))


async def cut_the_manifest_short(stolen: Stolen) -> None:
    key = stolen.manifest.key
    await stolen.objects.put(key, stolen.data(key)[:-7])


async def delete_the_manifest(stolen: Stolen) -> None:
    await stolen.objects.delete(stolen.manifest.key)


async def put_the_manifest_of_another_archive(stolen: Stolen) -> None:
    other = replace(stolen.manifest, epoch="abc")
    await stolen.objects.put(stolen.manifest.key, msgspec.json.encode(other))


async def empty_the_index(stolen: Stolen) -> None:
    await stolen.put_manifest(replace(stolen.manifest, recent=(), pages=0))


async def forge_what_is_left_of_a_line(stolen: Stolen) -> None:
    rows = stolen.rows(2)
    left = lines.forget(rows[0])
    await stolen.put(2, [left, *rows[1:]])
    # The chain is closed so far; now it is given other content to be read.
    text = b"\n".join((stolen.header(2), left[:-1] + b',"subject":"x"}', *rows[1:], b""))
    await stolen.objects.put(stolen.key(2), compress(text))


TAMPERED: list[tuple[Tamper, set[str]]] = [
    (edit_a_line, {"edited"}),
    (edit_a_line_and_the_index, {"broken-chain"}),
    (edit_the_last_line_and_the_index, {"index"}),
    (delete_a_line, {"lines", "edited"}),
    (insert_a_line, {"lines", "edited"}),
    (swap_two_lines, {"lines", "edited"}),
    (delete_a_segment, {"missing"}),
    (delete_a_segment_and_its_reference, {"gap", "broken-chain"}),
    (delete_the_beginning, {"gap", "broken-chain"}),
    (swap_two_segments, {"misplaced"}),
    (swap_two_segments_and_the_index, {"gap", "overlap", "broken-chain", "inserted"}),
    (cut_a_segment_short, {"corrupt"}),
    (take_a_header_away, {"unchained", "broken-chain"}),
    (insert_a_segment_with_another_line, {"inserted"}),
    (insert_a_segment_beyond_the_end, {"inserted"}),
    (insert_what_is_no_segment, {"inserted"}),
    (insert_a_segment_and_its_reference, {"overlap", "broken-chain"}),
    (put_an_older_manifest_back, {"rolled-back"}),
    (put_an_older_manifest_back_and_leave_the_pages, {"rolled-back"}),
    (change_times_in_a_page, {"index"}),
    (change_a_digest_in_a_page, {"index"}),
    (delete_a_page, {"missing"}),
    (cut_a_page_short, {"corrupt"}),
    (copy_a_page, {"misplaced"}),
    (change_the_head, {"index"}),
    (change_the_counts, {"counts"}),
    (cut_the_manifest_short, {"corrupt"}),
    (delete_the_manifest, {"missing"}),
    (put_the_manifest_of_another_archive, {"misplaced"}),
    (empty_the_index, {"index"}),
    (forge_what_is_left_of_a_line, {"corrupt"}),
]


@pytest.mark.parametrize(
    ("tamper", "found"), TAMPERED, ids=[tamper.__name__ for tamper, _ in TAMPERED]
)
async def test_it_is_found(stolen: Stolen, tamper: Tamper, found: set[str]) -> None:
    for key in [key for key in stolen.objects._objects if "/heads/" in key]:
        # A signed history finds some of it as well; here the chain has to.
        await stolen.objects.delete(key)
    await tamper(stolen)
    report = await report_on(stolen)
    harmless = {finding.kind for finding in report.findings if finding.harmless}
    assert kinds(report) - harmless == found, report.findings
    assert not report.sound
    assert all(finding.detail for finding in report.findings)


async def cut_off_the_end(stolen: Stolen) -> None:
    await stolen.delete([-1, -2, -3])
    await stolen.reindex(stolen.refs[:-3])


async def cut_off_and_write_another_end(stolen: Stolen) -> None:
    start = len(stolen.refs) - 3
    rows = stolen.rows(start)
    rows[0] = rows[0].replace(b'"time":"20', b'"time":"19')
    await stolen.reindex(await stolen.rechain(start, {start: rows}))


async def write_it_all_anew(stolen: Stolen) -> None:
    rows = stolen.rows(0)
    rows[0] = rows[0].replace(b'"time":"20', b'"time":"19')
    await stolen.reindex(await stolen.rechain(0, {0: rows}))


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (cut_off_the_end, "truncated"),
        (cut_off_and_write_another_end, "rewritten"),
        (write_it_all_anew, "rewritten"),
    ],
)
async def test_a_chain_that_was_made_anew_is_shown_by_a_head_that_was_kept(
    stolen: Stolen, anchor: SignedHead, trusted: Verifier, tamper: Tamper, found: str
) -> None:
    history = await report_on(stolen)
    assert history.sound
    await tamper(stolen)
    # The history in the store shows it as long as the thief leaves it there.
    assert kinds(await report_on(stolen)) == {found}
    for key in [key for key in stolen.objects._objects if "/heads/" in key]:
        await stolen.objects.delete(key)
    assert (await report_on(stolen)).findings == []
    assert kinds(await report_on(stolen, trusted=(trusted,))) == {"unsigned"}
    report = await report_on(stolen, anchors=(anchor,))
    assert [(one.kind, one.key) for one in report.findings] == [(found, "the head that was kept")]
    assert kinds(await report_on(stolen, anchors=(anchor,), trusted=(trusted,))) == {found}


async def test_of_the_newest_segment_alone_only_a_head_shows_that_it_was_named(
    stolen: Stolen, anchor: SignedHead
) -> None:
    # This is what a crash between the segment and the manifest looks like.
    await stolen.reindex(stolen.refs[:-1])
    for key in [key for key in stolen.objects._objects if "/heads/" in key]:
        await stolen.objects.delete(key)
    report = await report_on(stolen)
    assert (report.sound, kinds(report)) == (True, {"stray"})
    assert kinds(await report_on(stolen, anchors=(anchor,))) == {"stray", "truncated"}


async def test_a_signature_of_a_thief_s_own_key_is_not_trusted(
    stolen: Stolen, anchor: SignedHead, trusted: Verifier, tmp_path: Path
) -> None:
    (tmp_path / "key").write_bytes(new_pair()[0])
    thief = Signer.read(tmp_path / "key")
    await stolen.put_manifest(replace(stolen.manifest, signed=thief.sign(anchor.head)))
    assert "forged" in kinds(await report_on(stolen, trusted=(trusted,)))
    # Keys change: any of those that are trusted will do.
    report = await report_on(stolen, trusted=(thief.verifier, trusted))
    assert report.findings == []


async def test_a_head_of_another_archive_says_nothing_about_this_one(
    original: tuple[Stolen, Signer], stolen: Stolen, anchor: SignedHead
) -> None:
    other = original[1].sign(replace(anchor.head, epoch="abc"))
    assert kinds(await report_on(stolen, anchors=(other,))) == {"foreign"}


async def test_what_is_wrong_with_the_history_of_heads_is_found(stolen: Stolen) -> None:
    first, second, *_ = [key for key in sorted(stolen.objects._objects) if "/heads/" in key]
    await stolen.objects.put(second, stolen.data(first))
    await stolen.objects.put(first, b"{}")
    assert kinds(await report_on(stolen)) == {"misplaced", "corrupt"}


async def test_leftovers_of_a_crash_are_told_and_are_no_harm(stolen: Stolen) -> None:
    ref = stolen.refs[2]
    data, _ = pack(stolen.header(2), stolen.rows(2)[:1])
    await stolen.objects.put(inserted(stolen, ref.first, ref.first), data)
    page = Page(stolen.manifest.pages, stolen.manifest.recent)
    await stolen.put_page(page)
    await stolen.objects.put(f"{stolen.manifest.key.rpartition('/')[0]}/notes.txt", b"")
    report = await report_on(stolen)
    assert report.sound
    assert sorted(finding.kind for finding in report.findings) == ["stray", "stray", "unknown"]


async def test_what_was_forgotten_is_counted_and_the_chain_still_closes(
    stolen: Stolen, anchor: SignedHead, trusted: Verifier
) -> None:
    rows = stolen.rows(2)
    await stolen.put(2, [lines.forget(rows[0]), *rows[1:]])
    report = await report_on(stolen, anchors=(anchor,), trusted=(trusted,))
    assert report.findings == []
    assert report.forgotten == 1


async def test_one_run_finds_everything(stolen: Stolen) -> None:
    await edit_a_line(stolen)
    await stolen.delete([5])
    await insert_what_is_no_segment(stolen)
    report = await report_on(stolen)
    assert [one.kind for one in report.findings] == ["edited", "missing", "inserted"]
    assert [one.sequence for one in report.findings][:2] == [
        stolen.refs[2].first,
        stolen.refs[5].first,
    ]
