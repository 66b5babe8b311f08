"""Every problem that the API answers, from one table (RFC 9457).

Two families: expected ones (4xx) are raised as `ClientError` with a slug of the table or come as a `Refusal` of the
domain; ours (5xx) are exceptions of the edges, logged once in observation.py and never shown to the client.
"""

from collections.abc import Callable

import msgspec
from cloche_domain import Refusal
from cloche_schemas.views import FieldError, Problem
from msgspec import Struct
from msgspec.structs import replace
from opentelemetry import trace
from starlette.requests import HTTPConnection
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 2
# What a client sent may come back in an answer, but never more of it than somebody would read.
MOST_ERRORS = 50
_SHOWN = 600
_STEP = 100


class Kind(Struct, frozen=True):
    """One sort of problem: its status, and what a reader of ``/problems/<slug>`` is told."""

    status: int
    title: str
    help: str


KINDS: dict[str, Kind] = {
    "malformed_json": Kind(400, "The body is not JSON", "Send one JSON object in UTF-8."),
    "invalid_cursor": Kind(
        400,
        "The cursor is not one of ours",
        "Pass next_cursor or an event id as it was given, with the same filters.",
    ),
    "bad_request": Kind(400, "The request cannot be understood", "See its detail."),
    "unauthorized": Kind(
        401, "An API key is needed", "Send the header `Authorization: Bearer <key>`."
    ),
    "signature_required": Kind(
        401,
        "This key takes only signed requests",
        "Sign the request instead of sending the key (docs/signing.md).",
    ),
    "signature_invalid": Kind(
        401,
        "The signature is not good",
        "docs/signing.md says what is signed, and how. The key may also be unknown, revoked, or made before there were "
        "signatures.",
    ),
    "signature_expired": Kind(
        401,
        "The signature is not of this time",
        "Compare your clock with the header Date of this answer, and sign anew.",
    ),
    "signature_replayed": Kind(
        401, "The signature was used before", "Each request is signed with a nonce of its own."
    ),
    "content_digest_mismatch": Kind(
        401,
        "The body is not the one that was signed",
        "Content-Digest is the SHA-256 of the body as it is sent.",
    ),
    "forbidden": Kind(
        403, "This key may not do that", "`required_scope` names what it lacks; keys are made anew."
    ),
    "foreign_origin": Kind(
        403,
        "Pages of another origin may not do that",
        "CLOCHE_ALLOWED_ORIGINS of the gateway lists whose pages may open a WebSocket.",
    ),
    "not_found": Kind(404, "Not found", "There is nothing under this address that you may see."),
    "not_acceptable": Kind(
        406, "No such representation", "Accept application/x-ndjson or text/event-stream."
    ),
    "method_not_allowed": Kind(
        405, "Method not allowed", "The header Allow lists what the address takes."
    ),
    "body_timeout": Kind(408, "The body did not arrive in time", "Send it again, faster."),
    "already_over": Kind(
        409, "The evaluation is over", "Nothing changes an evaluation after its end."
    ),
    "conflict": Kind(409, "The evaluation has moved on", "Read it again and decide anew."),
    "key_not_active": Kind(409, "The key is no longer good", "Make another one."),
    "key_cannot_sign": Kind(
        409, "Nobody can sign with this key", "It is older than signatures: rotate it first."
    ),
    "rotation_open": Kind(
        409,
        "Two secrets of the key are good",
        "DELETE /v1/keys/{key}/secrets/previous ends the old one, …/current the new one; then rotate it again.",
    ),
    "no_rotation": Kind(
        409, "The key has only one secret", "There is no rotation that could be taken back."
    ),
    "nothing_to_rerun": Kind(
        409, "There is nothing to run again", "Nothing of the batch has failed so far; see `only`."
    ),
    "projection_busy": Kind(
        409,
        "That cannot be done with the projection now",
        "GET /v1/projections shows what is being done with it; `abort` gives it up.",
    ),
    "no_submission": Kind(
        409,
        "The dead letter carries no submission",
        "It is no evaluation that was given up. Read it, mend what sent it, and delete it.",
    ),
    "too_many_schedules": Kind(
        409, "There are as many schedules as there may be", "Delete one that is no longer needed."
    ),
    "submission_trimmed": Kind(
        410,
        "The submissions are archived",
        "The log no longer holds what was submitted, so it cannot be run again from there; submit it anew.",
    ),
    "events_trimmed": Kind(
        410,
        "The events are gone",
        "Neither the log nor an archive holds them. `from`, where it is given, is the first place to replay from.",
    ),
    "output_expired": Kind(
        410,
        "What it wrote is no longer kept",
        "It was older than the tenant keeps output or artifacts; its sizes and digests are in the evaluation.",
    ),
    "body_too_large": Kind(413, "The body is too large", "The detail names the limit in bytes."),
    "unsupported_media_type": Kind(
        415, "The body must be plain JSON", "Send `Content-Type: application/json`, uncompressed."
    ),
    "range_not_satisfiable": Kind(
        416, "The range lies beyond the file", "Content-Range says how many bytes there are."
    ),
    "invalid_body": Kind(
        422, "The body does not fit the schema", "`errors` points to the field (RFC 6901)."
    ),
    "invalid_position": Kind(
        422,
        "There is no such place in the history",
        "Pass beginning, a cursor as it was given, a sequence, or a time in RFC 3339, none of them of the future.",
    ),
    "invalid_file_name": Kind(
        422,
        "A file name is not allowed",
        "Names are relative paths of at most 1,024 bytes and 16 parts, each of at most 255 bytes, with / between them; "
        "none is . or .., contains a backslash or a control character, or differs from another only by case or by "
        "Unicode composition. `name` is one of `files`.",
    ),
    "not_source": Kind(
        422,
        "The program is an archive or a binary",
        "Send its source: one text as `code`, or each file of it as an entry of `files`. Nothing is unpacked.",
    ),
    "program_too_large": Kind(
        422,
        "The program does not fit its limits",
        "Its files and its standard input are written to the scratch space: ask for more, or send less.",
    ),
    "unknown_blob": Kind(
        422, "There is no such blob", "PUT /v1/blobs/{sha256} with its bytes first, then submit."
    ),
    "digest_mismatch": Kind(
        422, "The bytes have another digest", "The path names the SHA-256 of the body, in hex."
    ),
    "unknown_language": Kind(
        422, "There is no such language", "GET /v1/languages lists them; auto finds it out."
    ),
    "language_not_detected": Kind(
        422,
        "The language cannot be told",
        "Say `language`, give `name` a suffix, or begin the source with #! and its interpreter.",
    ),
    "unknown_image": Kind(422, "There is no such image", "GET /v1/languages lists the images."),
    "env_not_allowed": Kind(
        422,
        "A variable of the environment is not allowed",
        "Names are letters, digits and _; GET /v1/languages lists which this server takes (its CLOCHE_ENV_ALLOWED).",
    ),
    "contradiction": Kind(
        422, "Two parts of the body exclude one another", "`errors` points to the one to change."
    ),
    "limit_exceeded": Kind(
        422, "A limit is over its maximum", "`errors` points to each one and gives its maximum."
    ),
    "idempotency_key_reused": Kind(
        422,
        "The key was used for another body",
        "An Idempotency-Key stands for one body for ever: repeat that body, or take another key.",
    ),
    "invalid_due_time": Kind(
        422,
        "It cannot be run at that time",
        "`run_at` lies at most a minute back and, as `delay_seconds`, at most 366 days ahead.",
    ),
    "invalid_schedule": Kind(
        422,
        "The schedule gives no times",
        "`cron` is five fields as of cron(5), @hourly to @yearly, or @every with a time; `timezone` is a name of the "
        "IANA database.",
    ),
    "unknown_tenant": Kind(422, "There is no such tenant", "GET /v1/tenants lists them."),
    "invalid_id": Kind(
        422, "Not an evaluation id", "Ids are UUIDs in lower case, as a submission answers them."
    ),
    "invalid_parameter": Kind(
        422, "A parameter is not valid", "`errors` names it; /docs lists what is allowed."
    ),
    "subscription_taken": Kind(
        409, "There is a subscription of that id", "Choose another id, or unsubscribe first."
    ),
    "too_many_subscriptions": Kind(
        429,
        "The connection has as many subscriptions as it may have",
        "Unsubscribe from one, or open another connection.",
    ),
    "tenant_queue_full": Kind(
        429,
        "The tenant has too much queued",
        "Try again after Retry-After seconds, when some are over; PATCH /v1/tenants/{tenant} changes the cap.",
    ),
    "rate_limited": Kind(
        429,
        "The key has spent its budget",
        "Try again after Retry-After seconds; `retry_after_seconds` says it exactly. RateLimit says what is left, and "
        "PATCH /v1/tenants/{tenant} with `rates` changes it.",
    ),
    "too_many_streams": Kind(
        429, "The key has as many streams open as it may", "Close some, or try again after a while."
    ),
    "too_many_failures": Kind(
        429,
        "Too many keys from this address were not good",
        "Try again after Retry-After seconds, with a key that is good.",
    ),
    "output_damaged": Kind(
        500,
        "What is stored is not what was recorded",
        "Its size or its digest differs; it has been logged. The events may still have it.",
    ),
    "internal": Kind(
        500, "Something broke on our side", "It has been logged under the request's id."
    ),
    "archive_damaged": Kind(
        502,
        "The archive is damaged",
        "An object of it is missing, or not what was written; `cloche archive verify` finds every one.",
    ),
    "archive_unavailable": Kind(
        503, "The archive does not answer", "Try again after Retry-After seconds."
    ),
    "audit_unavailable": Kind(
        503,
        "It could not be written down",
        "Keys and tenants change only if the audit log says so. It may have been done: look, then try again.",
    ),
    "overloaded": Kind(
        503, "The gateway has too much to do", "Try again after Retry-After seconds."
    ),
    "unavailable": Kind(
        503, "A part of the system does not answer", "Try again after Retry-After seconds."
    ),
}

# Refusals of the domain whose slug is not a kind of its own.
_REFUSALS = {
    "already_exists": "conflict",
    "already_started": "conflict",
    "cancel_pending": "conflict",
    "stale": "conflict",
}


class LimitError(FieldError, frozen=True, kw_only=True):
    """A limit that asks for more than `maximum`."""

    maximum: float


class ClientError(Exception):
    """An expected no, to be answered as the problem `slug`.

    `extensions` are further members of the problem, `headers` of the response.
    """

    def __init__(
        self,
        slug: str,
        detail: str = "",
        *,
        errors: tuple[FieldError, ...] = (),
        headers: dict[str, str] | None = None,
        extensions: dict[str, object] | None = None,
    ) -> None:
        super().__init__(f"{slug}: {detail}")
        self.slug = slug
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}
        self.extensions = extensions or {}


def step(name: str) -> str:
    """A member's name as a step of a JSON pointer, and no more of it than an answer should hold."""
    return name[:_STEP].replace("~", "~0").replace("/", "~1")


def at(pointer: str, detail: str) -> tuple[FieldError, ...]:
    """`errors` with one entry. Pointers go into the body; ``/path``, ``/query`` and ``/header`` lead elsewhere."""
    return (FieldError(pointer=pointer, detail=detail),)


def refused(refusal: Refusal, **extensions: object) -> ClientError:
    """The problem that a refusal of the domain is."""
    slug = _REFUSALS.get(refusal.slug, refusal.slug)
    return ClientError(slug, refusal.detail, extensions=extensions)


def within(error: ClientError, place: Callable[[str], str]) -> ClientError:
    """The same problem of a part of a body: `place` gives the pointer in the whole for one in the part."""
    errors = error.errors or at("", error.detail)
    moved = tuple(replace(one, pointer=place(one.pointer)) for one in errors)
    return ClientError(error.slug, error.detail, errors=moved, extensions=error.extensions)


def no_such_evaluation() -> ClientError:
    return ClientError("not_found", "there is no such evaluation")


def _shortened(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def document(connection: HTTPConnection, error: ClientError) -> bytes:
    """The problem as JSON, as an answer to a request."""
    kind = KINDS[error.slug]
    context = trace.get_current_span().get_span_context()
    problem = Problem(
        type=f"/problems/{error.slug}",
        title=kind.title,
        status=kind.status,
        code=error.slug,
        detail=_shortened(error.detail),
        instance=_shortened(connection.scope["path"]),
        request_id=str(connection.scope.get("cloche.request_id", "")),
        trace_id=trace.format_trace_id(context.trace_id) if context.is_valid else "",
        errors=tuple(
            replace(one, pointer=_shortened(one.pointer), detail=_shortened(one.detail))
            for one in error.errors[:MOST_ERRORS]
        ),
    )
    return msgspec.json.encode({**msgspec.to_builtins(problem), **error.extensions})


def respond(connection: HTTPConnection, error: ClientError) -> Response:
    """The one way from a problem to its response."""
    kind = KINDS[error.slug]
    # For the audit log.
    connection.scope["cloche.problem"] = error.slug
    body = document(connection, error)
    headers = dict(error.headers)
    if kind.status == 503:
        headers.setdefault("Retry-After", str(RETRY_SECONDS))
    return Response(body, kind.status, headers=headers, media_type=MEDIA_TYPE)
