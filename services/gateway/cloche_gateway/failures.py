"""Exceptions of the framework and of the edges, as problems."""

import math

from cloche_kit.breaker import Tripped
from cloche_kit.logs import get_logger
from cloche_schemas.views import FieldError
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from cloche_gateway.problems import ClientError, respond

_log = get_logger(__name__)
_SLUGS = {404: "not_found", 405: "method_not_allowed"}


async def on_error(request: Request, error: Exception) -> Response:
    """The handler of every exception that has a problem of its own."""
    return respond(request, problem_of(error))


def problem_of(error: Exception) -> ClientError:
    """The problem that a caught exception is."""
    match error:
        case ClientError():
            return error
        case HTTPException():
            # The router's: no such route, or not with this method.
            slug = _SLUGS.get(error.status_code, "bad_request")
            return ClientError(slug, str(error.detail), headers=dict(error.headers or {}))
        case RequestValidationError():
            # Of parameters in path, query and header; bodies are bodies.py's.
            errors = tuple(
                FieldError(
                    pointer="".join(f"/{step}" for step in wrong["loc"]), detail=wrong["msg"]
                )
                for wrong in error.errors()
            )
            return ClientError("invalid_parameter", errors[0].detail, errors=errors)
        case Tripped():
            # Said when the breaker opened, and by its metric: not once for each request.
            again = str(max(1, math.ceil(error.retry_after)))
            return ClientError(
                "unavailable", "it has not answered for a while", headers={"Retry-After": again}
            )
        case _:
            # An edge does not answer. What is wrong with it is for the log, not for the client.
            _log.error("edge_unavailable", kind=type(error).__name__, error=str(error))
            return ClientError("unavailable", "try again in a moment")
