"""Signed heads: only the key's own signature over exactly this head is accepted; files that are no keys are told."""

from pathlib import Path

import msgspec
import pytest
from cloche_kit.archive.heads import CONTEXT, Head, SignedHead, decode_signed, head_key
from cloche_kit.archive.signing import BadKey, Signer, Verifier, new_pair
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from msgspec.structs import replace
from support.recorded import BEGIN

HEAD = Head(stream="S", epoch="e1", archived=7, segments=2, digest="ab" * 32, time=BEGIN)


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Signer, Verifier]:
    private, public = new_pair()
    (tmp_path / "key").write_bytes(private)
    (tmp_path / "public").write_bytes(public)
    return Signer.read(tmp_path / "key"), Verifier.read(tmp_path / "public")


def test_a_head_survives_being_written_and_is_accepted(keys: tuple[Signer, Verifier]) -> None:
    signer, verifier = keys
    signed = signer.sign(HEAD)
    assert (signed.head, signed.key, len(signed.signature)) == (HEAD, verifier.id, 64)
    assert verifier.accepts(decode_signed(msgspec.json.encode(signed)))
    assert head_key("S", "e1", 7) == "archive/S-e1/heads/00000000000000000007.json"


def test_a_key_is_derived_from_a_secret_and_is_the_same_each_time(tmp_path: Path) -> None:
    secret = "a generated secret of forty-eight characters: 123"
    signer = Signer.derived(secret)
    (tmp_path / "public").write_bytes(signer.public_pem)
    assert Verifier.read(tmp_path / "public").accepts(Signer.derived(secret).sign(HEAD))
    assert not signer.verifier.accepts(Signer.derived(secret + "4").sign(HEAD))
    # Whoever changes how it is derived gives every system another key.
    assert signer.verifier.id == "86131c87a8da2e30"
    with pytest.raises(BadKey, match="at least 32 characters, not 31"):
        Signer.derived(secret[:31])


def test_the_bytes_that_are_signed_never_change() -> None:
    # Whoever changes them makes every signature that was ever given worthless.
    assert HEAD.statement == CONTEXT + (
        b'{"stream":"S","epoch":"e1","archived":7,"segments":2,"digest":"%s",'
        b'"time":"2026-01-02T03:04:05.678901Z"}' % (b"ab" * 32)
    )


@pytest.mark.parametrize(
    "change",
    [{"stream": "T"}, {"epoch": "e2"}, {"archived": 6}, {"segments": 3}, {"digest": "cd" * 32}],
)
def test_no_other_head_is_accepted(
    keys: tuple[Signer, Verifier], change: dict[str, object]
) -> None:
    signer, verifier = keys
    signed = signer.sign(HEAD)
    assert not verifier.accepts(SignedHead(replace(HEAD, **change), signed.key, signed.signature))


def test_no_other_key_is_accepted(keys: tuple[Signer, Verifier], tmp_path: Path) -> None:
    signer, verifier = keys
    (tmp_path / "other").write_bytes(new_pair()[0])
    other = Signer.read(tmp_path / "other").sign(HEAD)
    signed = signer.sign(HEAD)
    assert not verifier.accepts(other)
    assert not verifier.accepts(SignedHead(HEAD, verifier.id, other.signature))
    assert not verifier.accepts(SignedHead(HEAD, other.key, signed.signature))
    assert not verifier.accepts(SignedHead(HEAD, verifier.id, b"short"))


def test_files_that_are_no_keys_are_told(tmp_path: Path) -> None:
    rsa = generate_private_key(65537, 2048)
    private, public = new_pair()
    files = {
        "garbage": b"garbage",
        "rsa": rsa.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "rsa.pub": rsa.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "private": private,
        "public": public,
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    for name in ("absent", "garbage", "rsa", "public"):
        with pytest.raises(BadKey, match=name):
            Signer.read(tmp_path / name)
    for name in ("absent", "garbage", "rsa.pub", "private"):
        with pytest.raises(BadKey, match=name):
            Verifier.read(tmp_path / name)
