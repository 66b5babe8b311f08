"""Python client and command line of Cloche.

    from cloche import Client

    with Client.local() as client:
        accepted = client.submit(SubmitEvaluation(code="print(6 * 7)"))
        print(client.wait(accepted.id).outcome, client.output(accepted.id))

Names are imported when first used, so that `cloche --help` need not wait for them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloche_schemas.access import CreateKey
    from cloche_schemas.batches import BatchView, SubmitBatch
    from cloche_schemas.commands import CaseBody, FileBody, LimitsBody, SubmitEvaluation
    from cloche_schemas.schedules import CreateSchedule
    from cloche_schemas.views import EvaluationView

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
        ServerTrouble,
        TooMany,
        UnexpectedAnswer,
        Unreachable,
    )
    from cloche.feed import Event

__all__ = [
    "ApiError",
    "BadTarget",
    "BatchView",
    "CaseBody",
    "Client",
    "ClocheError",
    "Conflict",
    "CreateKey",
    "CreateSchedule",
    "EvaluationView",
    "Event",
    "FileBody",
    "Invalid",
    "LimitsBody",
    "NotAuthorised",
    "NotFound",
    "NothingRunning",
    "ServerTrouble",
    "SubmitBatch",
    "SubmitEvaluation",
    "Target",
    "TooMany",
    "UnexpectedAnswer",
    "Unreachable",
]

_MODULES = {
    "Client": "cloche.client",
    "Event": "cloche.feed",
    "BatchView": "cloche_schemas.batches",
    "CaseBody": "cloche_schemas.commands",
    "CreateKey": "cloche_schemas.access",
    "CreateSchedule": "cloche_schemas.schedules",
    "EvaluationView": "cloche_schemas.views",
    "FileBody": "cloche_schemas.commands",
    "LimitsBody": "cloche_schemas.commands",
    "SubmitBatch": "cloche_schemas.batches",
    "SubmitEvaluation": "cloche_schemas.commands",
    "Target": "cloche.discovery",
}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES.get(name, "cloche.errors")), name)
