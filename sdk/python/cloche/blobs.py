"""The client's calls about blobs: inputs that are too large for a submission, stored once under their digest."""

import hashlib
from abc import abstractmethod
from urllib.parse import quote

import msgspec
from cloche_schemas.commands import FileBody, SubmitEvaluation
from msgspec.structs import replace

from cloche.calls import Calls
from cloche.errors import NotFound

#: The server's default; what is larger is sent ahead as blobs.
BODY_BYTES = 1 << 20
# Beside what is sent ahead there are labels, names and the like.
_AIM_BYTES = BODY_BYTES // 2
_LEAST_BYTES = 16 << 10


class BlobCalls(Calls):
    def put_blob(self, data: bytes) -> str:
        """Store `data`, once; its digest, to be named in a submission. `ApiError` if it is too large for one."""
        digest = hashlib.sha256(data).hexdigest()
        if not self.has_blob(digest):
            self._upload(f"/v1/blobs/{digest}", data)
        return digest

    def has_blob(self, digest: str) -> bool:
        """Whether a submission may refer to it."""
        try:
            self._probe(f"/v1/blobs/{quote(digest, safe='')}")
        except NotFound:
            return False
        return True

    def blob(self, digest: str) -> bytes:
        """The bytes of a blob."""
        return b"".join(self._pieces(f"/v1/blobs/{quote(digest, safe='')}"))

    def slimmed(self, evaluation: SubmitEvaluation) -> SubmitEvaluation:
        """The same submission within the size of a body: its largest texts are blobs by now."""
        over = len(msgspec.json.encode(evaluation)) - BODY_BYTES
        if over <= 0:
            return evaluation
        over += BODY_BYTES - _AIM_BYTES
        texts = [(len(evaluation.code), "code", 0), (len(evaluation.stdin), "stdin", 0)]
        for number, file in enumerate(evaluation.files):
            texts.append((len(file.raw), "files", number))
        for size, field, number in sorted(texts, reverse=True):
            if over <= 0 or size < _LEAST_BYTES:
                break
            over -= size
            if field == "code":
                digest = self.put_blob(evaluation.code.encode())
                evaluation = replace(evaluation, code="", code_blob=digest)
            elif field == "stdin":
                digest = self.put_blob(evaluation.stdin.encode())
                evaluation = replace(evaluation, stdin="", stdin_blob=digest)
            else:
                files = list(evaluation.files)
                file = files[number]
                files[number] = FileBody(name=file.name, blob=self.put_blob(file.raw))
                evaluation = replace(evaluation, files=tuple(files))
        return evaluation

    @abstractmethod
    def _upload(self, path: str, data: bytes) -> None:
        """PUT bytes; a `ClocheError` if they are not taken."""

    @abstractmethod
    def _probe(self, path: str) -> None:
        """HEAD; a `ClocheError` if there is nothing."""
