"""The API's description: FastAPI knows the routes, msgspec the bodies, and here they are put together."""

from typing import Any

import msgspec
from cloche_schemas.generate import BODIES
from cloche_schemas.views import Problem
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from cloche_gateway.openapi_fields import mark_written
from cloche_gateway.problems import KINDS, MEDIA_TYPE

Document = dict[str, Any]
REPLAY_TYPES = ("application/x-ndjson", "text/event-stream")
_REF = "#/components/schemas/{name}"
_SERVERS_ERRORS = (401, 403, 404, 422, 503)


def takes(body: type[msgspec.Struct], *, required: bool = True) -> Document:
    """What a route says of the body that it decodes itself."""
    content = {"application/json": {"schema": _ref(body)}}
    return {"requestBody": {"required": required, "content": content}}


def takes_bytes() -> Document:
    """What a route says of a body that is only bytes."""
    schema = {"type": "string", "format": "binary"}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": schema}},
        }
    }


def answers(status: int, body: type[msgspec.Struct], *problems: int) -> dict[int | str, Document]:
    """What a route answers: `body` under `status`, and problems."""
    success = {"description": "Done", "content": {"application/json": {"schema": _ref(body)}}}
    return {status: success, **_problems(*problems)}


def events_answer() -> dict[int | str, Document]:
    return {
        200: {
            "description": "Frames until the end of the evaluation",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        204: {"description": "It is over, and the client has seen everything"},
        **_problems(400, *_SERVERS_ERRORS, 410, 502),
    }


def replay_answer() -> dict[int | str, Document]:
    content = {name: {"schema": {"type": "string"}} for name in REPLAY_TYPES}
    return {
        200: {"description": "Events in the order of the log", "content": content},
        **_problems(*_SERVERS_ERRORS, 406, 410, 502),
    }


def output_answer() -> dict[int | str, Document]:
    names = {
        "Cloche-Output-Attempt": "the attempt that counts, 0 for none",
        "Cloche-Output-Complete": "false while the program may still write",
        "Cloche-Output-Total-Bytes": "bytes that the program wrote",
        "Cloche-Output-Head-Bytes": "bytes recorded from the beginning; what follows them is the tail",
        "Cloche-Output-Dropped-Bytes": "bytes between head and tail that were only counted",
        "Cloche-Output-Offset": "of a tail: where in the recorded bytes it begins",
        "ETag": "digest of these bytes",
        "Repr-Digest": "digest of these bytes (RFC 9530)",
    }
    headers = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in names.items()
    }
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {
        200: {"description": "The bytes", "headers": headers, "content": content},
        206: {"description": "The part that Range asks for", "content": content},
        304: {"description": "The client has it already"},
        307: {"description": "The store gives the bytes at Location, for a while"},
        **_problems(*_SERVERS_ERRORS, 410, 416, 500),
    }


def artifact_answer() -> dict[int | str, Document]:
    names = {
        "Content-Disposition": "to be saved under the file's own name",
        "ETag": "digest of the file",
        "Repr-Digest": "digest of the file (RFC 9530)",
    }
    headers = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in names.items()
    }
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return {
        200: {"description": "The bytes", "headers": headers, "content": content},
        206: {"description": "The part that Range asks for", "content": content},
        304: {"description": "The client has it already"},
        **_problems(401, 403, 404, 410, 416, 422, 500, 503),
    }


def lines_answer(*problems: int) -> dict[int | str, Document]:
    """What a route answers that gives a JSON object a line."""
    content = {"application/x-ndjson": {"schema": {"type": "string"}}}
    return {
        200: {"description": "One JSON object a line", "content": content},
        **_problems(*problems),
    }


def describe(app: FastAPI) -> None:
    """Make ``app.openapi()`` give the whole description, with every schema that the routes refer to."""

    def document() -> Document:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
            )
            components = made.setdefault("components", {})
            components["schemas"] = _schemas()
            mark_written(made, BODIES)
            _answer_unfit_parameters(made)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _answer_unfit_parameters(document: Document) -> None:
    """FastAPI adds its own 422 to every route with parameters; ours answer with problems."""
    for operations in document["paths"].values():
        for operation in operations.values():
            if "422" in operation["responses"]:
                operation["responses"]["422"] = _problems(422)[422]


def _schemas() -> Document:
    _, components = msgspec.json.schema_components(BODIES, ref_template=_REF)
    return components


def _ref(body: type[msgspec.Struct]) -> Document:
    return {"$ref": _REF.format(name=body.__name__)}


def _problems(*statuses: int) -> dict[int | str, Document]:
    content = {MEDIA_TYPE: {"schema": _ref(Problem)}}
    return {
        status: {
            "description": "; ".join(k.title for k in KINDS.values() if k.status == status),
            "content": content,
        }
        for status in statuses
    }
