"""Everything that a call of the client can raise.

ClocheError
├── NothingRunning       there is no system to talk to: `cloche up` starts one
├── BadTarget            what should be an address or a key cannot be one
├── Unreachable          the API does not answer, or broke off and did not come back
├── UnexpectedAnswer     something answered that is not this API
├── NotOver              the time to wait was over before the evaluation was
└── ApiError             the API refused; `problem` says why (RFC 9457)
    ├── NotAuthorised    401 or 403
    ├── NotFound         404
    ├── Conflict         409
    ├── Invalid          400, 413, 415, 422: the request is wrong; `problem.errors` point at the fields
    ├── TooMany          429
    └── ServerTrouble    5xx
"""

from cloche_schemas.views import Problem


class ClocheError(Exception):
    """Base of all errors of this package."""


class NothingRunning(ClocheError):  # noqa: N818 - these are named for what is the case
    """There is no system to talk to."""


class BadTarget(ClocheError):  # noqa: N818
    """The address or the key cannot be one."""


class Unreachable(ClocheError):  # noqa: N818
    """The API does not answer. `sent`: what was sent may have arrived; `after`: seconds that were asked for."""

    def __init__(self, words: str, *, sent: bool = True, after: float | None = None) -> None:
        super().__init__(words)
        self.sent = sent
        self.after = after


class UnexpectedAnswer(ClocheError):  # noqa: N818
    """The answer has not the shape that this API gives."""


class NotOver(ClocheError):  # noqa: N818
    """The time to wait was over first. The evaluation goes its own way."""


class ApiError(ClocheError):
    """The API refused the request. `retry_after`: seconds after which it may be asked again, if it says so."""

    def __init__(self, problem: Problem, retry_after: float | None = None) -> None:
        super().__init__(f"{problem.title}: {problem.detail}" if problem.detail else problem.title)
        self.problem = problem
        self.retry_after = retry_after


class NotAuthorised(ApiError):  # noqa: N818
    """The key is missing, wrong, or not allowed to do this."""


class NotFound(ApiError):  # noqa: N818
    """There is no such thing."""


class Conflict(ApiError):  # noqa: N818
    """The request does not fit the state of things."""


class Invalid(ApiError):  # noqa: N818
    """The request is wrong."""


class TooMany(ApiError):  # noqa: N818
    """Later again."""


class ServerTrouble(ApiError):  # noqa: N818
    """The fault is the server's."""


_BY_STATUS: dict[int, type[ApiError]] = {
    400: Invalid,
    401: NotAuthorised,
    403: NotAuthorised,
    404: NotFound,
    409: Conflict,
    413: Invalid,
    415: Invalid,
    422: Invalid,
    429: TooMany,
}


def error_of(problem: Problem, retry_after: float | None = None) -> ApiError:
    """The exception for a problem."""
    default = ServerTrouble if problem.status >= 500 else ApiError
    return _BY_STATUS.get(problem.status, default)(problem, retry_after)
