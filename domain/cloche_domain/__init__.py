"""The evaluation's state machine: decide, evolve, fold. No I/O, no clock, no ids.

Read evaluation.py first (states and what each event does to them), then decide.py (who may do what when),
then view.py (how the same events become what the API shows).
"""

from cloche_domain.decide import (
    Archive,
    Command,
    Complete,
    Fail,
    Refusal,
    RequestCancel,
    Requeue,
    Start,
    Submit,
    decide,
)
from cloche_domain.evaluation import (
    Absent,
    Cancelling,
    Completed,
    DeadLettered,
    Duplicate,
    Evaluation,
    Illegal,
    OutOfOrder,
    Queued,
    RetryPending,
    Running,
    Scheduled,
    apply,
    evolve,
    fold,
    passed_over,
)
from cloche_domain.timeline import Settled, timeline
from cloche_domain.view import Occurrence, case_result, project

__all__ = [
    "Absent",
    "Archive",
    "Cancelling",
    "Command",
    "Complete",
    "Completed",
    "DeadLettered",
    "Duplicate",
    "Evaluation",
    "Fail",
    "Illegal",
    "Occurrence",
    "OutOfOrder",
    "Queued",
    "Refusal",
    "RequestCancel",
    "Requeue",
    "RetryPending",
    "Running",
    "Scheduled",
    "Settled",
    "Start",
    "Submit",
    "apply",
    "case_result",
    "decide",
    "evolve",
    "fold",
    "passed_over",
    "project",
    "timeline",
]
