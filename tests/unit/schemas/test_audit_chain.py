"""The chains of the audit log: everything that a thief of the stream could do to them is named."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from cloche_schemas.audit import AUDIT_TYPE, LOST, AuditEntry, AuditReport, Head
from cloche_schemas.audit_chain import BEGINNING, MOST_BREAKS, Walk, digest_of, sealed, verify_lines

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
FIRST, SECOND = "w" + "a" * 12, "w" + "b" * 12
Message = dict[str, Any]


def chain(writer: str, count: int, *, witness: str = "") -> list[dict[str, Any]]:
    """Entries 1 to `count` of one writer."""
    entries, previous = [], BEGINNING
    for number in range(1, count + 1):
        entry = AuditEntry(
            action="POST /v1/keys",
            at=NOW,
            number=number,
            outcome="allowed",
            previous=previous,
            target=f"/v1/keys/{number}",
            witness=witness if number == 1 else "",
            writer=writer,
        )
        line, previous = sealed(entry)
        entries.append(msgspec.json.decode(line))
    return entries


def log_of(entries: list[dict[str, Any]], *, size: int = 2, begin: int = 1) -> list[Message]:
    """Messages of `size` entries each, at the sequences from `begin` on."""
    messages: list[Message] = []
    for at in range(0, len(entries), size):
        sequence = begin + len(messages)
        after = 0 if at == 0 else sequence - 1
        data = entries[at : at + size]
        messages.append({"type": AUDIT_TYPE, "data": data, "after": after, "sequence": sequence})
    return messages


def walked(messages: list[Message], *, first: int = 1, kept: tuple[Head, ...] = ()) -> AuditReport:
    walk = Walk(first=first, kept=kept)
    for message in messages:
        walk.take(msgspec.json.encode(message), message["sequence"])
    return walk.report()


def head_of(entry: dict[str, Any]) -> Head:
    return Head(writer=entry["writer"], number=entry["number"], digest=entry["digest"])


def test_the_fields_of_an_entry_stand_in_the_order_that_is_hashed() -> None:
    assert list(AuditEntry.__struct_fields__) == sorted(AuditEntry.__struct_fields__)


@pytest.mark.parametrize("text", ["plain", 'quote " and \\', "\x00\x1f\x7f", "é 你 \u2028 😀"])
def test_the_digest_is_the_same_from_the_line_and_from_its_members(text: str) -> None:
    entry = AuditEntry(
        action=text, at=NOW, number=1, outcome="refused", previous=BEGINNING, writer=FIRST
    )
    line, digest = sealed(entry)
    decoded = msgspec.json.decode(line)
    assert decoded["digest"] == digest == digest_of(decoded)
    assert digest_of(dict(reversed(decoded.items()))) == digest
    assert msgspec.json.decode(line, type=AuditEntry).action == text


def test_an_untouched_log_is_sound_and_its_heads_are_told() -> None:
    one, two = chain(FIRST, 5), chain(SECOND, 3)
    messages = log_of(one) + log_of(two, begin=4)
    report = walked(messages)
    assert (report.sound, report.breaks) == (True, ())
    assert (report.entries, report.messages) == (8, 5)
    assert (report.first_sequence, report.last_sequence) == (1, 5)
    assert report.heads == (head_of(one[-1]), head_of(two[-1]))
    assert walked(messages, kept=report.heads).sound
    assert walked([]).sound


def edited(messages: list[Message]) -> None:
    messages[1]["data"][0]["target"] = "/v1/keys/another"


def edited_and_sealed_again(messages: list[Message]) -> None:
    entry = messages[1]["data"][0]
    entry["target"] = "/v1/keys/another"
    entry["digest"] = digest_of(entry)


def with_a_new_member(messages: list[Message]) -> None:
    messages[1]["data"][0]["note"] = "unseen"


def without_an_entry(messages: list[Message]) -> None:
    del messages[1]["data"][0]


def without_a_message(messages: list[Message]) -> None:
    del messages[1]


def without_a_beginning(messages: list[Message]) -> None:
    del messages[0]
    messages[0]["after"] = 1


def swapped(messages: list[Message]) -> None:
    messages[0]["data"], messages[1]["data"] = messages[1]["data"], messages[0]["data"]


def inserted(messages: list[Message]) -> None:
    messages[1]["data"].insert(0, dict(messages[1]["data"][0], target="/v1/keys/more"))


def repeated(messages: list[Message]) -> None:
    messages.append({**messages[0], "sequence": 9})


def no_message_at_all(messages: list[Message]) -> None:
    messages[1] = {"sequence": 2, "type": AUDIT_TYPE, "data": "nothing"}


def of_another_type(messages: list[Message]) -> None:
    messages[1]["type"] = "another.v1"


def without_a_number(messages: list[Message]) -> None:
    del messages[1]["data"][0]["number"]


def begun_in_the_middle(messages: list[Message]) -> None:
    entry = messages[0]["data"][0]
    entry["previous"] = "f" * 64
    entry["digest"] = digest_of(entry)


@pytest.mark.parametrize(
    ("touch", "kind", "number", "sequence"),
    [
        (edited, "edited", 3, 2),
        (with_a_new_member, "edited", 3, 2),
        (edited_and_sealed_again, "broken-chain", 4, 2),
        (without_an_entry, "missing", 4, 2),
        (without_a_message, "missing", 5, 3),
        (without_a_beginning, "missing", 3, 2),
        (swapped, "missing", 3, 1),
        (inserted, "edited", 3, 2),
        (repeated, "repeated", 1, 9),
        (no_message_at_all, "malformed", 0, 2),
        (of_another_type, "malformed", 0, 2),
        (without_a_number, "malformed", 0, 2),
        (begun_in_the_middle, "broken-chain", 1, 1),
    ],
)
def test_whatever_is_done_to_it_is_named(
    touch: Callable[[list[Message]], None], kind: str, number: int, sequence: int
) -> None:
    messages = log_of(chain(FIRST, 6))
    touch(messages)
    report = walked(messages)
    assert not report.sound
    first = report.breaks[0]
    assert (first.kind, first.number, first.sequence) == (kind, number, sequence)
    assert first.detail


def test_a_beginning_that_the_log_has_forgotten_is_no_break() -> None:
    messages = log_of(chain(FIRST, 6))[1:]
    report = walked(messages, first=2)
    assert (report.sound, report.forgotten_beginnings) == (True, 1)
    # But only if it lay before what is left.
    messages[0]["after"] = 2
    assert not walked(messages, first=2).sound


def test_an_end_that_was_cut_off_shows_by_a_head_that_was_kept() -> None:
    entries = chain(FIRST, 6)
    kept = (head_of(entries[-1]),)
    messages = log_of(entries)[:2]
    assert walked(messages).sound
    assert [one.kind for one in walked(messages, kept=kept).breaks] == ["truncated"]
    assert [one.kind for one in walked([], kept=kept).breaks] == ["truncated"]


def test_a_chain_that_was_written_anew_shows_by_a_head_that_was_kept() -> None:
    entries = chain(FIRST, 6)
    kept = (head_of(entries[3]),)
    anew, previous = [], BEGINNING
    for entry in entries:
        bare = {**entry, "previous": previous, "target": "/v1/keys/anew"}
        previous = digest_of(bare)
        anew.append({**bare, "digest": previous})
    assert walked(log_of(anew)).sound
    assert [one.kind for one in walked(log_of(anew), kept=kept).breaks] == ["rewritten"]


def test_a_head_of_what_is_forgotten_says_nothing() -> None:
    entries = chain(FIRST, 6)
    messages = log_of(entries)[1:]
    assert walked(messages, first=2, kept=(head_of(entries[0]),)).sound


def test_a_chain_bears_witness_of_the_end_that_it_found() -> None:
    one = chain(FIRST, 4)
    end = f"2:{head_of(one[-1])}"
    messages = log_of(one) + log_of(chain(SECOND, 2, witness=end), begin=3)
    assert walked(messages).sound
    # Without the end of the first chain, which nothing else would show.
    cut = [messages[0], messages[2]]
    assert [broken.kind for broken in walked(cut).breaks] == ["witness"]
    # What was forgotten by size cannot be compared.
    assert walked([messages[2]], first=3).sound


def test_a_log_in_pieces_gives_no_endless_report() -> None:
    messages = log_of(chain(FIRST, 300), size=1)
    for message in messages:
        message["data"][0]["target"] = "touched"
    report = walked(messages)
    assert (report.sound, len(report.breaks), report.entries) == (False, MOST_BREAKS, 300)


def test_what_could_not_be_written_is_added_up() -> None:
    entry = AuditEntry(
        action=LOST,
        at=NOW,
        count=7,
        number=1,
        outcome="failed",
        previous=BEGINNING,
        writer=FIRST,
    )
    line, _ = sealed(entry)
    assert walked(log_of([msgspec.json.decode(line)])).lost == 7


def test_an_export_is_verified_without_a_server() -> None:
    entries = chain(FIRST, 3) + chain(SECOND, 2)
    lines = [msgspec.json.encode(entry) for entry in entries] + [b'{"end":true}']
    report = verify_lines(lines, kept=(head_of(entries[2]),))
    assert (report.sound, report.entries, len(report.heads)) == (True, 5, 2)
    lines[1] = lines[1].replace(b"/v1/keys/2", b"/v1/keys/9")
    assert [one.kind for one in verify_lines(lines).breaks] == ["edited"]
    assert not verify_lines([b"no json"]).sound
