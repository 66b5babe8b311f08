"""The client's calls about output: parts of it, its end, and what lies in it."""

from collections.abc import Iterator

import pytest
from cloche import Client
from support.fake_answers import ID, KEY
from support.fake_gateway import FakeGateway, chunk


@pytest.fixture
def client(gateway: FakeGateway) -> Iterator[Client]:
    with Client(gateway.url, KEY) as client:
        yield client


def test_a_part_of_the_output_and_its_end(client: Client, gateway: FakeGateway) -> None:
    gateway.add(chunk(0, b"one\ntwo\nthree\n"))
    assert client.output(ID, start=4, end=7) == b"two"
    assert client.output(ID, start=8) == b"three\n"
    assert client.output(ID, end=3) == b"one"
    assert client.output(ID, start=3, end=3) == b""
    assert client.output(ID, tail_lines=2) == b"two\nthree\n"


def test_a_search_goes_on_from_page_to_page(client: Client, gateway: FakeGateway) -> None:
    gateway.add(chunk(0, b"".join(b"x%d\n" % n for n in range(5))))
    assert [m.text for m in client.search_output(ID, "x")] == ["x0", "x1", "x2", "x3", "x4"]
    assert [m.line for m in client.search_output(ID, "x", limit=3)] == [1, 2, 3]
    list(client.search_output(ID, "X", "stderr", attempt=2, regex=True, ignore_case=True))
    expected = {"stream": "stderr", "attempt": "2", "q": "X", "limit": "1000"}
    assert gateway.outputs.searched[-1] == {**expected, "regex": "true", "ignore_case": "true"}
