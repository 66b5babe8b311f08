"""Downloads that break off: read on from there if they are the same, and never silently short or doubled."""

from collections.abc import Iterator

import httpx2
import pytest
from cloche import Client, Retries, errors
from cloche.blocking import Transport
from hypothesis import given
from hypothesis import strategies as st
from support.fake_answers import ID, KEY

DATA = bytes(range(256)) * 4


class Cut(httpx2.SyncByteStream):
    """A body that ends with the connection after so many bytes."""

    def __init__(self, data: bytes, after: int | None) -> None:
        self.data, self.after = data, after

    def __iter__(self) -> Iterator[bytes]:
        if self.after is None:
            yield self.data
            return
        if self.after:
            yield self.data[: self.after]
        raise httpx2.ReadError("cut")


class Store:
    """Serves `DATA`, and cuts the connections after `cuts` bytes, one after another."""

    def __init__(self, *cuts: int, etag: str | None = '"v1"') -> None:
        self.cuts = list(cuts)
        self.etag = etag
        self.ranges: list[str | None] = []
        self.slept: list[float] = []
        self.refusals: list[httpx2.Response] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        if self.refusals:
            return self.refusals.pop(0)
        data, status = DATA, 200
        if asked and request.headers.get("If-Range", self.etag) == self.etag:
            first, _, last = asked.removeprefix("bytes=").partition("-")
            data, status = DATA[int(first) : int(last) + 1 if last else None], 206
        headers = {} if self.etag is None else {"ETag": self.etag}
        cut = self.cuts.pop(0) if self.cuts else None
        return httpx2.Response(status, headers=headers, stream=Cut(data, cut))

    def client(self, retries: Retries | None = None) -> Client:
        transport = httpx2.MockTransport(self)
        client = Client("http://fake", KEY, transport=transport, retries=retries or Retries())
        assert isinstance(client._transport, Transport)
        client._transport.sleep = self.slept.append
        return client


def test_what_breaks_off_is_read_on_from_there() -> None:
    store = Store(10, 0, 90)
    with store.client() as client:
        assert b"".join(client.artifact_pieces(ID, "a")) == DATA
    assert store.ranges == [None, "bytes=10-", "bytes=10-", "bytes=100-"]
    assert len(store.slept) == 3


@given(
    cuts=st.lists(st.integers(0, 400), max_size=3),
    part=st.tuples(st.none() | st.integers(0, 1200), st.none() | st.integers(0, 1200)),
)
def test_wherever_it_breaks_off_every_byte_comes_once(
    cuts: list[int], part: tuple[int | None, int | None]
) -> None:
    start, end = part
    with Store(*cuts).client() as client:
        pieces = client.output_pieces(ID, start=start, end=end)
        assert b"".join(pieces) == DATA[start or 0 : end]


def test_what_has_changed_meanwhile_is_not_put_together() -> None:
    store = Store(10)
    with store.client() as client:
        pieces = client.artifact_pieces(ID, "a")
        assert next(pieces) == DATA[:10]
        store.etag = '"v2"'
        with pytest.raises(errors.UnexpectedAnswer, match="replaced"):
            next(pieces)


def test_what_nobody_knows_to_be_the_same_is_not_read_on() -> None:
    with Store(10, etag=None).client() as client, pytest.raises(errors.Unreachable, match="cut"):
        list(client.output_pieces(ID))


def test_it_is_given_up_where_nothing_comes_any_more() -> None:
    store = Store(10, *[0] * 9)
    with (
        store.client(Retries(attempts=3)) as client,
        pytest.raises(errors.Unreachable, match="cut"),
    ):
        list(client.artifact_pieces(ID, "a"))
    # What brought something does not count.
    assert store.ranges == [None, "bytes=10-", "bytes=10-"]


def test_a_refusal_for_now_is_waited_out_and_another_one_raised() -> None:
    later = b'{"type": "t", "title": "Later", "status": 503, "code": "unavailable"}'
    store = Store()
    store.refusals = [httpx2.Response(503, content=later, headers={"Retry-After": "2"})]
    with store.client() as client:
        assert b"".join(client.artifact_pieces(ID, "a")) == DATA
        assert store.slept[0] >= 2
        gone = b'{"type": "t", "title": "Gone", "status": 410, "code": "output_expired"}'
        store.refusals = [httpx2.Response(410, content=gone)]
        with pytest.raises(errors.ApiError, match="Gone"):
            list(client.artifact_pieces(ID, "a"))
