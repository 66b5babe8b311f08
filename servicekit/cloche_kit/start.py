"""Whether a service may start at all: what it is told is read, and what is wrong with it is named.

A setting that cannot be, a credential that anybody could guess, a component that is not there or cannot do what is
needed: each is one line in the log with the setting's name, and the process ends with `NOT_STARTED`, before it has done
anything.
"""

import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NoReturn, TypeVar

from msgspec import Struct
from pydantic import ValidationError
from pydantic_settings import SettingsError

from cloche_kit.credentials import wrong_credentials
from cloche_kit.logs import configure_logs, get_logger
from cloche_kit.settings import SECRETS_DIR, ServiceSettings

NOT_STARTED = 2
_PREFIX = "CLOCHE_"

S = TypeVar("S", bound=ServiceSettings)


class NotStarted(Exception):  # noqa: N818 - it names the state
    """A component keeps the service from starting; the message is for people and names the setting."""

    def __init__(self, component: str, reason: str) -> None:
        super().__init__(reason)
        self.component = component


class Wrong(Struct, frozen=True):
    """A setting and what is wrong with it. Neither holds what the setting says."""

    setting: str
    problem: str


def read_settings(
    service: str, kind: type[S], also: Callable[[S], Iterable[tuple[str, str]]] | None = None
) -> S:
    """The settings of this process. `also` gives what the service itself finds wrong: pairs of setting and problem.

    Exits with `NOT_STARTED` and a line for everything that is wrong, if anything is.
    """
    try:
        settings = kind()
    except (ValidationError, SettingsError) as error:
        _end(service, _misread(error))
    if wrong := [Wrong(*found) for found in (*wrong_credentials(settings), *_own(settings, also))]:
        _end(service, wrong)
    return settings


def _own(
    settings: S, also: Callable[[S], Iterable[tuple[str, str]]] | None
) -> Iterator[tuple[str, str]]:
    folder = os.environ.get(SECRETS_DIR)
    if folder and not Path(folder).is_dir():
        yield SECRETS_DIR, f"there is no folder {folder}"
    if also is not None:
        yield from also(settings)


def _misread(error: ValidationError | SettingsError) -> list[Wrong]:
    if isinstance(error, SettingsError):
        return [Wrong(SECRETS_DIR if "secrets_dir" in str(error) else _PREFIX + "…", str(error))]
    # What was given stays unsaid: it may be a secret.
    return [
        Wrong(_PREFIX + ".".join(map(str, one["loc"])).upper(), one["msg"])
        for one in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def _end(service: str, wrong: Iterable[Wrong]) -> NoReturn:
    # How it is to log is among what could not be read.
    console = os.environ.get(f"{_PREFIX}LOG_FORMAT") == "console"
    configure_logs(service, format_="console" if console else "json")
    log = get_logger(__name__)
    for one in wrong:
        log.error("misconfigured", setting=one.setting, problem=one.problem)
    sys.exit(NOT_STARTED)
