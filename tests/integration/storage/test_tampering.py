"""What a thief of the store's credentials can do to an archive that the real service has made: each is found."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from cloche_kit.archive import index, lines
from cloche_kit.archive.findings import Report
from cloche_kit.archive.heads import SignedHead
from cloche_kit.archive.index import Page
from cloche_kit.archive.segment import pack
from cloche_kit.archive.signing import Signer, Verifier, new_pair
from cloche_kit.archive.verify import verify
from msgspec.structs import replace
from support import attacks
from support.archive import World
from support.recorded import address_of, story
from support.tampering import Stolen
from support.waiting import wait_until

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


TAMPERED: list[tuple[Tamper, set[str]]] = [
    (attacks.edit_a_line, {"edited"}),
    (attacks.edit_a_line_and_the_index, {"broken-chain"}),
    (attacks.edit_the_last_line_and_the_index, {"index"}),
    (attacks.delete_a_line, {"lines", "edited"}),
    (attacks.insert_a_line, {"lines", "edited"}),
    (attacks.swap_two_lines, {"lines", "edited"}),
    (attacks.delete_a_segment, {"missing"}),
    (attacks.delete_a_segment_and_its_reference, {"gap", "broken-chain"}),
    (attacks.delete_the_beginning, {"gap", "broken-chain"}),
    (attacks.swap_two_segments, {"misplaced"}),
    (attacks.swap_two_segments_and_the_index, {"gap", "overlap", "broken-chain", "inserted"}),
    (attacks.cut_a_segment_short, {"corrupt"}),
    (attacks.take_a_header_away, {"unchained", "broken-chain"}),
    (attacks.insert_a_segment_with_another_line, {"inserted"}),
    (attacks.insert_a_segment_beyond_the_end, {"inserted"}),
    (attacks.insert_what_is_no_segment, {"inserted"}),
    (attacks.insert_a_segment_and_its_reference, {"overlap", "broken-chain"}),
    (attacks.put_an_older_manifest_back, {"rolled-back"}),
    (attacks.put_an_older_manifest_back_and_leave_the_pages, {"rolled-back"}),
    (attacks.change_times_in_a_page, {"index"}),
    (attacks.change_a_digest_in_a_page, {"index"}),
    (attacks.delete_a_page, {"missing"}),
    (attacks.cut_a_page_short, {"corrupt"}),
    (attacks.copy_a_page, {"misplaced"}),
    (attacks.change_the_head, {"index"}),
    (attacks.change_the_counts, {"counts"}),
    (attacks.cut_the_manifest_short, {"corrupt"}),
    (attacks.delete_the_manifest, {"missing"}),
    (attacks.put_the_manifest_of_another_archive, {"misplaced"}),
    (attacks.empty_the_index, {"index"}),
    (attacks.forge_what_is_left_of_a_line, {"corrupt"}),
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


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (attacks.cut_off_the_end, "truncated"),
        (attacks.cut_off_and_write_another_end, "rewritten"),
        (attacks.write_it_all_anew, "rewritten"),
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
    await stolen.objects.put(attacks.inserted(stolen, ref.first, ref.first), data)
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
    await attacks.edit_a_line(stolen)
    await stolen.delete([5])
    await attacks.insert_what_is_no_segment(stolen)
    report = await report_on(stolen)
    assert [one.kind for one in report.findings] == ["edited", "missing", "inserted"]
    assert [one.sequence for one in report.findings][:2] == [
        stolen.refs[2].first,
        stolen.refs[5].first,
    ]


async def test_an_archive_that_grows_meanwhile_is_sound(
    original: tuple[Stolen, Signer], tmp_path: Path
) -> None:
    # Of three segments to a page: everything moves while it is looked at.
    del original
    (tmp_path / "key").write_bytes(new_pair()[0])
    world = World()
    epoch = (await world.bus.state()).epoch
    reports: list[Report] = []
    grown = 0
    async with world.storage(
        segment_bytes=1,
        signing_key_file=tmp_path / "key",
        sign_seconds=0.0,
        head_history_seconds=0.001,
    ):
        await world.append(address_of(0), *story())
        await wait_until(world.caught_up())
        while grown < 3:
            await world.append(address_of(len(reports) + 1), *story(("stdout", b"x")))
            reports.append(await verify(world.objects, stream="EVALUATIONS", epoch=epoch))
            grown += reports[-1].archived < (await world.manifest()).archived
            assert len(reports) < 200
    wrong = [one for report in reports for one in report.findings if one.kind != "stray"]
    assert wrong == []
