"""`cloche archive` over a real S3 server, on archives that the real service has made."""

import asyncio
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import stamina
from cloche.cli import main
from cloche_kit.archive.index import Manifest
from cloche_kit.archive.signing import Signer, Verifier
from cloche_kit.settings import ObjectSettings
from cloche_storage.commands import store
from msgspec.structs import replace
from support.archive_bucket import OTHER, Written
from support.tampering import Stolen

Command = Callable[..., tuple[int, bytes, str]]


@pytest.fixture(scope="module")
def original(s3_server: ObjectSettings, tmp_path_factory: pytest.TempPathFactory) -> Written:
    written = Written(
        s3_server.model_copy(update={"s3_bucket": "archive-command"}),
        tmp_path_factory.mktemp("keys"),
    )
    written.upload(written.memory)
    return written


@pytest.fixture
def tampered(original: Written) -> Iterator[Callable[[Stolen], None]]:
    """Put something else into the bucket, for one test."""
    yield lambda stolen: original.upload(stolen.objects)
    original.upload(original.memory)


@pytest.fixture
def command(
    original: Written, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Command:
    settings = original.settings
    monkeypatch.setenv("CLOCHE_S3_ENDPOINT", settings.s3_endpoint)
    monkeypatch.setenv("CLOCHE_S3_ACCESS_KEY", settings.s3_access_key)
    monkeypatch.setenv("CLOCHE_S3_SECRET_KEY", settings.s3_secret_key.get_secret_value())
    monkeypatch.setenv("CLOCHE_S3_BUCKET", settings.s3_bucket)
    # The process is not the command's own.
    monkeypatch.setattr(store, "configure_logs", lambda *_, **__: None)
    monkeypatch.setattr(stamina.instrumentation, "set_on_retry_hooks", lambda _: None)

    def run(*words: str) -> tuple[int, bytes, str]:
        capsysbinary.readouterr()
        code = main(["archive", *words])
        out, err = capsysbinary.readouterr()
        return code, out, err.decode()

    return run


def lines_of(out: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_ls_lists_the_segments(command: Command, original: Written) -> None:
    code, out, _ = command("ls")
    assert (code, len(out.splitlines())) == (0, original.manifest.segments)
    _, out, _ = command("ls", "--json")
    listed = lines_of(out)
    assert [(one["first"], one["last"]) for one in listed] == [
        (ref.first, ref.last) for ref in original.manifest.recent
    ]
    assert listed[0]["key"] == original.manifest.segment_key(original.manifest.recent[0])


def test_cat_writes_what_was_logged_byte_for_byte(command: Command, original: Written) -> None:
    code, out, _ = command("cat")
    assert code == 0
    read = [msgspec.json.decode(line, type=dict[str, msgspec.Raw]) for line in out.splitlines()]
    assert [bytes(line["data"]) for line in read] == [stored.data for stored in original.log]
    assert [line["subject"] for line in lines_of(out)] == [one.subject for one in original.log]


@pytest.mark.parametrize(
    ("words", "sequences"),
    [
        (["--from", "4", "--to", "6"], [4, 5, 6]),
        (["--from", "0", "--to", "2"], [1, 2]),
        (["--from", "14"], [14, 15]),
        (["--from", "99"], []),
        (["--to", "0"], []),
        (["--from", "2000-01-01", "--to", "2"], [1, 2]),
        (["--from", "2999-01-01T00:00:00Z"], []),
        (["--to", "2000-01-01T00:00:00+02:00"], []),
    ],
)
def test_cat_begins_and_ends_where_it_is_told(
    command: Command, words: list[str], sequences: list[int]
) -> None:
    code, out, _ = command("cat", *words)
    assert (code, [line["sequence"] for line in lines_of(out)]) == (0, sequences)


def test_cat_finds_a_time_to_the_message(command: Command, original: Written) -> None:
    time = original.log[6].time.isoformat()
    _, out, _ = command("cat", "--from", time)
    assert lines_of(out)[0]["sequence"] == 7
    _, out, _ = command("cat", "--to", time)
    assert lines_of(out)[-1]["sequence"] == 6


def test_cat_and_grep_look_at_one_evaluation_or_tenant(command: Command, original: Written) -> None:
    mine = [one.sequence for one in original.log if ".other." in one.subject]
    for words in (["--tenant", "other"], ["--evaluation", OTHER.evaluation]):
        _, out, _ = command("cat", *words)
        assert [line["sequence"] for line in lines_of(out)] == mine
        _, out, _ = command("grep", "", *words)
        assert [line["sequence"] for line in lines_of(out)] == mine
    assert command("cat", "--tenant", "nobody")[:2] == (0, b"")


def test_grep_writes_matching_lines_and_says_if_there_is_none(command: Command) -> None:
    code, out, _ = command("grep", r'"type":"cloche\.evaluation\.queued\.v\d+"')
    assert (code, len(lines_of(out))) == (0, 3)
    assert command("grep", "no such thing")[:2] == (1, b"")


def test_verify_says_what_it_has_checked(command: Command, original: Written) -> None:
    manifest = original.manifest
    code, out, err = command("verify", "--public-key", str(original.public))
    assert (code, err) == (0, "")
    checked, signed, verdict = out.decode().splitlines()
    assert f"{manifest.segments} segments, {manifest.events} events" in checked
    assert signed.startswith(f"signed by key {Signer.read(original.key).verifier.id} up to ")
    assert verdict == "sound"
    _, out, _ = command("verify")
    assert b"no key was given" in out
    code, out, _ = command("verify", "--json")
    assert (code, json.loads(out)["findings"]) == (0, [])


def test_a_head_that_was_kept_shows_that_the_end_is_gone(
    command: Command, original: Written, tampered: Callable[[Stolen], None], tmp_path: Path
) -> None:
    _, kept, _ = command("head")
    (tmp_path / "head.json").write_bytes(kept)
    anchored = (
        "verify", "--anchor", str(tmp_path / "head.json"), "--public-key", str(original.public),
    )  # fmt: skip
    assert command(*anchored)[0] == 0
    stolen = original.stolen()
    asyncio.run(stolen.delete([-1]))
    asyncio.run(stolen.reindex(stolen.refs[:-1]))
    tampered(stolen)
    assert command("verify")[0] == 0
    code, out, err = command(*anchored)
    assert code == 1
    assert err.startswith("truncated     the head that was kept: ")
    assert b"1 found" in out
    # Nobody signs the thief's manifest; its head is worth what its keeper is.
    code, out, err = command("head")
    assert (code, json.loads(out)["key"]) == (0, "")
    assert "not signed" in err


def test_a_corrupt_or_missing_segment_is_told_without_a_traceback(
    command: Command, original: Written, tampered: Callable[[Stolen], None]
) -> None:
    for data in (b"garbage", None):
        stolen = original.stolen()
        key = stolen.key(1)
        asyncio.run(stolen.objects.put(key, data) if data else stolen.objects.delete(key))
        tampered(stolen)
        for words in (["cat"], ["grep", "x"]):
            code, out, err = command(*words)
            assert code == 3
            assert f"damaged: {key}" in err
            # What lies before it was written.
            assert words == ["grep", "x"] or lines_of(out)[-1]["sequence"] == stolen.refs[0].last
        code, _, err = command("verify")
        assert (code, key in err) == (1, True)
        assert command("ls")[0] == 0


def test_a_manifest_that_cannot_be_read_is_told(
    command: Command, original: Written, tampered: Callable[[Stolen], None]
) -> None:
    stolen = original.stolen()
    asyncio.run(stolen.objects.put(stolen.manifest.key, b"{"))
    tampered(stolen)
    for words in (["ls"], ["cat"], ["head"]):
        code, _, err = command(*words)
        assert (code, "manifest.json" in err) == (3, True)
    assert command("verify")[0] == 1
    asyncio.run(stolen.objects.delete(stolen.manifest.key))
    tampered(stolen)
    assert command("ls")[0] == 3
    assert command("verify")[0] == 1


def test_of_several_archives_the_newest_is_taken(
    command: Command, original: Written, tampered: Callable[[Stolen], None]
) -> None:
    stolen = original.stolen()
    # Creation times in hexadecimal digits: this one is older, and longer than its neighbour in the order of letters.
    older = replace(Manifest(stream="EVALUATIONS", epoch="ff"), writer="a")
    asyncio.run(stolen.put_manifest(older))
    tampered(stolen)
    code, out, err = command("ls")
    assert (code, len(out.splitlines())) == (0, original.manifest.segments)
    assert f"of 2 archives the newest, {original.manifest.epoch}" in err
    assert command("ls", "--epoch", "ff") == (0, b"", "")
    code, out, _ = command("verify", "--epoch", "ff")
    assert (code, b"checked 0 segments" in out) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ls", "--epoch", "nope"], "no archive of epoch 'nope'; there is "),
        (["ls", "--epoch", "../../x"], "no archive of epoch"),
        (["cat", "--from", "yesterday"], "--from 'yesterday' is neither a sequence nor a time"),
        (["cat", "--to", "-1"], "--to '-1' is neither"),
        (["cat", "--from", "2026-13-45"], "--from '2026-13-45' is neither"),
        (["cat", "--evaluation", "x*"], "no id of an evaluation"),
        (["grep", "x", "--tenant", "a.b"], "no name of a tenant"),
        (["grep", "("], "no regular expression"),
        (["verify", "--anchor", "/nowhere"], "--anchor /nowhere: no head: No such file"),
        (["verify", "--public-key", "/nowhere"], "not a public key: No such file"),
    ],
)
def test_words_that_make_no_sense_are_told(command: Command, words: list[str], said: str) -> None:
    code, out, err = command(*words)
    assert (code, out) == (2, b"")
    assert said in err
    assert "Traceback" not in err


def test_an_anchor_that_is_none_is_told(command: Command, tmp_path: Path) -> None:
    (tmp_path / "head").write_bytes(b'{"head":{}}')
    code, _, err = command("verify", "--anchor", str(tmp_path / "head"))
    assert (code, "no head" in err) == (2, True)


def test_without_store_or_archive_it_says_so(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CLOCHE_S3_BUCKET", "nothing-here")
    code, _, err = command("verify")
    assert (code, "no archive in the bucket nothing-here" in err) == (2, True)
    monkeypatch.setenv("CLOCHE_S3_ENDPOINT", "http://127.0.0.1:1")
    with stamina.set_testing(True, attempts=1):
        code, _, err = command("ls")
    assert (code, "the store does not answer" in err) == (125, True)
    for name in [name for name in os.environ if name.startswith("CLOCHE_S3_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    code, _, err = command("ls")
    assert (code, "no store: set CLOCHE_S3_ENDPOINT" in err) == (2, True)


def test_the_public_half_of_a_secret_is_written(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("s" * 40 + "\n"))
    code, out, _ = command("public-key")
    (tmp_path / "public").write_bytes(out)
    assert (code, Verifier.read(tmp_path / "public").id) == (
        0,
        Signer.derived("s" * 40).verifier.id,
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO("too short"))
    code, out, err = command("public-key")
    assert (code, out) == (2, b"")
    assert "at least 32 characters" in err
