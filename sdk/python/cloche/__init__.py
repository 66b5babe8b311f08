"""Python clients and command line of Cloche.

    from cloche import Client, SubmitEvaluation

    with Client.local() as client:
        view = client.run(SubmitEvaluation(code="print(6 * 7)"))
        print(view.outcome, client.output(view.id))

`AsyncClient` is the same, awaited. Times are seconds, sizes are bytes, moments are aware of their zone; every refusal
is one of the errors of `cloche.errors`. Examples of methods have a ``client`` of `Client.local`.

Names are imported when first used, so that `cloche --help` need not wait for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloche_schemas.access import ChangeKey, ChangeTenant, CreateKey
    from cloche_schemas.batches import BatchView, SubmitBatch
    from cloche_schemas.commands import CaseBody, FileBody, LimitsBody, RetryBody, SubmitEvaluation
    from cloche_schemas.events import (
        AttemptFailed,
        AttemptStarted,
        CaseCompleted,
        EvaluationCompleted,
        EvaluationQueued,
        OutputChunk,
    )
    from cloche_schemas.rates import SetRate, SetRates
    from cloche_schemas.schedules import CreateSchedule
    from cloche_schemas.views import EvaluationView

    from cloche.async_client import AsyncClient
    from cloche.client import Client
    from cloche.discovery import Target
    from cloche.errors import (
        ApiError,
        BadTarget,
        ClocheError,
        Conflict,
        Invalid,
        NotAuthorised,
        NotFound,
        NothingRunning,
        NotOver,
        ServerTrouble,
        TooMany,
        UnexpectedAnswer,
        Unreachable,
    )
    from cloche.feed import Event
    from cloche.many import Progress
    from cloche.retries import Retries

__all__ = [
    "ApiError",
    "AsyncClient",
    "AttemptFailed",
    "AttemptStarted",
    "BadTarget",
    "BatchView",
    "CaseBody",
    "CaseCompleted",
    "ChangeKey",
    "ChangeTenant",
    "Client",
    "ClocheError",
    "Conflict",
    "CreateKey",
    "CreateSchedule",
    "EvaluationCompleted",
    "EvaluationQueued",
    "EvaluationView",
    "Event",
    "FileBody",
    "Invalid",
    "LimitsBody",
    "NotAuthorised",
    "NotFound",
    "NotOver",
    "NothingRunning",
    "OutputChunk",
    "Progress",
    "Retries",
    "RetryBody",
    "ServerTrouble",
    "SetRate",
    "SetRates",
    "SubmitBatch",
    "SubmitEvaluation",
    "Target",
    "TooMany",
    "UnexpectedAnswer",
    "Unreachable",
]

_MODULES = {
    "AsyncClient": "cloche.async_client",
    "AttemptFailed": "cloche_schemas.events",
    "AttemptStarted": "cloche_schemas.events",
    "BatchView": "cloche_schemas.batches",
    "CaseBody": "cloche_schemas.commands",
    "CaseCompleted": "cloche_schemas.events",
    "ChangeKey": "cloche_schemas.access",
    "ChangeTenant": "cloche_schemas.access",
    "Client": "cloche.client",
    "CreateKey": "cloche_schemas.access",
    "CreateSchedule": "cloche_schemas.schedules",
    "EvaluationCompleted": "cloche_schemas.events",
    "EvaluationQueued": "cloche_schemas.events",
    "EvaluationView": "cloche_schemas.views",
    "Event": "cloche.feed",
    "FileBody": "cloche_schemas.commands",
    "LimitsBody": "cloche_schemas.commands",
    "OutputChunk": "cloche_schemas.events",
    "Progress": "cloche.many",
    "Retries": "cloche.retries",
    "RetryBody": "cloche_schemas.commands",
    "SetRate": "cloche_schemas.rates",
    "SetRates": "cloche_schemas.rates",
    "SubmitBatch": "cloche_schemas.batches",
    "SubmitEvaluation": "cloche_schemas.commands",
    "Target": "cloche.discovery",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES.get(name, "cloche.errors")), name)
