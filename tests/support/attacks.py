"""What can be done to an archive by somebody who may write the store, each as a function of a copy of it."""

import msgspec
from cloche_kit.archive import lines
from cloche_kit.archive.index import Page, decode_page
from cloche_kit.archive.segment import key_of, pack
from msgspec.structs import replace
from support.tampering import Stolen
from zstandard import compress


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
