"""The client against a gateway that breaks off, refuses and lies."""

import socket
from collections.abc import Iterator

import httpx2
import msgspec
import pytest
from cloche import Client, errors
from cloche.retries import ONCE
from cloche_schemas.codec import Unknown
from cloche_schemas.commands import SubmitEvaluation
from cloche_schemas.events import EvaluationCompleted, OutputChunk
from cloche_schemas.values import SkippedArtifact
from cloche_schemas.views import FieldError, Problem
from support.fake_answers import ID, KEY
from support.fake_feed import Break
from support.fake_gateway import FakeGateway, chunk, completed, problem
from support.recorded import case


@pytest.fixture
def client(gateway: FakeGateway) -> Iterator[Client]:
    with Client(gateway.url, KEY) as client:
        yield client


def test_a_submission_reaches_the_gateway_as_it_was_meant(
    client: Client, gateway: FakeGateway
) -> None:
    request = SubmitEvaluation(code="print(1)", argv=("a",), labels={"k": "v"})
    assert client.submit(request).id == ID
    assert msgspec.json.decode(gateway.submitted[0], type=SubmitEvaluation) == request


@pytest.mark.parametrize("how", ["drop", "reconnect"])
def test_a_broken_feed_is_resumed_without_gap_or_duplicate(
    client: Client, gateway: FakeGateway, how: Break
) -> None:
    gateway.add(*(chunk(n, b"%d" % n) for n in range(5)), completed())
    gateway.breaks = {2: how, 4: how}
    events = list(client.events(ID))
    assert [e.event.index for e in events if isinstance(e.event, OutputChunk)] == [0, 1, 2, 3, 4]
    assert isinstance(events[-1].event, EvaluationCompleted)
    # A frame cut in the middle was not given, so it is asked for again.
    assert gateway.resumed_after == [None, *(["e-1", "e-3"] if how == "drop" else ["e-2", "e-4"])]


def test_a_feed_begins_after_the_cursor_it_is_given(client: Client, gateway: FakeGateway) -> None:
    gateway.add(chunk(0, b"a"), chunk(1, b"b"), completed())
    assert [e.cursor for e in client.events(ID, after="e-2")] == ["e-3"]


def test_waiting_ends_with_the_evaluation(client: Client, gateway: FakeGateway) -> None:
    gateway.add(chunk(0, b"a"), completed(outcome="failed", exit_code=3))
    assert client.wait(ID).exit_code == 3


def test_waiting_has_an_end_if_one_is_asked_for(client: Client, gateway: FakeGateway) -> None:
    gateway.add(chunk(0, b"a"))
    with pytest.raises(errors.NotOver):
        client.wait(ID, timeout=0.2)
    gateway.add(completed())
    assert client.wait(ID, timeout=5.0).outcome == "succeeded"
    assert client.run(SubmitEvaluation(code="1"), timeout=5.0).id == ID


def test_every_page_is_read(client: Client, gateway: FakeGateway) -> None:
    gateway.more_pages = 2
    assert [view.id for view in client.each(status="running")] == [ID] * 3


def test_output_is_bytes(client: Client, gateway: FakeGateway) -> None:
    gateway.add(chunk(0, b"\xff\x00"), chunk(1, b"e", "stderr"), chunk(2, b"\r\n"))
    assert client.output(ID) == b"\xff\x00\r\n"
    assert client.output(ID, "stderr") == b"e"
    assert b"".join(client.output_pieces(ID)) == b"\xff\x00\r\n"


def test_cases_artifacts_and_languages_are_read(client: Client, gateway: FakeGateway) -> None:
    gateway.add(case(0), case(1, passed=False), completed("failed", None))
    assert [(one.index, one.passed) for one in client.cases(ID).items] == [(0, True), (1, False)]
    gateway.leave({"a/b c.txt": b"\x00\xff", "ä?#%": b""}, SkippedArtifact(name="l", reason="link"))
    listed = client.artifacts(ID)
    assert [file.name for file in listed.items] == ["a/b c.txt", "ä?#%"]
    assert listed.skipped[0].reason == "link"
    assert {file.name: client.artifact(ID, file.name) for file in listed.items} == gateway.files
    with pytest.raises(errors.NotFound):
        client.artifact(ID, "none")
    assert [language.name for language in client.languages().items] == ["python", "c"]


def test_an_artifact_that_breaks_off_is_unreachable(gateway: FakeGateway) -> None:
    def broken() -> Iterator[bytes]:
        yield b"some"
        raise httpx2.ReadError("gone")

    class Stream(httpx2.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            return broken()

    with (
        answering(httpx2.Response(200, stream=Stream())) as client,
        pytest.raises(errors.Unreachable, match="gone"),
    ):
        client.artifact(ID, "a")


def test_a_page_has_a_cursor_for_the_next(client: Client) -> None:
    page = client.list(limit=1, status="running")
    assert [view.id for view in page.items] == [ID]
    assert page.next_cursor == "more"


def test_cancelling_what_is_over_is_a_conflict(client: Client, gateway: FakeGateway) -> None:
    gateway.add(completed())
    with pytest.raises(errors.Conflict, match="Over already"):
        client.cancel(ID)


def test_a_wrong_key_is_told_from_other_refusals(gateway: FakeGateway) -> None:
    with Client(gateway.url, "wrong") as client, pytest.raises(errors.NotAuthorised):
        client.get(ID)
    with Client(gateway.url, "wrong") as client, pytest.raises(errors.NotAuthorised):
        list(client.events(ID))


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.Invalid),
        (404, errors.NotFound),
        (413, errors.Invalid),
        (418, errors.ApiError),
        (422, errors.Invalid),
        (429, errors.TooMany),
        (503, errors.ServerTrouble),
    ],
)
def test_each_refusal_has_a_type_and_its_problem(
    client: Client, gateway: FakeGateway, status: int, kind: type[errors.ApiError]
) -> None:
    gateway.problem = problem(status, "some_code", "Refused")
    with pytest.raises(errors.ApiError) as caught:
        client.get(ID)
    assert type(caught.value) is kind
    assert caught.value.problem.code == "some_code"


def test_without_a_key_it_is_said_that_one_is_needed(gateway: FakeGateway) -> None:
    with Client(gateway.url, "") as keyless, pytest.raises(errors.NotAuthorised):
        keyless.get(ID)


def test_a_problem_names_the_field(client: Client, gateway: FakeGateway) -> None:
    gateway.problem = Problem(
        type="t",
        title="Invalid",
        status=422,
        code="invalid",
        errors=(FieldError(pointer="/code", detail="empty"),),
    )
    with pytest.raises(errors.Invalid) as caught:
        client.submit(SubmitEvaluation(code="x"))
    assert caught.value.problem.errors[0].pointer == "/code"


@pytest.mark.parametrize(
    ("url", "key", "words"),
    [
        ("nonsense", KEY, "nonsense is no address"),
        ("ftp://x", KEY, "begins with http"),
        ("http://", KEY, "begins with http"),
        ("http://[::1", KEY, "is no address"),
        ("http://x:port", KEY, "is no address"),
        ("http://x", "ключ", "key"),
        ("http://x", "a\nb", "key"),
    ],
)
def test_what_cannot_be_an_address_or_a_key_is_said_to_be_that(
    url: str, key: str, words: str
) -> None:
    with pytest.raises(errors.BadTarget, match=words):
        Client(url, key)


def test_nobody_there_is_unreachable() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        with (
            Client(f"http://127.0.0.1:{reserved.getsockname()[1]}", KEY) as client,
            pytest.raises(errors.Unreachable),
        ):
            client.get(ID)


def answering(handler: httpx2.Response) -> Client:
    transport = httpx2.MockTransport(lambda _request: handler)
    return Client("http://fake", KEY, transport=transport, patience=0.0, retries=ONCE)


def feed(content: bytes) -> httpx2.Response:
    return httpx2.Response(200, content=content, headers={"Content-Type": "text/event-stream"})


def test_what_is_no_answer_of_this_api_is_said_to_be_that() -> None:
    with (
        answering(httpx2.Response(200, content=b"<html>")) as client,
        pytest.raises(errors.UnexpectedAnswer),
    ):
        client.get(ID)
    with (
        answering(httpx2.Response(502, content=b"bad gateway")) as client,
        pytest.raises(errors.UnexpectedAnswer),
    ):
        client.get(ID)


def test_a_feed_that_does_not_come_back_is_given_up() -> None:
    with (
        answering(httpx2.Response(503)) as client,
        pytest.raises(errors.Unreachable, match="did not come back"),
    ):
        list(client.events(ID))


def test_a_feed_with_nothing_more_ends() -> None:
    with answering(httpx2.Response(204)) as client:
        assert list(client.events(ID, after="e-9")) == []


def test_an_event_of_a_newer_version_is_passed_on_as_unknown(gateway: FakeGateway) -> None:
    envelope = (
        b'{"specversion":"1.0","id":"1","source":"s","type":"cloche.evaluation.new.v9","subject":"x",'
        b'"time":"2026-01-01T00:00:00Z","tenant":"main","sequence":"1",'
        b'"sequencetype":"Integer","datacontenttype":"application/json","data":{}}'
    )
    content = b"id: e-1\ndata: " + envelope + b"\n\nevent: end\ndata: {}\n\n"
    with answering(feed(content)) as client:
        (event,) = client.events(ID)
    assert event.event == Unknown("cloche.evaluation.new.v9")


def test_a_frame_that_is_no_event_is_refused() -> None:
    with (
        answering(feed(b"id: e-1\ndata: nonsense\n\n")) as client,
        pytest.raises(errors.UnexpectedAnswer),
    ):
        list(client.events(ID))
    with (
        answering(httpx2.Response(200, content=b"<html>")) as client,
        pytest.raises(errors.UnexpectedAnswer, match="no feed"),
    ):
        list(client.events(ID))


def test_an_id_cannot_leave_its_place_in_the_path() -> None:
    asked: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.raw_path)
        return httpx2.Response(404, content=b"{}")

    with Client("http://fake", KEY, transport=httpx2.MockTransport(answer)) as client:
        for bad in ("../metrics", "a/b?c=d#e", ".."):
            with pytest.raises(errors.ClocheError):
                client.get(bad)
    assert asked[:2] == [b"/v1/evaluations/%2E%2E%2Fmetrics", b"/v1/evaluations/a%2Fb%3Fc%3Dd%23e"]
    assert all(path.startswith(b"/v1/evaluations/") for path in asked)


def test_a_name_cannot_leave_its_place_in_the_path() -> None:
    asked: list[bytes] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url.raw_path)
        return httpx2.Response(404, content=b"{}")

    with Client("http://fake", KEY, transport=httpx2.MockTransport(answer)) as client:
        for bad in ("../../output", "a/../../x", "//host", "?x"):
            with pytest.raises(errors.ClocheError):
                client.artifact(ID, bad)
    folder = f"/v1/evaluations/{ID}/artifacts/".encode()
    assert asked[0] == folder + b"%2E%2E/%2E%2E/output"
    assert all(path.startswith(folder) for path in asked)
