"""The client's calls about blobs: inputs that are too large for a submission, stored once under their digest."""

import hashlib

import msgspec
from cloche_schemas.commands import FileBody, SubmitEvaluation
from msgspec.structs import replace

from cloche.calls import content, nothing, path
from cloche.errors import NotFound
from cloche.operations import operation
from cloche.steps import Call, Steps

#: The server's default; what is larger is sent ahead as blobs.
BODY_BYTES = 1 << 20
# Beside what is sent ahead there are labels, names and the like.
_AIM_BYTES = BODY_BYTES // 2
_LEAST_BYTES = 16 << 10


class BlobCalls:
    @operation
    def put_blob(self, data: bytes) -> Steps[str]:
        """Store `data`, once; its digest, to be named in a submission. `ApiError` if it is too large for one.

        >>> digest = client.put_blob(b"21 21")
        >>> client.blob(digest)
        b'21 21'
        >>> evaluation = SubmitEvaluation(code="print(sum(map(int, input().split())))", stdin_blob=digest)
        >>> client.output(client.run(evaluation).id)
        b'42\\n'
        """
        return put(data)

    @operation
    def has_blob(self, digest: str) -> Steps[bool]:
        """Whether a submission may refer to it."""
        return there(digest)

    @operation
    def blob(self, digest: str) -> Call[bytes]:
        """The bytes of a blob."""
        return Call(method="GET", path=path("blobs", digest), read=content, repeatable=True)

    @operation
    def slimmed(self, evaluation: SubmitEvaluation) -> Steps[SubmitEvaluation]:
        """The same submission within the size of a body: its largest texts are blobs by now."""
        return slim(evaluation)


def put(data: bytes) -> Steps[str]:
    """Store `data` unless it is there; its digest."""
    digest = hashlib.sha256(data).hexdigest()
    if not (yield from there(digest)):
        yield from Call(
            method="PUT",
            path=path("blobs", digest),
            read=nothing,
            headers=(("Content-Type", "application/octet-stream"),),
            body=data,
            repeatable=True,
            pace="upload",
        )
    return digest


def there(digest: str) -> Steps[bool]:
    """Whether it is stored."""
    try:
        yield from Call(method="HEAD", path=path("blobs", digest), read=nothing, repeatable=True)
    except NotFound:
        return False
    return True


def slim(evaluation: SubmitEvaluation) -> Steps[SubmitEvaluation]:
    """Send ahead what makes a submission too large."""
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
            digest = yield from put(evaluation.code.encode())
            evaluation = replace(evaluation, code="", code_blob=digest)
        elif field == "stdin":
            digest = yield from put(evaluation.stdin.encode())
            evaluation = replace(evaluation, stdin="", stdin_blob=digest)
        else:
            files = list(evaluation.files)
            file = files[number]
            digest = yield from put(file.raw)
            files[number] = FileBody(name=file.name, blob=digest)
            evaluation = replace(evaluation, files=tuple(files))
    return evaluation
