"""The head is signed when it has changed, not more often than wanted, and once more at the end."""

from pathlib import Path

import pytest
from cloche_kit.archive.heads import decode_signed
from cloche_kit.archive.index import Manifest
from cloche_kit.archive.signing import Signer, new_pair
from cloche_kit.objects import MemoryObjects
from cloche_storage.notary import Notary
from msgspec.structs import replace
from support.archive import Flaky

FIRST = Manifest(stream="S", epoch="e1", archived=5, segments=1, head="ab" * 32)
SECOND = replace(FIRST, archived=9, segments=2, head="cd" * 32)


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    (tmp_path / "key").write_bytes(new_pair()[0])
    return Signer.read(tmp_path / "key")


def signed_up_to(manifest: Manifest) -> int:
    return manifest.signed.head.archived if manifest.signed else 0


def test_a_changed_head_is_signed_once_in_the_interval(signer: Signer) -> None:
    notary = Notary(signer, every=3600, keep_every=0)
    first = notary.sign(FIRST, at_once=False)
    assert first.signed is not None
    assert signer.verifier.accepts(first.signed)
    head = first.signed.head
    assert (head.archived, head.segments, head.digest) == (5, 1, FIRST.head)
    second = notary.sign(replace(SECOND, signed=first.signed), at_once=False)
    assert signed_up_to(second) == 5
    assert signed_up_to(notary.sign(second, at_once=True)) == 9


def test_a_head_that_is_signed_already_is_left_alone(signer: Signer, tmp_path: Path) -> None:
    notary = Notary(signer, every=0, keep_every=0)
    first = notary.sign(FIRST, at_once=False)
    assert notary.sign(first, at_once=True) is first
    (tmp_path / "other").write_bytes(new_pair()[0])
    other = Signer.read(tmp_path / "other")
    again = Notary(other, every=3600, keep_every=0).sign(first, at_once=False)
    assert again.signed is not None
    assert again.signed.key == other.verifier.id


def test_an_empty_archive_has_no_head(signer: Signer) -> None:
    empty = Manifest(stream="S", epoch="e1")
    assert Notary(signer, every=0, keep_every=0).sign(empty, at_once=True).signed is None


async def test_a_history_is_kept_in_its_own_interval(signer: Signer) -> None:
    objects = MemoryObjects()
    notary = Notary(signer, every=0, keep_every=3600)
    for manifest in (FIRST, SECOND):
        notary.sign(manifest, at_once=False)
        await notary.keep(objects)
    [key] = objects._objects
    assert key == "archive/S-e1/heads/00000000000000000005.json"
    assert signer.verifier.accepts(decode_signed(objects._objects[key][1]))


async def test_what_the_store_did_not_take_is_kept_later(signer: Signer) -> None:
    objects = Flaky()
    objects.failures = {"archive/": 1}
    notary = Notary(signer, every=0, keep_every=3600)
    notary.sign(FIRST, at_once=False)
    await notary.keep(objects)
    assert (objects.failed, len(objects._objects)) == (1, 0)
    await notary.keep(objects)
    assert len(objects._objects) == 1
