"""Streams and durables: declared here, made by whichever service comes first, never made again when lost.

EVALUATIONS is the log of record. WORK and HELD are sourced from it by the server, so that queueing is no second write.
PARKED holds what a handler could not digest, ACCESS tenants and API keys, SCHEDULES what recurs, EXECUTORS who is
there, LEASES who leads, PROGRESS how far projections are, KEYUSE when keys were used, NONCES what signed requests used
up, AUDIT who did what, BUDGETS what keys have spent. EPOCHS remembers which streams were made: its marker for a stream
that is gone, or that is another than it was, tells a loss from a fresh installation (provision.py).
"""

from typing import Any

from cloche_schemas import subjects
from cloche_schemas.access import ALL_ACCESS, ALL_KEY_USES, ALL_NONCES
from cloche_schemas.audit import ALL_AUDIT
from cloche_schemas.schedules import ALL_SCHEDULES
from cloche_schemas.values import EngineChoice, Priority

from cloche_kit.bus import Durable
from cloche_kit.settings import ServiceSettings

EVALUATIONS = "EVALUATIONS"
WORK = "WORK"
PARKED = "PARKED"
ACCESS = "ACCESS"
SCHEDULES = "SCHEDULES"
HELD = "HELD"
RELEASED = "RELEASED"
EXECUTORS = "EXECUTORS"
LEASES = "LEASES"
PROGRESS = "PROGRESS"
KEY_USE = "KEYUSE"
NONCES = "NONCES"
AUDIT = "AUDIT"
BUDGETS = "BUDGETS"
EPOCHS = "EPOCHS"

DUPLICATE_SECONDS = 120
#: An executor or a gateway that has said nothing for so long is not there.
PRESENCE_SECONDS = 15.0
LEASE_SECONDS = 6.0
#: Longer than a signed request can be replayed: its time may lie five minutes ahead, and is good for five more.
NONCE_SECONDS = 11 * 60
#: Beyond these the stream is full, and signed requests are refused (503): no nonce is forgotten before its time.
MOST_NONCES = 500_000
NONCE_BYTES = 128 << 20

# Every evaluation that waits for its time is pending here, held back by a delay.
SCHEDULER = Durable(EVALUATIONS, "scheduler", subjects.ALL_LOGS, max_pending=-1)
#: Jobs that one gateway has at a time: it holds the only message of the durable (lead.py).
DISPATCHER = Durable(LEASES, "lease-dispatcher", "leases.dispatcher", LEASE_SECONDS, 1)
SCHEDULES_KEEPER = Durable(LEASES, "lease-schedules", "leases.schedules", LEASE_SECONDS, 1)


def work_consumer(engine: EngineChoice, priority: Priority, *, ack_wait: float = 15.0) -> Durable:
    """The durable that every executor of `engine` shares for one priority."""
    return Durable(
        WORK,
        subjects.work_durable(engine, priority),
        subjects.work_filter(engine, priority),
        ack_wait,
    )


def released_consumer(
    engine: EngineChoice, priority: Priority, *, ack_wait: float = 15.0
) -> Durable:
    """The same for what was held and has been released."""
    return Durable(
        RELEASED,
        subjects.released_durable(engine, priority),
        subjects.work_filter(engine, priority),
        ack_wait,
    )


def durables(settings: ServiceSettings) -> list[Durable]:
    """Every durable, fixed at deployment: deleting one redelivers what is in flight."""
    work = [
        work_consumer(engine, priority, ack_wait=settings.work_ack_wait)
        for engine, priority in subjects.WORK_DURABLES
    ]
    work += [
        released_consumer(engine, priority, ack_wait=settings.work_ack_wait)
        for engine, priority in subjects.WORK_DURABLES
    ]
    return [SCHEDULER, DISPATCHER, SCHEDULES_KEEPER, *work]


def streams(settings: ServiceSettings) -> list[dict[str, Any]]:
    """The streams as JetStream's API takes them, each after those it is sourced from."""
    every = {"storage": "file", "num_replicas": settings.stream_replicas, "max_age": 0}
    return [
        every
        | {
            "name": EVALUATIONS,
            "description": "log of record",
            "subjects": [subjects.ALL],
            "retention": "limits",
            # Full means 503, never loss.
            "discard": "new",
            "max_bytes": settings.stream_max_bytes,
            "allow_direct": True,
            "duplicate_window": DUPLICATE_SECONDS * 10**9,
            # A batch is accepted as a whole.
            "allow_atomic": True,
            "republish": {"src": subjects.ALL_LIFECYCLE, "dest": subjects.LIVE_DESTINATION},
        },
        every
        | {
            "name": WORK,
            "description": "queue, sourced from the log",
            "retention": "workqueue",
            "sources": [
                {
                    "name": EVALUATIONS,
                    "subject_transforms": [
                        {"src": subjects.QUEUED_SOURCE, "dest": subjects.WORK_DESTINATION}
                    ],
                }
            ],
        },
        every
        | {
            # Apart from WORK: a stream that is sourced and published to may pass over what it should have sourced.
            "name": RELEASED,
            "description": "queue of what was held and has its turn",
            "subjects": [subjects.ALL_WORK],
            "retention": "workqueue",
            "duplicate_window": DUPLICATE_SECONDS * 10**9,
            "republish": {
                "src": subjects.RELEASED_SOURCE,
                "dest": subjects.RELEASED_DESTINATION,
                "headers_only": True,
            },
        },
        every
        | {
            "name": HELD,
            "description": "what is queued beyond its turn, sourced from the log",
            "retention": "limits",
            "allow_direct": True,
            "sources": [
                {
                    "name": EVALUATIONS,
                    "subject_transforms": [
                        {"src": subjects.HELD_SOURCE, "dest": subjects.HELD_DESTINATION}
                    ],
                }
            ],
        },
        every
        | {
            "name": EXECUTORS,
            "description": "what executors and gateways say of themselves; forgotten when they fall silent",
            "subjects": [subjects.ALL_EXECUTORS, subjects.ALL_GATEWAYS],
            "retention": "limits",
            "discard": "old",
            "max_msgs_per_subject": 1,
            "max_age": int(PRESENCE_SECONDS * 10**9),
            "duplicate_window": int(PRESENCE_SECONDS * 10**9),
            "allow_direct": True,
        },
        every
        | {
            "name": LEASES,
            "description": "jobs that one process has at a time",
            "subjects": ["leases.*"],
            "retention": "limits",
            "discard": "new",
        },
        every
        | {
            "name": PROGRESS,
            "description": "how far projections are; the last word of each",
            "subjects": ["progress.*"],
            "retention": "limits",
            "discard": "old",
            "max_msgs_per_subject": 1,
            "allow_direct": True,
        },
        every
        | {
            "name": BUDGETS,
            "description": "what keys have spent of their rate limits; the last word of each",
            "subjects": ["budgets.>"],
            "retention": "limits",
            "discard": "old",
            "max_msgs_per_subject": 1,
        },
        every
        | {
            "name": PARKED,
            "description": "messages that a handler could not digest",
            "subjects": ["parked.>"],
            "retention": "limits",
            "discard": "new",
            "allow_direct": True,
        },
        every
        | {
            "name": ACCESS,
            "description": "tenants and API keys",
            "subjects": [ALL_ACCESS],
            "retention": "limits",
            "discard": "new",
            "duplicate_window": DUPLICATE_SECONDS * 10**9,
        },
        every
        | {
            "name": SCHEDULES,
            "description": "what recurs; the last record of each schedule",
            "subjects": [ALL_SCHEDULES],
            "retention": "limits",
            "discard": "new",
            # A record carries its program, and another is written each time that it is due.
            "max_msgs_per_subject": 1,
            "duplicate_window": DUPLICATE_SECONDS * 10**9,
        },
        *(every | config for config in _ledgers(settings)),
    ]


def _ledgers(settings: ServiceSettings) -> list[dict[str, Any]]:
    """What gateways write down beside the log of record (ledgers.py)."""
    return [
        {
            "name": KEY_USE,
            "description": "when each secret of a key was last used, to some minutes",
            "subjects": [ALL_KEY_USES],
            "retention": "limits",
            "discard": "old",
            "max_msgs_per_subject": 1,
        },
        {
            "name": NONCES,
            "description": "numbers that signed requests have used up, while they could be replayed",
            "subjects": [ALL_NONCES],
            "retention": "limits",
            "discard": "new",
            "max_age": NONCE_SECONDS * 10**9,
            "max_msgs": MOST_NONCES,
            "max_bytes": NONCE_BYTES,
            "duplicate_window": DUPLICATE_SECONDS * 10**9,
        },
        {
            "name": AUDIT,
            "description": "who did what, in a chain for each process that answers",
            "subjects": [ALL_AUDIT],
            "retention": "limits",
            # Full means that the oldest entries go; verification says so.
            "discard": "old",
            "max_bytes": settings.audit_max_bytes,
            "compression": "s2",
            "allow_direct": True,
            "duplicate_window": DUPLICATE_SECONDS * 10**9,
        },
    ]


def epochs(settings: ServiceSettings) -> dict[str, Any]:
    """The stream of markers: one message for each stream that was made."""
    return {
        "name": EPOCHS,
        "description": "which streams were made, and how far they were",
        "subjects": ["epochs.*"],
        "retention": "limits",
        "discard": "old",
        "max_msgs_per_subject": 1,
        "storage": "file",
        "num_replicas": settings.stream_replicas,
    }


def consumer(durable: Durable) -> dict[str, Any]:
    """A durable as JetStream's API takes it. Attempts are counted in the log, so it delivers without a limit."""
    return {
        "name": durable.name,
        "durable_name": durable.name,
        "ack_policy": "explicit",
        "ack_wait": int(durable.ack_wait * 10**9),
        "deliver_policy": "all",
        "max_deliver": -1,
        "max_ack_pending": durable.max_pending,
        "filter_subject": durable.filter,
    }
