"""The API's description: FastAPI knows the routes, msgspec the bodies, and here they are put together."""

from typing import Any

import msgspec
from cloche_schemas.generate import BODIES
from cloche_schemas.views import Problem
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts

from cloche_gateway.deprecation import deprecation_of
from cloche_gateway.examples import EXAMPLES
from cloche_gateway.openapi_fields import mark_written
from cloche_gateway.problems import KINDS, MEDIA_TYPE

Document = dict[str, Any]
REPLAY_TYPES = ("application/x-ndjson", "text/event-stream")
_TEXT: Document = {"schema": {"type": "string"}}
#: A stream of events has a schema for each one of them (`itemSchema`), as of OpenAPI 3.2 and as FastAPI writes it.
_EVENT: Document = {
    "itemSchema": {
        "type": "object",
        "required": ["data"],
        "properties": {
            "id": {"type": "string", "description": "its place, for Last-Event-ID"},
            "event": {"type": "string", "description": "its type without version"},
            "data": {
                "type": "string",
                "contentMediaType": "application/json",
                "contentSchema": {"type": "object"},
            },
            "retry": {"type": "integer", "minimum": 0},
        },
    }
}
_TAGS = {
    "evaluations": "Programs that run, ran, or will: submit, find, follow, cancel, run again.",
    "batches": "Many evaluations accepted as one.",
    "blobs": "Inputs that are stored by their digest before they are named.",
    "schedules": "What is submitted again and again.",
    "dead letters": "What was given up.",
    "queue": "What waits, and who works.",
    "events": "The history of a tenant.",
    "statistics": "How evaluations ended over time.",
    "access": "Tenants, keys, and what is kept of whom.",
    "audit": "Who did what, from where, and what became of it.",
    "projections": "How the rows are made that lists are answered from.",
    "service": "The service itself.",
}
_REF = "#/components/schemas/{name}"
_RETRY_AFTER: Document = {"Retry-After": {"description": "seconds", "schema": {"type": "integer"}}}
_SERVERS_ERRORS = (401, 403, 404, 422, 503)


def takes(body: type[msgspec.Struct], *, required: bool = True) -> Document:
    """What a route says of the body that it decodes itself."""
    content = {"application/json": {"schema": _ref(body)}}
    return {"requestBody": {"required": required, "content": content}}


def takes_patch(body: type[msgspec.Struct], media_type: str) -> Document:
    """What a route says that takes changes to a body, or none."""
    schema = {
        "type": "object",
        "description": f"members of {body.__name__}; null takes one away (RFC 7396)",
        # The default, said for generators of types, which take an object without members for an empty one.
        "additionalProperties": True,
        "examples": [{"stdin": "4 5", "limits": {"wall_seconds": 10}}],
    }
    content = {name: {"schema": schema} for name in (media_type, "application/json")}
    return {"requestBody": {"required": False, "content": content}}


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


def also(status: int, body: type[msgspec.Struct], when: str) -> dict[int | str, Document]:
    """One more answer of a route."""
    return {status: {"description": when, "content": {"application/json": {"schema": _ref(body)}}}}


def cached(responses: dict[int | str, Document]) -> dict[int | str, Document]:
    """`responses` of a route whose 200 has an ETag, and that answers 304 to who has it already."""
    headers = {"ETag": {"description": "its version (RFC 9110)", "schema": {"type": "string"}}}
    return {
        **responses,
        200: {**responses[200], "headers": headers},
        304: {"description": "The client has it already"},
    }


def of_rows(responses: dict[int | str, Document]) -> dict[int | str, Document]:
    """`responses` of a route whose 200 is made of the read models' rows and says how far these are behind the log."""
    about = "messages of the log beyond these rows, and the age of the first: events=12, seconds=0.350 (RFC 9651)"
    headers = {
        **responses[200].get("headers", {}),
        "Cloche-Read-Lag": {"description": about, "schema": {"type": "string"}},
    }
    return {**responses, 200: {**responses[200], "headers": headers}}


def answers_any(*problems: int) -> dict[int | str, Document]:
    """Problems of a route whose answer has no schema."""
    return _problems(*problems)


def described(media_type: str) -> dict[int | str, Document]:
    """What a route answers that anybody may read: a document."""
    content = {media_type: {"schema": {"type": "object"}}}
    return {
        200: {"description": "Done", "content": content},
        304: {"description": "The client has it already"},
    }


def events_answer() -> dict[int | str, Document]:
    return {
        200: {
            "description": "Frames until the end of the evaluation",
            "content": {"text/event-stream": _EVENT},
        },
        204: {"description": "It is over, and the client has seen everything"},
        **_problems(400, *_SERVERS_ERRORS, 410, 502),
    }


def batch_events_answer() -> dict[int | str, Document]:
    return {
        200: {
            "description": "Frames until every evaluation of the batch is over",
            "content": {"text/event-stream": _EVENT},
        },
        204: {"description": "It is complete, and the client has seen everything"},
        **_problems(400, *_SERVERS_ERRORS, 410, 502),
    }


def replay_answer() -> dict[int | str, Document]:
    content = dict(zip(REPLAY_TYPES, (_TEXT, _EVENT), strict=True))
    return {
        200: {"description": "Events in the order of the log", "content": content},
        204: {"description": "The client came back after the end, and there is nothing new"},
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
    content = {"application/x-ndjson": _TEXT}
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
                tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
                license_info={"name": "MIT", "identifier": "MIT"},
            )
            components = made.setdefault("components", {})
            components["schemas"] = _schemas()
            mark_written(made, BODIES)
            _answer_unfit_parameters(made)
            _mark_deprecated(app, made)
            _answer_limits(made)
            app.openapi_schema = made
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _answer_unfit_parameters(document: Document) -> None:
    """FastAPI adds its own 422 to every route with parameters; ours answer with problems."""
    for operations in document["paths"].values():
        for operation in operations.values():
            if "422" in operation["responses"]:
                operation["responses"]["422"] = _problems(422)[422]


def _mark_deprecated(app: FastAPI, document: Document) -> None:
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and deprecation_of(route.endpoint) is not None:
            operations = document["paths"].get(context.path_format, {})
            for method in route.methods or ():
                if operation := operations.get(method.lower()):
                    operation["deprecated"] = True


def _answer_limits(document: Document) -> None:
    """Whoever shows a key may be over its rate limit, and any request may come while there is too much to do."""
    limits: Document = {
        name: {"description": text, "schema": {"type": "string"}}
        for name, text in (
            ("RateLimit-Policy", "budget and window, as of draft-ietf-httpapi-ratelimit-headers"),
            ("RateLimit", "units that are left, and seconds until the budget is whole"),
        )
    }
    for operations in document["paths"].values():
        for operation in operations.values():
            found = operation["responses"]
            found.setdefault("503", _problems(503)[503])
            if "security" in operation:
                refused = found.setdefault("429", _problems(429)[429])
                found["429"] = {**refused, "headers": limits | _RETRY_AFTER}


def _schemas() -> Document:
    _, components = msgspec.json.schema_components(BODIES, ref_template=_REF)
    for name, example in EXAMPLES.items():
        components[name]["examples"] = [example]
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
