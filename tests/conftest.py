"""Fixtures that any test may ask for. One line for each file of `support` that has some, after those it imports."""

import signal

import structlog
from hypothesis import settings

# How long an example takes is the machine's matter.
settings.register_profile("cloche", deadline=None)
settings.load_profile("cloche")

# A shell starts what runs in the background deaf to SIGINT, and every program of a test would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Its own rendering of a traceback draws every local variable of every frame, which takes seconds on a busy machine.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)

pytest_plugins = [
    "support.nats",
    "support.bus",
    "support.cluster",
    "support.postgres",
    "support.s3",
    "support.docker_plugin",
    "support.terraform",
    "support.production",
    "support.failures_plugin",
    "support.times_plugin",
]
