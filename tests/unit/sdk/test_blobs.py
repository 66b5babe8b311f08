"""Inputs that are too large for one request go ahead as blobs, without anybody's noticing."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from cloche import Client, errors
from cloche.blobs import BODY_BYTES
from cloche_schemas.commands import FileBody, SubmitEvaluation
from support.command import Ran
from support.fake_answers import ID, KEY
from support.fake_gateway import FakeGateway, completed


@pytest.fixture
def client(gateway: FakeGateway) -> Iterator[Client]:
    with Client(gateway.url, KEY) as client:
        yield client


def submitted(gateway: FakeGateway) -> SubmitEvaluation:
    assert len(gateway.submitted[-1]) <= BODY_BYTES
    return msgspec.json.decode(gateway.submitted[-1], type=SubmitEvaluation)


def test_a_blob_is_sent_once(client: Client, gateway: FakeGateway) -> None:
    digest = client.put_blob(b"data")
    assert digest == hashlib.sha256(b"data").hexdigest()
    assert client.has_blob(digest)
    assert client.blob(digest) == b"data"
    gateway.blobs[digest] = b"there already"
    assert client.put_blob(b"data") == digest
    assert client.blob(digest) == b"there already"
    assert not client.has_blob("0" * 64)


def test_a_wrong_key_is_told(gateway: FakeGateway) -> None:
    with (
        Client(gateway.url, "another-key-0123456789") as client,
        pytest.raises(errors.NotAuthorised),
    ):
        client.put_blob(b"data")


def test_a_small_submission_is_sent_as_it_is(client: Client, gateway: FakeGateway) -> None:
    request = SubmitEvaluation(code="x", stdin="y" * 500_000)
    client.submit(request)
    assert submitted(gateway) == request
    assert gateway.blobs == {}


def test_the_largest_texts_of_a_large_one_are_blobs(client: Client, gateway: FakeGateway) -> None:
    code, text, data = "c" * 600_000, "s" * 700_000, b"d" * 900_000
    files = (FileBody(name="f", data=data), FileBody(name="g", content="small"))
    assert client.submit(SubmitEvaluation(code=code, stdin=text, files=files)).id == ID
    sent = submitted(gateway)
    assert sent.files[1] == files[1]
    assert gateway.blobs[sent.files[0].blob or ""] == data
    assert gateway.blobs[sent.stdin_blob or ""] == text.encode()
    assert sent.stdin == ""


def test_a_command_with_a_large_input_just_runs(
    ran: Ran, gateway: FakeGateway, tmp_path: Path
) -> None:
    gateway.add(completed(exit_code=0))
    program, text = tmp_path / "big.py", tmp_path / "input.txt"
    program.write_text("print(1)")
    text.write_text("line\n" * 600_000)
    assert ran(gateway, "run", str(program), "--stdin", str(text))[0] == 0
    sent = submitted(gateway)
    assert gateway.blobs[sent.stdin_blob or ""] == text.read_bytes()
