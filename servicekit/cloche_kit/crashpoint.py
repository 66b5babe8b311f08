"""Places at which a test may have this process die, as if the power had gone between two writes."""

import os
import signal

VARIABLE = "CLOCHE_CRASHPOINT"


def crashpoint(name: str) -> None:
    """SIGKILL for this process if the environment names this place; nothing runs after it, no `finally` either."""
    if os.environ.get(VARIABLE) == name:
        os.kill(os.getpid(), signal.SIGKILL)
