"""The client: one method for each thing the API does."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx2
import msgspec
from cloche_schemas.commands import CancelEvaluation, SubmitEvaluation
from cloche_schemas.values import TERMINAL_STATUSES, Status
from cloche_schemas.views import (
    Accepted,
    ArtifactList,
    AttemptList,
    CaseList,
    EvaluationPage,
    EvaluationView,
    LanguageList,
    Problem,
)

from cloche.access import AccessCalls
from cloche.batches import Batches
from cloche.blobs import BlobCalls
from cloche.dead_letters import DeadLetters
from cloche.discovery import find
from cloche.errors import ApiError, BadTarget, UnexpectedAnswer, Unreachable, error_of
from cloche.feed import PATIENCE_SECONDS, is_final
from cloche.history import EventCalls, Query
from cloche.outputs import OutputCalls
from cloche.projections import Projections
from cloche.queue import QueueCalls
from cloche.schedules import ScheduleCalls
from cloche.usage import UsageCalls

T = TypeVar("T")
TIMEOUT = httpx2.Timeout(30.0, connect=5.0)
UPLOAD_TIMEOUT = httpx2.Timeout(600.0, connect=5.0)
# The server pings at least every 15 s; a feed that is silent for longer is dead.
FEED_TIMEOUT = httpx2.Timeout(30.0, connect=5.0, read=40.0)


class Client(
    AccessCalls, BlobCalls, EventCalls, OutputCalls, QueueCalls, ScheduleCalls, UsageCalls
):
    """Talks to one Cloche with one key. Not for several threads at once. Every method may raise `ClocheError`s."""

    def __init__(
        self,
        url: str,
        api_key: str,
        *,
        transport: httpx2.BaseTransport | None = None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        _check(url, api_key)
        self._patience = patience
        headers = {"User-Agent": "cloche-python"}
        if api_key:
            # Without one the server's answer says what is missing; an empty header would not even be sent.
            headers["Authorization"] = f"Bearer {api_key}"
        self._http = httpx2.Client(
            base_url=url,
            headers=headers,
            timeout=TIMEOUT,
            transport=transport,
        )
        self.dead_letters = DeadLetters(self._ask)
        self.projections = Projections(self._ask)

    @classmethod
    def local(cls, start: Path | None = None) -> Self:
        """For ``CLOCHE_URL``, else for the system that `cloche up` runs in this folder or one above."""
        target = find(start)
        return cls(target.url, target.api_key)

    @property
    def batches(self) -> Batches:
        """Many evaluations at once."""
        return Batches(self._ask)

    def submit(
        self, evaluation: SubmitEvaluation, *, idempotency_key: str | None = None
    ) -> Accepted:
        """Put a program on the log to be run. It is safe there when this returns.

        With an `idempotency_key` this may be called again after any error: the same evaluation comes back, for ever.
        `Invalid` if the key was used for another one. What is too large for one request is sent ahead as blobs.
        """
        body = self.slimmed(evaluation)
        return self._ask("POST", "/v1/evaluations", Accepted, body=body, key=idempotency_key)

    def get(self, evaluation: str) -> EvaluationView:
        """An evaluation as it is now."""
        return self._ask("GET", f"/v1/evaluations/{_segment(evaluation)}", EvaluationView)

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        status: Status | None = None,
        batch: str | None = None,
    ) -> EvaluationPage:
        """A page of evaluations, newest first; `cursor` is the last page's `next_cursor`."""
        asked = {"limit": limit, "cursor": cursor, "status": status, "batch": batch}
        query = {name: str(value) for name, value in asked.items() if value is not None}
        return self._ask("GET", "/v1/evaluations", EvaluationPage, query=query)

    def cancel(self, evaluation: str, *, reason: str = "") -> None:
        """Ask for the end of an evaluation. `Conflict` if it is over. It is cancelled when its events say so."""
        path = f"/v1/evaluations/{_segment(evaluation)}/cancel"
        self._send("POST", path, body=CancelEvaluation(reason=reason))

    def attempts(self, evaluation: str) -> AttemptList:
        """Every attempt: where it ran, and how it ended."""
        return self._ask("GET", f"/v1/evaluations/{_segment(evaluation)}/attempts", AttemptList)

    def cases(self, evaluation: str) -> CaseList:
        """What became of each case so far."""
        return self._ask("GET", f"/v1/evaluations/{_segment(evaluation)}/cases", CaseList)

    def artifacts(self, evaluation: str) -> ArtifactList:
        """The files that the program left, and those that did not come back."""
        return self._ask("GET", f"/v1/evaluations/{_segment(evaluation)}/artifacts", ArtifactList)

    def artifact(self, evaluation: str, name: str) -> bytes:
        """One file that the program left, whole in memory."""
        return b"".join(self.artifact_pieces(evaluation, name))

    def artifact_pieces(self, evaluation: str, name: str) -> Iterator[bytes]:
        """The same in pieces, as they arrive. cloche.saving writes all of them into a folder, safely."""
        path = f"/v1/evaluations/{_segment(evaluation)}/artifacts"
        path += "".join(f"/{_segment(part)}" for part in name.split("/"))
        return self._pieces(path)

    def languages(self) -> LanguageList:
        """What `language`, `image` and the names in `env` of a submission may be."""
        return self._ask("GET", "/v1/languages", LanguageList)

    def wait(self, evaluation: str) -> EvaluationView:
        """The evaluation once it is over."""
        view = self.get(evaluation)
        while view.status not in TERMINAL_STATUSES:
            for _ in self.events(evaluation):
                pass
            view = self.get(evaluation)
        return view

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _ask(
        self,
        method: str,
        path: str,
        shape: type[T],
        *,
        body: object = None,
        query: dict[str, str] | None = None,
        key: str | None = None,
    ) -> T:
        response = self._send(method, path, body=body, query=query, key=key)
        try:
            return msgspec.json.decode(response.content, type=shape)
        except msgspec.DecodeError as error:
            raise UnexpectedAnswer(f"{method} {path}: {error}") from error

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        query: dict[str, str] | None = None,
        key: str | None = None,
    ) -> httpx2.Response:
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        if key is not None:
            if not (key and key.isascii() and key.isprintable() and " " not in key):
                raise BadTarget("an Idempotency-Key is 1 to 255 visible ASCII characters")
            headers["Idempotency-Key"] = key
        return self._answered(method, path, content=content, headers=headers, params=query)

    def _answered(self, method: str, path: str, **request: Any) -> httpx2.Response:
        response = self._asked(method, path, **request)
        if response.is_success:
            return response
        raise _problem_of(response)

    @property
    def _feed_patience(self) -> float:
        return self._patience

    def _open(self, path: str, query: Query, cursor: str | None) -> httpx2.Response | None:
        headers = {"Accept": "text/event-stream"}
        if cursor is not None:
            headers["Last-Event-ID"] = cursor
        request = self._http.build_request(
            "GET", path, headers=headers, params=query or None, timeout=FEED_TIMEOUT
        )
        response = self._http.send(request, stream=True)
        if response.status_code == httpx2.codes.OK:
            return response
        try:
            response.read()
        finally:
            response.close()
        if response.status_code == httpx2.codes.NO_CONTENT:
            return None
        error = _problem_of(response)
        if response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR and not is_final(error):
            raise Unreachable(f"the feed answered {response.status_code}")
        raise error

    def _asked(self, method: str, path: str, **request: Any) -> httpx2.Response:
        try:
            return self._http.request(method, path, **request)
        except httpx2.TransportError as error:
            raise self._unreachable(error) from error

    def _upload(self, path: str, data: bytes) -> None:
        headers = {"Content-Type": "application/octet-stream"}
        self._answered("PUT", path, content=data, headers=headers, timeout=UPLOAD_TIMEOUT)

    def _probe(self, path: str) -> None:
        response = self._asked("HEAD", path)
        if not response.is_success:
            # An answer to HEAD has no body that could say more.
            words = response.reason_phrase
            raise error_of(Problem(type="", title=words, status=response.status_code, code=""))

    def _pieces(
        self,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Iterator[bytes]:
        try:
            with self._http.stream("GET", path, params=query, headers=headers) as response:
                if not response.is_success:
                    response.read()
                    raise _problem_of(response)
                yield from response.iter_bytes()
        except httpx2.TransportError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(f"{self._http.base_url} does not answer: {error}")


def _check(url: str, api_key: str) -> None:
    """`BadTarget` for what could not even be sent."""
    try:
        address = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise BadTarget(f"{url} is no address: {error}") from error
    if address.scheme not in {"http", "https"} or not address.host:
        raise BadTarget(f"{url} is no address: it begins with http:// or https://")
    if not (api_key.isascii() and (api_key.isprintable() or not api_key)):
        raise BadTarget("the API key holds characters that no key has")


def _problem_of(response: httpx2.Response) -> ApiError | UnexpectedAnswer:
    try:
        return error_of(msgspec.json.decode(response.content, type=Problem))
    except msgspec.DecodeError:
        return UnexpectedAnswer(f"{response.request.url} answered {response.status_code}")


def _segment(text: str) -> str:
    """An id or a name as one segment of a path, whatever it contains."""
    return quote(text, safe="").replace(".", "%2E")
